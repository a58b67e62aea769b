"""Operator: a sentence into an action."""

import bpy

from ..work import jobs
from . import outcome


class MOTIONLLM_OT_generate(bpy.types.Operator):
    """Make the character do what the prompt says, as a new action"""

    bl_idname = "motionllm.generate"
    bl_label = "Generate"
    # No UNDO here: the step is made when the motion arrives, see `undo.push_undo`.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        return context.scene is not None and not jobs.busy()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Send the request; the motion is written when it arrives."""
        from ..work import generate_one

        with outcome.starting():
            generate_one.begin(context)
        return outcome.follow_job(self)
