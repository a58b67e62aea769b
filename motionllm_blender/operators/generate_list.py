"""Operator: every prompt of the list as an action of the character."""

import bpy

from . import outcome


class MOTIONLLM_OT_queue(outcome.OneJob, bpy.types.Operator):
    """Make an action of the character for every prompt of the list"""

    bl_idname = "motionllm.queue"
    bl_label = "Generate List"
    bl_options = {"REGISTER"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask for the motions; each is written when it arrives."""
        from ..work import generate_list

        with outcome.starting():
            generate_list.begin(context)
        return outcome.follow_job(self)
