"""The one job that runs, and the one main-thread timer that looks after it.

May import bpy and motionllm. A job is anything with `poll()`, which returns events, and
`cancel()`: a request to the engine's process (`motionllm.link.client`), work on a thread
(`thread`) or a run of many (`list_run`, `crowd_run`, `caption_run`). Its result is handed to a
function here, on the main thread, so only the main thread touches Blender's data. In background
mode nothing fires timers: operators call `run_to_end`.

A job belongs to the file it was begun in. Once another one is open, what has come is held back
(`held`) where the job can say how to use it elsewhere; every other job ends.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import bpy

from motionllm.errors import MotionError

from ..scene.ids import Gone
from . import held, opened
from .status import redraw, status

if TYPE_CHECKING:
    from motionllm.link.client import Event

INTERVAL = 0.1  # seconds between two looks
STAGES = {
    "starting": "Starting the engine",
    "loading": "Loading the model",
    "generating": "Generating",
    "captioning": "Describing",
    "checking": "Checking",
}


class Pending(Protocol):
    """What a job waits for."""

    def poll(self) -> list[Event]:
        """Return the events since the last call; never waits."""
        ...

    def cancel(self) -> None:
        """Ask it to stop; a last event still comes."""
        ...


@dataclass
class _Job:
    pending: Pending
    finish: Callable[[object], None]
    again: held.Again | None
    file: int | None  # the number of the one it belongs to
    title: str  # of that file


_job: _Job | None = None


def busy() -> bool:
    """Tell whether a job runs."""
    return _job is not None


def begin(
    title: str, pending: Pending, finish: Callable[[object], None],
    again: held.Again | None = None, anywhere: bool = False,
) -> None:  # fmt: skip
    """Look after a job until it ends.

    Args:
        title: for the panel.
        finish: called with the result on the main thread; may raise MotionError, and `Gone` where
            what it is for is no more.
        again: uses the result for what is chosen then, if it cannot be used as it was meant.
        anywhere: it has nothing to do with the file that is open.

    Raises:
        MotionError: code "bad_request", if another job runs.
    """
    global _job
    if _job is not None:
        raise MotionError("bad_request", f"{status.title} is still running.", "Wait or cancel it.")
    file = None if anywhere else opened.count
    _job = _Job(pending, finish, again, file, opened.title())
    status.running, status.title, status.cancelling = True, title, False
    status.stage, status.done, status.total = "", 0, 0
    status.clear_messages()
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=INTERVAL / 2, persistent=True)
    redraw()


def cancel() -> None:
    """Ask the running job to stop."""
    if _job is not None and not status.cancelling:
        status.cancelling = True
        _job.pending.cancel()
        redraw()


def run_to_end(timeout: float = 900.0) -> None:
    """Wait for the running job, for scripts and background mode."""
    deadline = time.monotonic() + timeout
    while pump():
        if time.monotonic() > deadline:
            cancel()
            deadline += 10.0
        time.sleep(0.01)


def pump() -> bool:
    """Take what has arrived; return whether a job still runs."""
    job = _job
    if job is None:
        return False
    if _is_elsewhere(job) and job.again is None:
        job.pending.cancel()
        _end(job, None, _left(job))
        return False
    for event in job.pending.poll():
        if event.kind == "progress":
            status.stage = STAGES.get(event.stage, event.stage)
            status.done, status.total = event.done, event.total
            redraw()
        else:
            _end(job, event.result, event.error)
            break
    return _job is not None


def _is_elsewhere(job: _Job) -> bool:
    """Tell whether another file is open than the one a job belongs to."""
    return job.file not in (None, opened.count)


def _left(job: _Job) -> MotionError:
    return MotionError(
        "cancelled", "Another file was opened meanwhile.",
        f"This belongs to {job.title}: open that again, and press the button there.",
    )  # fmt: skip


def _end(job: _Job, result: object, error: MotionError | None) -> None:
    global _job
    _job = None
    status.running = status.cancelling = False
    try:
        if error is not None:
            raise error
        try:
            if _is_elsewhere(job):
                raise Gone("no_rig", f"Another file was opened: this belongs to {job.title}.")
            job.finish(result)
        except Gone as gone:
            if job.again is None:
                raise
            held.keep(result, job.again)
            raise MotionError(gone.code, gone.message, held.HINT) from gone
    except MotionError as problem:
        status.fail(problem)
    except Exception as problem:  # a defect: told in the panel, the traceback in the console
        traceback.print_exc()
        status.fail(MotionError("internal", f"{status.title} failed: {problem!r}."))
    redraw()


def _tick() -> float | None:
    return INTERVAL if pump() else None


def close() -> None:
    """Stop the job and the timer; safe to call at any time."""
    global _job
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    job, _job = _job, None
    if job is not None:
        job.pending.cancel()
    status.running = status.cancelling = False
