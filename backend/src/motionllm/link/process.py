"""One child process with three pipes: bytes in by a queue, bytes out by a callback, stderr in a
log file. Standard library only; nothing here knows what the bytes mean."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

CHUNK = 1 << 16
CHILD_MARK = "MOTIONLLM_CHILD"  # tells a server that this module started it
LOG_LIMIT = 2 * 2**20  # bytes; a log beyond that starts afresh with the next child
# The host's own Python settings would send the child to the wrong modules.
_HOST_SETTINGS = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONEXECUTABLE",
    "PYTHONINSPECT",
    "PYTHONOPTIMIZE",
    "PYTHONWARNINGS",
    "PYTHONPLATLIBDIR",
    "__PYVENV_LAUNCHER__",
)


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a child: the host's without its Python settings, plus extra."""
    environment = {k: v for k, v in os.environ.items() if k.upper() not in _HOST_SETTINGS}
    environment[CHILD_MARK] = "1"
    environment["PYTHONUTF8"] = "1"
    environment["PYTHONIOENCODING"] = "utf-8"
    environment.update(extra or {})
    return environment


def _kill(popen: subprocess.Popen) -> None:
    """End a child and whatever it started itself: a wrapper script is a parent too."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            popen.kill()
        else:
            os.killpg(popen.pid, signal.SIGKILL)  # it leads a session of its own


class Process:
    """A child that is started by, and as long alive as, its reader thread.

    The thread that starts it also reads from it: Linux's parent-death signal follows the thread
    that made the child, so that thread has to live as long as the child does.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log_path: Path,
        on_data: Callable[[bytes], None],
        on_end: Callable[[str], None],
    ) -> None:
        """Start at once, without waiting.

        Args:
            command: program and arguments.
            environment: all of the child's environment.
            log_path: file that takes the child's stderr.
            on_data: called with bytes of stdout, from the reader thread.
            on_end: called once with a sentence on how it ended, from the reader thread.
        """
        self._command = list(command)
        self._environment = dict(environment)
        self._log_path = log_path
        self._log_start = 0
        self._on_data = on_data
        self._on_end = on_end
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._popen: subprocess.Popen | None = None
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="motionllm-reader", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The child's number, once it has one."""
        return self._popen.pid if self._popen else None

    @property
    def alive(self) -> bool:
        """Whether the child runs or is being started."""
        popen = self._popen
        return not self._ended.is_set() and (popen is None or popen.poll() is None)

    def send(self, data: bytes) -> None:
        """Queue bytes for the child's stdin; never waits."""
        self._outbox.put(data)

    def stop(self, grace: float) -> bool:
        """Close stdin, wait up to `grace` seconds, then kill; return whether nothing is left."""
        self._stopping.set()
        self._outbox.put(None)
        if self._ended.wait(grace):
            return True
        self.kill()
        return self._ended.wait(5.0)

    def kill(self) -> None:
        """End the child at once; `on_end` follows from the reader thread."""
        self._stopping.set()
        if self._popen is not None and not self._ended.is_set():
            _kill(self._popen)

    def log_tail(self, lines: int = 12) -> str:
        """Return the last lines this child wrote to its log."""
        try:
            with self._log_path.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_start, size - 8192))
                text = log.read().decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.strip().splitlines()[-lines:])

    def _run(self) -> None:
        ending = "It could not be started."
        try:
            with self._open_log() as log:
                self._popen = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=self._environment,
                    bufsize=0,
                    close_fds=True,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                    # Ctrl-C in the host's terminal is the host's business.
                    start_new_session=sys.platform != "win32",
                )
        except (OSError, ValueError) as error:
            ending = f"It could not be started: {error}."
        else:
            if self._stopping.is_set():  # stopped before it was born
                _kill(self._popen)
            ending = self._talk(self._popen)
        finally:
            self._ended.set()
            self._outbox.put(None)
            self._on_end(ending)

    def _open_log(self):
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):
            if self._log_path.stat().st_size > LOG_LIMIT:
                self._log_path.unlink()
        log = self._log_path.open("ab")
        log.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} {self._command}\n".encode())
        log.flush()
        self._log_start = log.tell()
        return log

    def _talk(self, popen: subprocess.Popen) -> str:
        assert popen.stdout is not None  # as `_start` opened it
        writer = threading.Thread(
            target=self._write, args=(popen,), name="motionllm-writer", daemon=True
        )
        writer.start()
        try:
            while data := os.read(popen.stdout.fileno(), CHUNK):
                self._on_data(data)
        except OSError:
            pass
        finally:
            # End of stdout: it is ending by itself, or of no use any more.
            try:
                code = popen.wait(2.0)
            except subprocess.TimeoutExpired:
                _kill(popen)
                code = popen.wait()
            self._outbox.put(None)
            writer.join(2.0)
            popen.stdout.close()
        return f"It was ended by signal {-code}." if code < 0 else f"Its exit code was {code}."

    def _write(self, popen: subprocess.Popen) -> None:
        assert popen.stdin is not None  # as `_start` opened it
        try:
            while (data := self._outbox.get()) is not None:
                view = memoryview(data)
                while view:
                    view = view[os.write(popen.stdin.fileno(), view) :]
        except (OSError, ValueError):
            pass  # a broken pipe: the reader tells how it ended
        finally:
            with contextlib.suppress(OSError):
                popen.stdin.close()
