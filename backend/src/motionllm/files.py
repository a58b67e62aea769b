"""Files written whole or not at all, folders that take files, and text of any encoding.

Standard library only.
"""

import codecs
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from motionllm.errors import MotionError


def decoded(data: bytes) -> str:
    """Return the text of a file in any usual encoding.

    By its byte order mark, else UTF-16 by its zero bytes, else UTF-8, else Windows' western one,
    which gives some text for any bytes.
    """
    marks = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
             (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
    for mark, encoding in marks:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    for zero, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(data) > 3 and data[zero:200:2].count(0) > 0.8 * len(data[zero:200:2]):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file; a write that fails leaves no half file behind.

    Raises:
        MotionError: code "output", if the file cannot be written.
    """
    path = Path(path)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise MotionError(
            "output", f"{path} cannot be written: {error.strerror}.", "Choose another folder."
        ) from error


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a path beside the wanted one; the file written there takes its place when all went well.

    Raises:
        MotionError: code "output", if it cannot be written.
    """
    path = Path(path)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise MotionError(
            "output",
            f"{path} cannot be written: {error.strerror or error}.",
            "Choose another folder or make room.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Make the folder and make sure that it takes files, before anything slow begins.

    Raises:
        MotionError: "output".
    """
    probe = folder / f".motionllm-{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise MotionError(
            "output",
            f"The folder {folder} cannot be written to: {error.strerror or error}.",
            "Choose another folder.",
        ) from error
