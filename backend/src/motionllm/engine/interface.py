"""What every engine can be asked. Standard library at import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from motionllm.progress import Cancelled, Progress, never_cancelled, no_progress

if TYPE_CHECKING:
    import numpy as np

    from motionllm.motion.clip import Clip
    from motionllm.pack.pack import Pack
    from motionllm.requests import GenerateRequest, PeopleRequest


@dataclass(frozen=True)
class Take:
    """One of several motions drawn for a request.

    Attributes:
        codes: (n, levels) of its tokens.
        clip: as decoded: not led to its end, its feet not cleaned.
        off: by how much it misses the end that was asked for: metres and radians together, and
            what it goes astray on the way; 0 where none was.
    """

    codes: np.ndarray
    clip: Clip
    off: float = 0.0


class Engine(Protocol):
    """The shape of every engine; one object holds one pack in memory."""

    name: str  # "embedded" or "torch"
    device: str
    pack: Pack

    def generate(
        self,
        requests: list[GenerateRequest],
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[Clip]:
        """Decode one take of each request as one batch, in order; `progress` counts tokens.

        `best_of` is not looked at: `judge.choose.generate` is what draws several and chooses.

        Raises:
            MotionError: "bad_request"; "cancelled" soon after `cancelled()` turns true.
        """
        ...

    def draw(
        self,
        requests: list[GenerateRequest],
        numbers: range,
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[list[Take]]:
        """Decode the takes of these numbers of every request as one batch.

        A take is the same whatever is drawn beside it; number 0 is what `generate` gives. Same
        errors as `generate`.
        """
        ...

    def decoded(self, codes: np.ndarray) -> Take:
        """Return motion tokens (n, levels) of the pack as a take."""
        ...

    def encoded(self, clip: Clip) -> Take:
        """Return a clip, at the pack's own rate, as a take: with its tokens."""
        ...

    def likelihoods(
        self, takes: list[Take], text: str, cancelled: Cancelled = never_cancelled
    ) -> list[float]:
        """Return how likely a text is as each take's caption, in mean nats a text token."""
        ...

    def finished(self, clip: Clip, request: GenerateRequest) -> Clip:
        """Return a take's clip as it is handed out: led to its end, feet cleaned, labelled."""
        ...

    def caption(
        self,
        clips: list[Clip],
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[str]:
        """Describe each clip in one sentence; same errors as `generate`."""
        ...

    def caption_takes(
        self, clips: list[Clip], takes: range, cancelled: Cancelled = never_cancelled
    ) -> list[list[str]]:
        """Draw the descriptions of these numbers, from 1, of each clip.

        One of a number is always the same; of a long clip its beginning is described.
        """
        ...

    @property
    def knows_people(self) -> bool:
        """Whether the pack has learnt people together."""
        ...

    def people(
        self,
        wanted: PeopleRequest,
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[Clip]:
        """Decode people who answer each other, in one space; `people.generate` is what to call.

        Only where `knows_people`; same errors as `generate`. The first begins at the origin.
        """
        ...
