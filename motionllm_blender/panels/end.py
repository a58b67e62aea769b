"""The panel's section for where a motion ends."""

import bpy

from ..work import prompt_check
from . import progress
from .main import Tab


class MOTIONLLM_PT_end(Tab, bpy.types.Panel):
    """Where the motion ends."""

    bl_idname = "MOTIONLLM_PT_end"
    bl_label = "Where It Ends"
    bl_parent_id = "MOTIONLLM_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        settings = context.scene.motionllm
        row = layout.row(align=True)
        row.prop(settings, "use_turn", text="")
        part = row.row(align=True)
        part.active = settings.use_turn
        part.prop(settings, "turn")
        row = layout.row(align=True)
        row.prop(settings, "use_place", text="")
        part = row.row(align=True)
        part.active = settings.use_place
        part.prop(settings, "ahead")
        part.prop(settings, "left")
        layout.operator("motionllm.end_at_cursor", icon="CURSOR")
        told, possible = prompt_check.end(context)
        if told:
            progress.draw_lines(layout, context, told, "INFO" if possible else "ERROR")
