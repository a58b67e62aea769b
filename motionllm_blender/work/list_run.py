"""The prompt list on one character: motions asked for, and written. May import bpy."""

from collections.abc import Callable

from motionllm.errors import MotionError
from motionllm.link.client import Event
from motionllm.motion.clip import Clip
from motionllm.requests import GenerateRequest

from . import rows
from .takes import Send, TakeQueue
from .undo import push_undo

Take = Callable[[int, Clip], None]


class ListRun:
    """Makes the motions of a list; each is taken as soon as it has come."""

    def __init__(
        self, requests: dict[int, GenerateRequest], send: Send, take: Take,
        close: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        """Ask for motions.

        Args:
            requests: by row of the queue.
            take: gets a row's motion and writes it, or keeps it; called on the main thread.
            close: called once all have come: writes what was kept.
        """
        self._takes = TakeQueue(requests, send)
        self._take, self._close = take, close
        self._total = max(1, len(requests))
        self._come: list[tuple[int, Clip]] = []
        self._cancelled = False
        self._taken = 0
        self._changed = False
        for row in requests:
            rows.set_state(row, "WAITING")

    def cancel(self) -> None:
        """Stop; what has been written stays."""
        self._cancelled = True
        self._takes.cancel()

    def poll(self) -> list[Event]:
        """Take at most one motion; return news, at last the result or why it stopped."""
        try:
            if self._cancelled:
                raise MotionError("cancelled", "Cancelled.", "Resume goes on from here.")
            return self._step()
        except MotionError as error:
            left = self._takes.left
            self._takes.cancel()  # whatever is still under way
            for row in [*left, *(row for row, _ in self._come)]:
                rows.set_state(row, "WAITING")
            self._end()
            return [Event("error", error=error)]

    def _step(self) -> list[Event]:
        for row, result in self._takes.poll().items():
            if isinstance(result, MotionError):
                rows.fail(row, result)
            else:
                self._come.append((row, result))
        for row in self._takes.under_way:
            rows.set_state(row, "GENERATING")
        if self._come:
            row, clip = self._come.pop(0)
            try:
                self._take(row, clip)
                self._taken += 1
                self._changed |= self._close is None
            except MotionError as error:
                rows.fail(row, error)
        left = len(self._takes.left) + len(self._come)
        if left:
            return [Event("progress", self._takes.stage, self._total - left, self._total)]
        if self._close is not None:
            self._close()
            self._changed = True
        self._end()
        return [Event("result", result=self._taken)]

    def _end(self) -> None:
        if self._changed:
            push_undo("MotionLLM: Prompt List")
