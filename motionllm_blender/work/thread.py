"""Work on a thread, in the shape of a request: `poll` and `cancel`. Imports motionllm, no bpy."""

import threading
import traceback
from collections import deque
from collections.abc import Callable

from motionllm.errors import MotionError
from motionllm.link.client import Event

Progress = Callable[[str, int, int], None]


class ThreadTask:
    """A function that runs on a thread of its own and tells how far it is."""

    def __init__(self, work: Callable[[Progress, Callable[[], bool]], object]) -> None:
        """Start at once.

        Args:
            work: called with `progress(stage, done, total)` and `cancelled()`; what it returns is
                the result. It must not touch Blender's data.
        """
        self._work = work
        self._events: deque[Event] = deque()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="motionllm-task", daemon=True)
        self._thread.start()

    def poll(self) -> list[Event]:
        """Return the events since the last call, oldest first; never waits."""
        events = []
        while self._events:
            events.append(self._events.popleft())
        return events

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._cancelled.set()

    def _run(self) -> None:
        def progress(stage: str, done: int, total: int) -> None:
            self._events.append(Event("progress", stage, done, total))

        try:
            result = self._work(progress, self._cancelled.is_set)
        except MotionError as error:
            self._events.append(Event("error", error=error))
        except Exception as error:
            traceback.print_exc()
            problem = MotionError("internal", f"It failed: {error!r}.")
            self._events.append(Event("error", error=problem))
        else:
            self._events.append(Event("result", result=result))
