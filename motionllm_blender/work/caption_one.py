"""The motion of the character in a sentence. May import bpy, motionllm and the scene."""

import bpy

from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.motion.clip import clip_to_bytes

from . import engine, jobs
from .caption_sources import read_chosen
from .status import doing, status


def begin(context: bpy.types.Context) -> None:
    """Read the motion and send it; the sentence is shown when it arrives.

    Raises:
        MotionError: nothing can be read or sent, or another job runs.
    """
    status.caption = status.caption_note = ""
    armature, motion, clip = read_chosen(context)
    pending = engine.client().request(
        "caption",
        {"clip": protocol.pack_bytes(clip_to_bytes(clip))} | engine.pack_parameter(context),
    )
    of = doing(armature)
    jobs.begin("Describing", pending, lambda result: _show(result, motion.note, of))


def _show(result: object, note: str, of: tuple[int, ...]) -> None:
    captions = result.get("captions") if isinstance(result, dict) else None
    if not captions or not isinstance(captions[0], str):
        raise MotionError("protocol", "The engine's answer holds no sentence.")
    status.caption, status.caption_note, status.caption_of = captions[0].strip(), note, of
