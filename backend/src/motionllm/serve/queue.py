"""Requests that wait for the engine, and the ways they end. Standard library only.

A job is answered exactly once: by the worker that did it, or by the reader that heard its
cancellation, whichever is first.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from motionllm.errors import MotionError
from motionllm.link import protocol

PROGRESS_INTERVAL = 0.05  # seconds between two progress messages of one job


@dataclass(eq=False)
class Job:
    """One request in line: `work` holds requests, or clips still in base64."""

    identity: int | str | None  # None: nobody waits for the answer
    kind: str  # "generate", "people", "caption", "check" or "load"
    pack: str | None
    work: list  # of "check": the sentence, then the clips
    cancelled: threading.Event = field(default_factory=threading.Event)
    answered: bool = False
    last_progress: float = 0.0


class JobQueue:
    """Jobs in order of arrival, shared by the reader thread and the worker."""

    def __init__(self, send: Callable[[dict], None]) -> None:
        """Keep `send`, which writes one message and may be called from any thread."""
        self._send = send
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._open: dict[int | str, Job] = {}

    def add(self, job: Job) -> None:
        """Put a job at the end of the line.

        Raises:
            MotionError: "bad_request", if another open request has the same id.
        """
        with self._changed:
            if job.identity is not None:
                if job.identity in self._open:
                    raise MotionError("bad_request", f"Request {job.identity!r} is open already.")
                self._open[job.identity] = job
            self._waiting.append(job)
            self._changed.notify()

    def next(self) -> Job:
        """Return the next job; waits for one."""
        with self._changed:
            while not self._waiting:
                self._changed.wait()
            return self._waiting.popleft()

    def take_like(self, first: Job, limit: int) -> list[Job]:
        """Take more "generate" jobs of the same pack, as long as all fit in `limit` clips.

        Returns:
            `first` and those taken, in order of arrival; others keep their places.
        """
        batch, size = [first], len(first.work)
        with self._changed:
            for job in list(self._waiting):
                same = job.kind == first.kind and job.pack == first.pack
                if same and size + len(job.work) <= limit:
                    self._waiting.remove(job)
                    batch.append(job)
                    size += len(job.work)
        return batch

    def cancel(self, identity: object) -> None:
        """Answer an open request with "cancelled" at once; its work stops at the next token."""
        with self._changed:
            job = self._open.get(identity) if isinstance(identity, (int, str)) else None
            if job is None:
                return
            job.cancelled.set()
            if job in self._waiting:
                self._waiting.remove(job)
        self.fail(job, MotionError("cancelled", "Cancelled."))

    def finish(self, job: Job, value: object) -> None:
        """Answer with a result, unless the job has been answered."""
        if self._close(job) and job.identity is not None:
            self._send(protocol.result(job.identity, value))

    def fail(self, job: Job, error: MotionError) -> None:
        """Answer with an error, unless the job has been answered."""
        if self._close(job):
            self._send(protocol.failure(job.identity, error))

    def progress(self, job: Job, stage: str, done: int = 0, total: int = 0) -> None:
        """Tell how far a job is, not too often."""
        now = time.monotonic()
        if job.identity is None or job.answered:
            return
        if 0 < done < total and now - job.last_progress < PROGRESS_INTERVAL:
            return
        job.last_progress = now
        params = {"id": job.identity, "stage": stage, "done": done, "total": total}
        self._send(protocol.notification(protocol.PROGRESS, params))

    def _close(self, job: Job) -> bool:
        with self._changed:
            if job.answered or job.identity is None:
                return False
            job.answered = True
            self._open.pop(job.identity, None)
            return True
