"""The prompt list on one character: an action for each prompt. May import bpy."""

from collections.abc import Callable

import bpy

from motionllm.errors import MotionError
from motionllm.link.client import Event
from motionllm.motion.clip import Clip
from motionllm.requests import GenerateRequest

from . import rows
from .takes import Send, TakeQueue
from .undo import push_undo

Apply = Callable[[int, Clip], bpy.types.Action]


class ListRun:
    """Makes the motions of a list; each is written as soon as it has come."""

    def __init__(self, requests: dict[int, GenerateRequest], send: Send, apply: Apply) -> None:
        """Ask for motions.

        Args:
            requests: by row of the queue.
            apply: writes a row's motion; called on the main thread.
        """
        self._takes = TakeQueue(requests, send)
        self._apply = apply
        self._total = len(requests)
        self._come: list[tuple[int, Clip]] = []
        self._cancelled = False
        self._written = 0
        for row in requests:
            rows.set_state(row, "WAITING")

    def cancel(self) -> None:
        """Stop; what has been written stays."""
        self._cancelled = True
        self._takes.cancel()

    def poll(self) -> list[Event]:
        """Write at most one motion; return news, at last the result or why it stopped."""
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
                self._apply(row, clip)
                self._written += 1
                rows.set_state(row, "DONE")
            except MotionError as error:
                rows.fail(row, error)
        left = len(self._takes.left) + len(self._come)
        if left:
            return [Event("progress", self._takes.stage, self._total - left, self._total)]
        self._end()
        return [Event("result", result=self._written)]

    def _end(self) -> None:
        if self._written:
            push_undo("MotionLLM: Prompt List")
