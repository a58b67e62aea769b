"""Operator: the character's motion into a sentence."""

import bpy

from ..work import jobs
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
        from ..work import caption_one

        with outcome.starting():
            caption_one.begin(context)
        return outcome.follow_job(self)
