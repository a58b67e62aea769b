"""Many motions from the engine, some of them under way at a time. Imports motionllm.

The engine decodes requests that wait together as one batch; what is asked for beyond that would
only wait, and be taken for silence.
"""

from collections.abc import Callable

from motionllm.errors import MotionError
from motionllm.link.client import PendingRequest
from motionllm.motion.clip import Clip
from motionllm.requests import GenerateRequest

from .answers import read_answer

UNDER_WAY = 32  # requests: two of the engine's batches
# Errors of one motion; any other one would meet all of them.
OWN = {"bad_request", "internal", "bad_file"}

Send = Callable[[dict], PendingRequest]


class TakeQueue:
    """Asks for motions one after the other; `poll` from time to time."""

    def __init__(self, requests: dict[int, GenerateRequest], send: Send) -> None:
        """Keep what to ask for, by number; nothing is sent yet.

        Args:
            send: sends a "generate" message with these parameters.
        """
        self._send = send
        self._waiting = dict(requests)
        self._under_way: dict[int, PendingRequest] = {}
        self._cancelled = False
        self.stage = "starting"  # of the newest news

    @property
    def left(self) -> list[int]:
        """Numbers of the motions that are still to come."""
        return [*self._under_way, *self._waiting]

    @property
    def under_way(self) -> list[int]:
        """Numbers of those that the engine has been asked for."""
        return list(self._under_way)

    def poll(self) -> dict[int, Clip | MotionError]:
        """Return what has come since the last call, and ask for more; never waits.

        Raises:
            MotionError: what every further motion would meet as well; then nothing is under way,
                and those that were are waiting again.
        """
        come: dict[int, Clip | MotionError] = {}
        for number, pending in list(self._under_way.items()):
            for event in pending.poll():
                if event.kind == "progress":
                    self.stage = event.stage
                    continue
                del self._under_way[number]
                if event.error is not None and event.error.code not in OWN:
                    self.cancel()
                    raise event.error
                come[number] = event.error or _clip(event.result)
        while not self._cancelled and self._waiting and len(self._under_way) < UNDER_WAY:
            number = next(iter(self._waiting))
            self._under_way[number] = self._send(self._waiting.pop(number).to_table())
        return come

    def cancel(self) -> None:
        """Call back what is under way."""
        self._cancelled = True
        for pending in self._under_way.values():
            pending.cancel()
        self._under_way.clear()


def _clip(result: object) -> Clip | MotionError:
    try:
        return read_answer(result).clips[0]
    except MotionError as error:
        return error
