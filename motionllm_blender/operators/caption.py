"""Operator: the character's motion into a sentence."""

import bpy

from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.motion.clip import clip_to_bytes

from ..scene import read, rigs
from ..work import engine, jobs
from . import outcome


class MOTIONLLM_OT_caption(bpy.types.Operator):
    """Describe the motion of the character in a sentence"""

    bl_idname = "motionllm.caption"
    bl_label = "Caption"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        return context.scene is not None and not jobs.busy()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Read the motion and send it; the sentence is shown when it arrives."""
        jobs.status.caption = ""
        settings = context.scene.motionllm
        with outcome.starting():
            armature = rigs.find_target(context)
            start, end = read.action_range(armature, context.scene)
            if settings.use_range:
                start, end = settings.frame_start, settings.frame_end
            clip = read.read_clip(armature, context, start, end)
            pending = engine.client(context).request(
                "caption",
                {"clip": protocol.pack_bytes(clip_to_bytes(clip))} | engine.pack_parameter(context),
            )
            jobs.begin("Describing", pending, _show)
        return outcome.follow_job(self)


def _show(result: object) -> None:
    captions = result.get("captions") if isinstance(result, dict) else None
    if not captions or not isinstance(captions[0], str):
        raise MotionError("protocol", "The engine's answer holds no sentence.")
    jobs.status.caption = captions[0].strip()
