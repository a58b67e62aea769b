"""Operator: what every selected character, or every action of the file, does in words."""

import bpy

from ..work import jobs
from . import outcome


class MOTIONLLM_OT_caption_many(bpy.types.Operator):
    """Describe every selected character, or every action in the file"""

    bl_idname = "motionllm.caption_many"
    bl_label = "Describe All"
    # No UNDO here: the step is made when the sentences have come, see `undo.push_undo`.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        return context.scene is not None and not jobs.busy()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin to read and to ask; the words are put in place when all have come."""
        from ..work import caption_many

        with outcome.starting():
            caption_many.begin(context)
        return outcome.follow_job(self)
