"""What a server process does with its standard streams, and how it ends. Standard library only."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import time

from motionllm.link.process import CHILD_MARK


def log(text: str) -> None:
    """Write a line to stderr, which is the log."""
    with contextlib.suppress(OSError, ValueError):
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def leave(code: int) -> None:
    """End the process at once, whatever other threads are computing."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


def private_pipe() -> tuple[int, int]:
    """Take stdin and stdout for the protocol alone.

    From then on whatever a library prints goes to stderr, and whatever it reads is empty.

    Returns:
        file descriptors to read from and to write to.
    """
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(source, os.O_BINARY)
        msvcrt.setmode(sink, os.O_BINARY)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(OSError):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    return source, sink


def die_with_parent() -> None:
    """Ask Linux for a signal when the parent dies: a belt beside the end of stdin.

    Only for children of our own client, whose starting thread lives as long as they do.
    """
    if sys.platform != "linux" or os.environ.get(CHILD_MARK) is None:
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
