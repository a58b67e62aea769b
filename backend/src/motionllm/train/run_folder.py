"""A training run's folder: one run at a time in it, and a log for what libraries have to say.

Standard library only: it is entered before torch is imported, whose warnings are among those.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from motionllm.errors import MotionError
from motionllm.folder_lock import lock_folder

LOG = "log.txt"


@contextlib.contextmanager
def run_folder(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder, and other libraries' words off the terminal.

    A request to end (SIGTERM) is taken as Ctrl-C is: what runs in the background, where shells have
    Ctrl-C ignored, is stopped by it.

    Raises:
        MotionError: "output", if the folder cannot be written to or another run is at it;
            "cancelled" after Ctrl-C.
    """
    try:
        with _ended_as_stopped(), lock_folder(folder), _heard_in(folder / LOG):
            yield
    except KeyboardInterrupt:
        raise MotionError(
            "cancelled", "Stopped before there was anything to keep.",
            "Run the same command again.",
        ) from None  # fmt: skip


@contextlib.contextmanager
def _heard_in(log: Path) -> Iterator[None]:
    """Send to a file what is written to the error stream, by Python or beneath it, and warnings.

    Loading bars write there, so do loggers that nobody has set up. Ours go to standard output.
    """
    try:
        file = log.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise cannot_write(log, error) from error
    before = sys.stderr
    with file, warnings.catch_warnings(), _descriptor_to(file.fileno()):
        warnings.showwarning = lambda message, kind, *_: _write(file, f"{kind.__name__}: {message}")
        sys.stderr = _Lines(file)
        try:
            yield
        finally:
            sys.stderr = before
            with contextlib.suppress(OSError):  # of what never began, nothing stays
                if log.stat().st_size == 0:
                    log.unlink()


class _Lines:
    """A stream that writes whole lines into a file; of a bar that is drawn anew, the last state."""

    encoding = "utf-8"

    def __init__(self, file) -> None:
        self._file, self._open = file, ""

    def write(self, text: str) -> int:
        *lines, self._open = (self._open + text).split("\n")
        for line in lines:
            if last := line.rstrip("\r").rpartition("\r")[2]:
                _write(self._file, last)
        return len(text)

    def flush(self) -> None:
        """Leave a line that has not ended for later."""

    def isatty(self) -> bool:
        return False


def _write(file, line: str) -> None:
    with contextlib.suppress(OSError):  # what libraries say is not worth ending a run
        file.write(line + "\n")


@contextlib.contextmanager
def _descriptor_to(number: int) -> Iterator[None]:
    """Let what compiled libraries write to the error stream go to another file."""
    try:
        kept = os.dup(2)
    except OSError:  # there is none
        yield
        return
    try:
        os.dup2(number, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextlib.contextmanager
def _ended_as_stopped() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def cannot_write(path: Path, error: OSError) -> MotionError:
    """Return what is told of a file of a run that the disk does not take."""
    return MotionError(
        "output", f"{path} cannot be written: {error.strerror or error}.",
        "Make room on the disk and run the same command again: it goes on from the last "
        "checkpoint.",
    )  # fmt: skip
