"""The motion of the character in a sentence. May import bpy, motionllm and the scene."""

import bpy

from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.motion.clip import clip_to_bytes

from ..scene import read
from ..scene.target import find_target
from . import engine, jobs
from .settings import described_frames
from .status import status


def begin(context: bpy.types.Context) -> None:
    """Read the motion and send it; the sentence is shown when it arrives.

    Raises:
        MotionError: nothing can be read or sent, or another job runs.
    """
    status.caption = ""
    armature = find_target(context)
    start, end = described_frames(armature, context.scene)
    clip = read.read_clip(armature, context, start, end)
    pending = engine.client().request(
        "caption",
        {"clip": protocol.pack_bytes(clip_to_bytes(clip))} | engine.pack_parameter(context),
    )
    jobs.begin("Describing", pending, _show)


def _show(result: object) -> None:
    captions = result.get("captions") if isinstance(result, dict) else None
    if not captions or not isinstance(captions[0], str):
        raise MotionError("protocol", "The engine's answer holds no sentence.")
    status.caption = captions[0].strip()
