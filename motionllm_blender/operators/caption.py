"""Operator: the character's motion into a sentence."""

import bpy

from . import outcome


class MOTIONLLM_OT_caption(outcome.OneJob, bpy.types.Operator):
    """Describe the motion of the character in a sentence"""

    bl_idname = "motionllm.caption"
    bl_label = "Caption"
    bl_options = {"REGISTER"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Read the motion and send it; the sentence is shown when it arrives."""
        from ..work import caption_one

        with outcome.starting():
            caption_one.begin(context)
        return outcome.follow_job(self)
