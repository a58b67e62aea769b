"""The one job that runs, and the one main-thread timer that looks after it.

May import bpy and motionllm. A job is anything with `poll()`, which returns events, and
`cancel()`: a request to the engine's process (`motionllm.link.client`), work on a thread
(`thread`) or a run of many (`list_run`, `crowd_run`, `caption_run`). Its result is handed to a
function here, on the main thread, so only the main thread touches Blender's data. In background
mode nothing fires timers: operators call `run_to_end`.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import bpy

from motionllm.errors import MotionError

from .status import redraw, status

if TYPE_CHECKING:
    from motionllm.link.client import Event

INTERVAL = 0.1  # seconds between two looks
STAGES = {
    "starting": "Starting the engine",
    "loading": "Loading the model",
    "generating": "Generating",
    "captioning": "Describing",
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


_job: _Job | None = None


def busy() -> bool:
    """Tell whether a job runs."""
    return _job is not None


def begin(title: str, pending: Pending, finish: Callable[[object], None]) -> None:
    """Look after a job until it ends.

    Args:
        title: for the panel.
        finish: called with the result on the main thread; may raise MotionError.

    Raises:
        MotionError: code "bad_request", if another job runs.
    """
    global _job
    if _job is not None:
        raise MotionError("bad_request", f"{status.title} is still running.", "Wait or cancel it.")
    _job = _Job(pending, finish)
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
    for event in job.pending.poll():
        if event.kind == "progress":
            status.stage = STAGES.get(event.stage, event.stage)
            status.done, status.total = event.done, event.total
            redraw()
        else:
            _end(job, event)
            break
    return _job is not None


def _end(job: _Job, event: Event) -> None:
    global _job
    _job = None
    status.running = status.cancelling = False
    try:
        if event.error is not None:
            raise event.error
        job.finish(event.result)
    except MotionError as error:
        status.fail(error)
    except Exception as error:  # a defect: told in the panel, the traceback in the console
        traceback.print_exc()
        status.fail(MotionError("internal", f"{status.title} failed: {error!r}."))
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
