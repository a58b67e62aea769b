"""Operator: stop what runs."""

import bpy

from ..work import jobs


class MOTIONLLM_OT_cancel(bpy.types.Operator):
    """Stop what is running; nothing is changed in the scene"""

    bl_idname = "motionllm.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be something to stop."""
        return jobs.busy()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Ask it to stop."""
        jobs.cancel()
        return {"FINISHED"}
