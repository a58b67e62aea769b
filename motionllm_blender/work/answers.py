"""What the engine answered. May import motionllm."""

from dataclasses import dataclass

from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.motion.clip import Clip, clip_from_bytes


@dataclass(frozen=True)
class Made:
    """An answer to "generate".

    Attributes:
        clips: one for each person, at least one.
        engine: its name and device.
        took: seconds; None where the engine does not say.
        warnings: sentences for the user.
        how, why: of several people: how their motions came about, as a word and as a sentence.
    """

    clips: list[Clip]
    engine: str
    took: float | None
    warnings: list[str]
    how: str
    why: str


def read_answer(result: object) -> Made:
    """Return what an engine made.

    Raises:
        MotionError: code "protocol", if there is no motion; "bad_file", if it cannot be read.
    """
    if not isinstance(result, dict) or not result.get("clips"):
        raise MotionError("protocol", "The engine's answer holds no motion.")
    took = result.get("took")
    return Made(
        [clip_from_bytes(protocol.unpack_bytes(text)) for text in result["clips"]],
        f"{result.get('engine', '')} {result.get('device', '')}".strip(),
        took if isinstance(took, (int, float)) else None,
        [text for text in result.get("warnings", []) if text],
        str(result.get("how", "")),
        str(result.get("why", "")),
    )
