"""What every engine can be asked. Standard library at import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from motionllm.progress import Cancelled, Progress, never_cancelled, no_progress

if TYPE_CHECKING:
    from motionllm.motion.clip import Clip
    from motionllm.pack.pack import Pack
    from motionllm.requests import GenerateRequest, PeopleRequest


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
        """Decode all requests as one batch, in order; `progress` counts tokens.

        Raises:
            MotionError: "bad_request"; "cancelled" soon after `cancelled()` turns true.
        """
        ...

    def caption(
        self,
        clips: list[Clip],
        progress: Progress = no_progress,
        cancelled: Cancelled = never_cancelled,
    ) -> list[str]:
        """Describe each clip in one sentence; same errors as `generate`."""
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
