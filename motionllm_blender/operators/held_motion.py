"""Operators: a motion that was held back is written for whom is chosen now, or let go."""

import bpy

from ..work import held, jobs
from ..work.status import status
from . import outcome


class MOTIONLLM_OT_write_held(bpy.types.Operator):
    """Write the motion that was held back to the chosen character, as the panel says"""

    bl_idname = "motionllm.write_held"
    bl_label = "Write Held Motion"
    # No UNDO here: the step is made with the motion, see `undo.push_undo`.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be one."""
        return context.scene is not None and held.is_kept() and not jobs.busy()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write it."""
        with outcome.starting():
            held.write(context)
        return outcome.report_failure(self) if status.error else {"FINISHED"}


class MOTIONLLM_OT_drop_held(bpy.types.Operator):
    """Let the motion go that was held back"""

    bl_idname = "motionllm.drop_held"
    bl_label = "Let It Go"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be one."""
        return held.is_kept()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Let it go."""
        held.drop()
        status.clear_messages()
        return {"FINISHED"}
