"""The host's end of the pipe: starts the engine's process, asks, and never waits for ever.

Standard library and `motionllm.errors` only: no bpy, no numpy. Nothing here blocks but
`PendingRequest.wait` and `Client.close`, and both have a limit.

A host with a main loop keeps the `PendingRequest` and calls its `poll()` from a timer; a script
calls `wait()`.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import motionllm
from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.link.process import Process, child_environment

START_LIMIT = 60.0  # seconds until the handshake must be answered
SILENCE_LIMIT = 300.0  # seconds without any news on a request; loading torch is slow on some disks
CANCEL_LIMIT = 5.0  # seconds after which a cancel that is not honoured ends the child
CLOSE_LIMIT = 2.0  # seconds the child may take to end by itself
_STEP = 0.05
NOBODY = -1  # no request has this id


@dataclass(frozen=True)
class Event:
    """News of a request: any number of "progress", then one "result" or "error"."""

    kind: str
    stage: str = ""  # of progress: "starting", "loading", "generating", "captioning"
    done: int = 0
    total: int = 0
    result: object = None
    error: MotionError | None = None


class PendingRequest:
    """A request on its way; made by `Client.request`, usable from any thread."""

    def __init__(
        self, client: Client, session: _Session, identity: int, method: str, message: bytes
    ) -> None:
        self.method = method
        self._client = client
        self._session = session
        self._identity = identity
        self._message = message
        self._events: deque[Event] = deque()
        self._news = threading.Event()
        self._last_news = time.monotonic()
        self._cancelled_at: float | None = None
        self._last: Event | None = None

    @property
    def done(self) -> bool:
        """Whether the last event has come (it may still be waiting in `poll`)."""
        return self._last is not None

    def poll(self) -> list[Event]:
        """Return the events since the last call, oldest first; never waits."""
        self._client._check(self)
        events = []
        while self._events:
            events.append(self._events.popleft())
        return events

    def wait(self, timeout: float) -> object:
        """Return the result.

        Raises:
            MotionError: the request's own error, or "timeout" after `timeout` seconds; the
                request then goes on and can be waited for again.
        """
        deadline = time.monotonic() + timeout
        while self._last is None:
            self._client._check(self)
            left = deadline - time.monotonic()
            if left <= 0 and self._last is None:
                raise MotionError("timeout", f"There was no answer within {timeout:g} seconds.")
            self._news.wait(min(_STEP, max(left, 0.0)))
        if self._last.error is not None:
            raise self._last.error
        return self._last.result

    def cancel(self) -> None:
        """Ask the process to stop; the last event is then the error "cancelled"."""
        self._client._cancel(self)

    def _put(self, event: Event) -> None:
        if self._last is not None:
            return
        self._last_news = time.monotonic()
        if event.kind != "progress":
            self._last = event
            self._news.set()
        self._events.append(event)


class _Session:
    """One life of the child process: its pipe, its handshake, its open requests."""

    def __init__(self, client: Client) -> None:
        self.decoder = protocol.Decoder()
        self.pending: dict[int, PendingRequest] = {}
        self.unsent: list[PendingRequest] = []
        self.server: dict | None = None  # the answer to initialize
        self.fatal: MotionError | None = None  # why we ended the child ourselves
        self.remarks: deque[str] = deque(maxlen=3)  # rubbish seen on the pipe
        self.started = time.monotonic()
        self.process = Process(
            client.command,
            client.environment,
            client.log_path,
            lambda data: client._on_data(self, data),
            lambda ending: client._on_end(self, ending),
        )


class Client:
    """Starts the engine's process when first needed and again after it died."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        log_path: str | Path | None = None,
        start_limit: float = START_LIMIT,
        silence_limit: float = SILENCE_LIMIT,
    ) -> None:
        """Keep the command; nothing is started yet.

        Args:
            command: program and arguments of a server on stdin and stdout.
            env: added to the host's environment (less its Python settings), e.g. PYTHONPATH.
            log_path: file for the child's stderr; by default one in the temporary folder.
            start_limit: seconds until the child must have answered for the first time.
            silence_limit: seconds after which a request without news is given up.
        """
        self.command = list(command)
        self.environment = child_environment(env)
        self.log_path = Path(log_path or Path(tempfile.gettempdir()) / "motionllm-engine.log")
        self._start_limit = start_limit
        self._silence_limit = silence_limit
        self._lock = threading.RLock()
        self._ids = itertools.count(1)
        self._session: _Session | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def server(self) -> dict | None:
        """What the running process said of itself in `initialize`; None while it has not."""
        session = self._session
        return session.server if session and session.process.alive else None

    @property
    def state(self) -> str:
        """Return "stopped", "starting" or "ready"."""
        session = self._session
        if session is None or not session.process.alive or session.fatal is not None:
            return "stopped"
        return "starting" if session.server is None else "ready"

    @property
    def pid(self) -> int | None:
        """The number of the running process."""
        session = self._session
        return session.process.pid if session and session.process.alive else None

    def start(self, load: bool = False) -> PendingRequest:
        """Start the process if none runs; the request's result is what `initialize` answers.

        Args:
            load: have the model loaded in advance as well, so that the first motion is quick.
        """
        return self.request("initialize", {"load": load})

    def request(self, method: str, params: Mapping[str, object] | None = None) -> PendingRequest:
        """Send a request, starting the process where needed; returns at once.

        Raises:
            MotionError: "protocol" for an unknown method, "bad_request" if it is too large.
        """
        if method not in protocol.METHODS:
            raise MotionError("protocol", f"The protocol has no method {method!r}.")
        params = dict(params or {})
        if method == "initialize":
            params = {**_hello(), **params}
        with self._lock:
            session = self._running_session()
            identity = next(self._ids)
            message = protocol.encode(protocol.request(identity, method, params))
            pending = PendingRequest(self, session, identity, method, message)
            session.pending[identity] = pending
            if session.server is None:
                session.unsent.append(pending)
                pending._put(Event("progress", "starting"))
            else:
                session.process.send(message)
            return pending

    def close(self) -> None:
        """End the process, by force if need be; open requests end as "cancelled"."""
        with self._lock:
            session, self._session = self._session, None
            if session is None:
                return
            if session.fatal is None:
                session.fatal = MotionError("cancelled", "The engine's process was closed.")
            session.process.send(protocol.encode(protocol.request(next(self._ids), "shutdown", {})))
        session.process.stop(CLOSE_LIMIT)

    def _running_session(self) -> _Session:
        session = self._session
        if session is None or session.fatal is not None or not session.process.alive:
            session = self._session = _Session(self)
            session.process.send(protocol.encode(protocol.request(0, "initialize", _hello())))
        return session

    def _on_data(self, session: _Session, data: bytes) -> None:
        for message in session.decoder.feed(data):
            with self._lock:
                if isinstance(message, protocol.Garbage):
                    session.remarks.append(message.sample.decode("utf-8", "replace").strip())
                else:
                    self._on_message(session, message)

    def _on_message(self, session: _Session, message: dict) -> None:
        params = message.get("params")
        if message.get("method") == protocol.PROGRESS and isinstance(params, dict):
            pending = session.pending.get(params.get("id", NOBODY))
            if pending is not None:
                pending._put(_progress(params))
            return
        identity = message.get("id")
        if identity is None and "error" in message:
            session.remarks.append(protocol.error_of(message).message)
        elif identity == 0:
            self._on_handshake(session, message)
        elif isinstance(identity, int) and identity in session.pending:
            pending = session.pending.pop(identity)
            if "error" in message:
                pending._put(Event("error", error=protocol.error_of(message)))
            else:
                pending._put(Event("result", result=message.get("result")))

    def _on_handshake(self, session: _Session, message: dict) -> None:
        server = message.get("result")
        if "error" in message:
            self._end(session, protocol.error_of(message))
        elif not isinstance(server, dict) or server.get("protocol") != protocol.VERSION:
            theirs = server.get("protocol") if isinstance(server, dict) else None
            self._end(
                session,
                MotionError(
                    "protocol",
                    f"The engine's process speaks protocol {theirs}, "
                    f"this program protocol {protocol.VERSION}.",
                    "Install the same version of MotionLLM on both sides.",
                ),
            )
        else:
            session.server = server
            for pending in session.unsent:
                session.process.send(pending._message)
            session.unsent.clear()

    def _on_end(self, session: _Session, ending: str) -> None:
        with self._lock:
            error = session.fatal
            if error is None:
                session.fatal = error = MotionError(
                    "backend_died",
                    f"The engine's process ended unexpectedly. {ending}",
                    self._log_hint(session, "The next request starts a new one."),
                )
            self._fail_all(session, error)

    def _log_hint(self, session: _Session, advice: str) -> str:
        """Return advice in the first line, then the end of the log."""
        seen = [f"Unexpected output: {remark}" for remark in session.remarks if remark]
        tail = session.process.log_tail()
        return "\n".join([f"{advice} Its log: {self.log_path}", *seen, *([tail] if tail else [])])

    def _end(self, session: _Session, error: MotionError) -> None:
        session.fatal = session.fatal or error
        session.process.kill()
        self._fail_all(session, error)

    def _fail_all(self, session: _Session, error: MotionError) -> None:
        waiting = list(session.pending.values())
        session.pending.clear()
        session.unsent.clear()
        for pending in waiting:
            pending._put(Event("error", error=error))

    def _cancel(self, pending: PendingRequest) -> None:
        with self._lock:
            if pending.done or pending._cancelled_at is not None:
                return
            pending._cancelled_at = time.monotonic()
            session = pending._session
            if pending in session.unsent:
                session.unsent.remove(pending)
                session.pending.pop(pending._identity, None)
                pending._put(Event("error", error=MotionError("cancelled", "Cancelled.")))
            else:
                message = protocol.notification(protocol.CANCEL, {"id": pending._identity})
                session.process.send(protocol.encode(message))

    def _check(self, pending: PendingRequest) -> None:
        """Give up what has waited too long; called whenever somebody looks."""
        if pending.done:
            return
        now = time.monotonic()
        with self._lock:
            session = pending._session
            if pending._cancelled_at is not None and now - pending._cancelled_at > CANCEL_LIMIT:
                session.pending.pop(pending._identity, None)
                pending._put(Event("error", error=MotionError("cancelled", "Cancelled.")))
                problem = "did not stop when asked to and was ended"
                code = "backend_died"
            elif session.server is None and now - session.started > self._start_limit:
                problem = f"did not answer within {self._start_limit:g} seconds"
                code = "timeout"
            elif now - pending._last_news > self._silence_limit:
                problem = f"was silent for {self._silence_limit:g} seconds and was ended"
                code = "timeout"
            else:
                return
            hint = self._log_hint(session, "The next request starts a new one.")
            self._end(session, MotionError(code, f"The engine's process {problem}.", hint))


def _hello() -> dict:
    return {
        "protocol": protocol.VERSION,
        "client": f"motionllm {motionllm.__version__}",
        "python": sys.version.split()[0],
    }


def _progress(params: dict) -> Event:
    def count(name: str) -> int:
        value = params.get(name)
        return value if isinstance(value, int) else 0

    return Event("progress", str(params.get("stage") or ""), count("done"), count("total"))
