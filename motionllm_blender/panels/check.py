"""The panel's section that checks a motion against a sentence."""

import bpy

from ..translations import said
from ..work.status import status, still_chosen
from . import progress
from .captions import draw_range
from .main import Tab


class MOTIONLLM_PT_check(Tab, bpy.types.Panel):
    """A sentence, and what of it a motion shows."""

    bl_idname = "MOTIONLLM_PT_check"
    bl_label = "Check"
    bl_parent_id = "MOTIONLLM_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        settings = context.scene.motionllm
        layout.prop(settings, "sentence", text="", placeholder=said("What it should show"))
        draw_range(layout, settings)
        layout.operator("motionllm.check", icon="VIEWZOOM")
        name = still_chosen(context, status.check_of) if status.check is not None else ""
        if name and status.check is not None:
            box = layout.box()
            box.label(text=name, icon="ARMATURE_DATA")
            progress.draw_ticks(box, context, status.check)
            if status.check_note:
                progress.draw_lines(box, context, status.check_note, "INFO")
