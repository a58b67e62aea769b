"""The one job that runs, and the one main-thread timer that looks after it.

May import bpy and motionllm. A job is anything with `poll()`, which returns events, and
`cancel()`: a request to the engine's process (`motionllm.link.client`) or work on a thread
(`tasks`). Its result is handed to a function here, on the main thread, so only the main thread
touches Blender's data. In background mode nothing fires timers: operators call `run_to_end`.
"""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import bpy

from motionllm.errors import MotionError
from motionllm.link.client import Client, Event

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
class Status:
    """What the panel shows. Not part of any .blend and not undone."""

    running: bool = False
    title: str = ""
    stage: str = ""
    done: int = 0
    total: int = 0
    cancelling: bool = False
    error: str = ""
    hint: str = ""
    error_code: str = ""
    message: str = ""  # of the last job that ended well
    details: list[str] = field(default_factory=list)
    caption: str = ""

    @property
    def factor(self) -> float:
        """Share done, 0..1; held below 1, which is for the result alone."""
        return min(0.99, self.done / self.total) if self.total > 0 else 0.0


@dataclass
class _Job:
    pending: Pending
    finish: Callable[[object], None]


status = Status()
_job: _Job | None = None
_client: Client | None = None
_client_key: tuple = ()


def busy() -> bool:
    """Tell whether a job runs."""
    return _job is not None


def client(command: list[str], environment: dict[str, str], log_path: str) -> Client:
    """Return the client of an engine's process; another command ends the process before it."""
    global _client, _client_key
    key = (tuple(command), tuple(sorted(environment.items())), str(log_path))
    if _client is None or key != _client_key:
        _close_client()
        _client, _client_key = Client(command, environment, log_path), key
    return _client


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
    clear_messages()
    if not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=INTERVAL / 2, persistent=True)
    redraw()


def clear_messages() -> None:
    """Forget the last job's outcome."""
    status.error = status.hint = status.error_code = status.message = ""
    status.details = []


def fail(error: MotionError) -> None:
    """Show an error."""
    status.error, status.error_code = error.message, error.code
    status.hint = error.hint
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
    if _job is None:
        return False
    for event in _job.pending.poll():
        if event.kind == "progress":
            status.stage = STAGES.get(event.stage, event.stage)
            status.done, status.total = event.done, event.total
            redraw()
        else:
            _end(event)
            break
    return _job is not None


def _end(event: Event) -> None:
    global _job
    job, _job = _job, None
    status.running = status.cancelling = False
    try:
        if event.error is not None:
            raise event.error
        job.finish(event.result)
    except MotionError as error:
        fail(error)
    except Exception as error:  # a defect: told in the panel, the traceback in the console
        traceback.print_exc()
        fail(MotionError("internal", f"{status.title} failed: {error!r}."))
    redraw()


def _tick() -> float | None:
    return INTERVAL if pump() else None


def redraw() -> None:
    """Have the panels drawn again."""
    manager = getattr(bpy.context, "window_manager", None)
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "PREFERENCES"}:
                area.tag_redraw()


def context_of(scene: bpy.types.Scene):
    """Return a context in which objects are added to this scene; a timer has no window."""
    windows = bpy.context.window_manager.windows
    if bpy.context.window is not None or not len(windows):
        return bpy.context.temp_override(scene=scene)
    return bpy.context.temp_override(window=windows[0], scene=scene)


def push_undo(message: str) -> None:
    """Make what was just done one undo step; a timer has no window of its own."""
    windows = bpy.context.window_manager.windows
    if bpy.context.window is None and len(windows):
        with bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo_push(message=message)
    else:
        bpy.ops.ed.undo_push(message=message)


def engine_pid() -> int | None:
    """Return the number of the engine's process, if one runs."""
    return _client.pid if _client else None


def close() -> None:
    """Stop the job and end the engine's process; safe to call at any time."""
    global _job
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    job, _job = _job, None
    if job is not None:
        job.pending.cancel()
    status.running = status.cancelling = False
    _close_client()


def _close_client() -> None:
    global _client
    if _client is not None:
        _client.close()
        _client = None
