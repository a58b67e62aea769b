"""Operator: go on with a crowd or a prompt list that was stopped, or of which some failed."""

import bpy

from ..work import resume
from . import outcome


class MOTIONLLM_OT_resume(bpy.types.Operator):
    """Go on with those that wait or failed; what is done stays as it is"""

    bl_idname = "motionllm.resume"
    bl_label = "Resume"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be something left."""
        return context.scene is not None and resume.can_resume()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask for what is missing."""
        with outcome.starting():
            resume.resume(context)
        return outcome.follow_job(self)
