"""Many motions in words: read in small steps, described in batches. May import bpy."""

import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import bpy

from motionllm.batch.captions import Piece, merged, parts, spans_of
from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.link.client import Event, PendingRequest
from motionllm.motion.clip import Clip, clip_to_bytes

from ..scene.motions import Motion
from .caption_sources import SourceReader

STEP = 0.06  # seconds of reading between two looks at the window
FRAMES = 12  # read at a time
BATCH = 16  # pieces described together
# Errors of one motion; any other one would meet all of them.
_OWN = {"bad_request", "bad_file", "no_rig", "internal"}

Send = Callable[[dict], PendingRequest]


@dataclass
class Described:
    """What became of the motions, in their order; those without an entry were not reached."""

    pieces: dict[Motion, list[Piece]] = field(default_factory=dict)
    failures: dict[str, MotionError] = field(default_factory=dict)  # by name
    stopped: MotionError | None = None  # what kept the rest from being described


class CaptionRun:
    """Reads and describes; what has been described is kept whatever happens to the rest.

    Attributes:
        described: what became of the motions so far.
    """

    def __init__(
        self, sources: list[Motion], failures: dict[str, MotionError], piecewise: bool, send: Send
    ) -> None:
        """Read and ask nothing yet.

        Args:
            failures: of motions known to be of no use, by name.
            send: sends a "caption" message with these parameters.
        """
        self._piecewise, self._send = piecewise, send
        self._unread = deque(sources)
        self._total = max(len(sources), 1)
        self._reader: SourceReader | None = None
        self._spans: dict[Motion, list[tuple[float, float]]] = {}
        self._captions: dict[Motion, list[str]] = {}
        self._unsent: deque[tuple[Motion, Clip]] = deque()
        self._asked: list[tuple[Motion, Clip]] = []
        self._pending: PendingRequest | None = None
        self.described = Described(failures=dict(failures))

    def cancel(self) -> None:
        """Stop; what has been described is still handed on."""
        self._stop(MotionError("cancelled", "Cancelled."))

    def poll(self) -> list[Event]:
        """Do a little; return news, at last that all is over."""
        if self.described.stopped is None:
            try:
                self._listen()
                self._read_some()
                self._ask()
            except MotionError as error:
                self._stop(error)
        read = self._total - len(self._unread) - (self._reader is not None)
        if self.described.stopped is not None or not self._is_left():
            return [Event("result")]
        # A motion counts once it is read and again once it is described, lest the bar stand still
        # while a whole batch is thought about.
        done = read + len(self.described.pieces)
        return [Event("progress", "captioning", done, 2 * self._total)]

    def _is_left(self) -> bool:
        return bool(self._unread or self._reader or self._unsent or self._asked)

    def _stop(self, error: MotionError) -> None:
        self.described.stopped = error
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None

    def _fail(self, source: Motion, error: MotionError) -> None:
        self.described.failures[source.name] = error
        self._spans.pop(source, None)
        self._unsent = deque(item for item in self._unsent if item[0] != source)

    def _read_some(self) -> None:
        """Read for a moment, unless the engine has enough to do."""
        began = time.monotonic()
        while time.monotonic() - began < STEP and len(self._unsent) < 2 * BATCH:
            if self._reader is None and not self._unread:
                return
            source = self._reader.source if self._reader else self._unread.popleft()
            try:
                self._reader = self._reader or SourceReader(source)
                self._reader.read(bpy.context, FRAMES)
                if not self._reader.left:
                    self._take(source, self._reader.clip(bpy.context))
                    self._reader = None
            except MotionError as error:
                self._reader = None
                self._fail(source, error)
            except Exception as error:  # a defect met by one must not cost the others
                traceback.print_exc()
                self._reader = None
                problem = MotionError("internal", f"Its motion could not be read: {error!r}.")
                self._fail(source, problem)

    def _take(self, source: Motion, clip: Clip) -> None:
        spans = spans_of(clip, self._piecewise)
        self._spans[source], self._captions[source] = spans, []
        self._unsent.extend((source, part) for part in parts(clip, spans))

    def _ask(self) -> None:
        if self._pending is not None or not self._unsent:
            return
        count = min(BATCH, len(self._unsent))
        self._asked = [self._unsent.popleft() for _ in range(count)]
        self._request()

    def _request(self) -> None:
        clips = [protocol.pack_bytes(clip_to_bytes(clip)) for _, clip in self._asked]
        self._pending = self._send({"clips": clips})

    def _listen(self) -> None:
        for event in self._pending.poll() if self._pending else ():
            if event.kind == "progress":
                continue
            self._pending = None
            if event.error is not None:
                self._refused(event.error)
                return
            captions = event.result.get("captions") if isinstance(event.result, dict) else None
            if not isinstance(captions, list) or len(captions) != len(self._asked):
                raise MotionError("protocol", "The engine's answer holds too few sentences.")
            asked, self._asked = self._asked, []
            for (source, _), caption in zip(asked, captions, strict=True):
                self._hear(source, str(caption))

    def _hear(self, source: Motion, caption: str) -> None:
        if source not in self._spans:
            return  # another piece of it failed
        self._captions[source].append(caption)
        if len(self._captions[source]) == len(self._spans[source]):
            self.described.pieces[source] = merged(self._spans[source], self._captions[source])

    def _refused(self, error: MotionError) -> None:
        """Find out which motion the engine did not take, by asking for each alone."""
        if error.code not in _OWN:
            raise error
        if len(self._asked) == 1:
            ((source, _),), self._asked = self._asked, []
            self._fail(source, error)
            return
        first, *others = self._asked
        self._unsent.extendleft(reversed(others))
        self._asked = [first]
        self._request()
