"""Operator: fill the scene with a crowd."""

import bpy

from . import outcome


class MOTIONLLM_OT_crowd(outcome.OneJob, bpy.types.Operator):
    """Give every character of the crowd a motion and a place: all inside the area, none too near"""

    bl_idname = "motionllm.crowd"
    bl_label = "Make Crowd"
    # No UNDO here: the step is made when the crowd stands, see `undo.push_undo`.
    bl_options = {"REGISTER"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask for the motions; they are placed and written when they are there."""
        from ..work import generate_crowd

        with outcome.starting():
            generate_crowd.begin(context)
        return outcome.follow_job(self)
