"""One run at a time in a folder, by a lock that ends with its process. Standard library only."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from motionllm.errors import MotionError

NAME = ".motionllm.lock"
_FAR = 1 << 20  # the byte that is locked on Windows: beyond the text, which stays readable
_BUSY = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}


@contextlib.contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Make the folder where it is missing, and keep other runs out of it.

    The system lets the lock go when the process ends, however it ends. A folder that was made and
    stayed empty is removed again.

    Raises:
        MotionError: "output", if the folder cannot be written to or another run is at it.
    """
    path, made = folder / NAME, not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = _take(path)
    except OSError as error:
        raise MotionError(
            "output",
            f"The folder {folder} cannot be written to: {error.strerror or error}.",
            "Make room or choose another folder.",
        ) from error
    try:
        yield
    finally:
        if os.name == "nt":  # where an open file cannot be removed
            file.close()
        with contextlib.suppress(OSError):
            path.unlink()
        file.close()
        if made:
            with contextlib.suppress(OSError):  # something is in it
                folder.rmdir()


def _take(path: Path) -> BinaryIO:
    while True:
        file = open(path, "a+b")  # noqa: SIM115 - it stays open while the folder is ours
        try:
            if not _lock(file):
                raise _taken(file, path.parent)
            # The run before may have removed this very file between our opening and locking it.
            if _still_there(file, path):
                file.truncate(0)
                file.write(f"{os.getpid()}\n".encode())
                file.flush()
                return file
        except BaseException:
            file.close()
            raise
        file.close()


def _lock(file: BinaryIO) -> bool:
    """Lock without waiting; True as well on file systems that know no locks."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(_FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _BUSY
    return True


def _still_there(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _taken(file: BinaryIO, folder: Path) -> MotionError:
    file.seek(0)
    number = file.read(20).decode("ascii", "replace").strip()
    who = f" (process {number})" if number else ""
    return MotionError(
        "output",
        f"Another run{who} is writing into {folder}.",
        "Wait until it has ended, or choose another folder.",
    )
