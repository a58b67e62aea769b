"""What of a sentence the character's motion shows. May import bpy, motionllm and the scene."""

import bpy
import numpy as np

from motionllm.errors import MotionError
from motionllm.judge.clause import Verdict
from motionllm.link import protocol
from motionllm.motion.clip import clip_to_bytes

from . import engine, jobs
from .caption_sources import read_chosen
from .status import doing, status

STILL = 0.001  # metres: whose joints stray no further does not move


def begin(context: bpy.types.Context) -> None:
    """Read the motion and send it with the panel's sentence; the ticks are shown when they arrive.

    Raises:
        MotionError: there is nothing to check, nothing can be read or sent, or another job runs.
    """
    status.check = None
    text = context.scene.motionllm.sentence
    if not text.strip():
        raise MotionError(
            "bad_request", "There is no sentence to check.", "Write what the motion is to show."
        )
    armature, motion, clip = read_chosen(context)
    if not has_motion(armature) and float(np.ptp(clip.joints, axis=0).max()) < STILL:
        raise MotionError(
            "bad_request", f"{armature.name} has no motion that could be checked.",
            "Animate it, or choose a character that is animated.",
        )  # fmt: skip
    pending = engine.client().request(
        "check", {"clip": protocol.pack_bytes(clip_to_bytes(clip)), "text": text}
    )
    of = doing(armature)
    jobs.begin("Checking", pending, lambda result: _show(result, motion.note, of))


def has_motion(armature: bpy.types.Object) -> bool:
    """Tell whether a character has an action or strips of its own."""
    data = armature.animation_data
    return data is not None and (data.action is not None or any(t.strips for t in data.nla_tracks))


def _show(result: object, note: str, of: tuple[int, ...]) -> None:
    verdicts = result.get("verdicts") if isinstance(result, dict) else None
    if not verdicts:
        raise MotionError("protocol", "The engine's answer says nothing of the sentence.")
    status.check, status.check_note, status.check_of = Verdict.from_table(verdicts[0]), note, of
