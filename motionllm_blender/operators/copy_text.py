"""Operator: a text of the panel to the clipboard."""

import bpy

from ..work.status import status


class MOTIONLLM_OT_copy_text(bpy.types.Operator):
    """Copy this text to the clipboard"""

    bl_idname = "motionllm.copy_text"
    bl_label = "Copy"
    bl_options = {"INTERNAL"}

    what: bpy.props.EnumProperty(
        items=(("CAPTION", "Caption", ""), ("ERROR", "Error", "")), default="CAPTION"
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Copy it."""
        text = status.caption if self.what == "CAPTION" else f"{status.error}\n{status.hint}"
        context.window_manager.clipboard = text
        return {"FINISHED"}
