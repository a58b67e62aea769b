"""Operator: what every selected character, or every action of the file, does in words."""

import bpy

from . import outcome


class MOTIONLLM_OT_caption_many(outcome.OneJob, bpy.types.Operator):
    """Describe every selected character, or every action in the file"""

    bl_idname = "motionllm.caption_many"
    bl_label = "Describe All"
    # No UNDO here: the step is made when the sentences have come, see `undo.push_undo`.
    bl_options = {"REGISTER"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin to read and to ask; the words are put in place when all have come."""
        from ..work import caption_many

        with outcome.starting():
            caption_many.begin(context)
        return outcome.follow_job(self)
