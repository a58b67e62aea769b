"""The panel's sections for motions in words: one, and many."""

import bpy

from ..work.status import status, still_chosen
from . import progress
from .main import Tab


class MOTIONLLM_PT_caption(Tab, bpy.types.Panel):
    """A motion in words."""

    bl_idname = "MOTIONLLM_PT_caption"
    bl_label = "Caption"
    bl_parent_id = "MOTIONLLM_PT_main"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        settings = context.scene.motionllm
        draw_range(layout, settings)
        layout.operator("motionllm.caption", icon="OUTLINER_OB_FONT")
        name = still_chosen(context, status.caption_of) if status.caption else ""
        if name:
            box = layout.box()
            box.label(text=name, icon="ARMATURE_DATA")
            progress.draw_lines(box, context, status.caption)
            if status.caption_note:
                progress.draw_lines(box, context, status.caption_note, "INFO")
            box.operator("motionllm.copy_text", icon="COPYDOWN").what = "CAPTION"


def draw_range(layout: bpy.types.UILayout, settings: bpy.types.PropertyGroup) -> None:
    """Draw which frames are read."""
    layout.row(align=True).prop(settings, "use_range")
    if settings.use_range:
        row = layout.row(align=True)
        row.prop(settings, "frame_start")
        row.prop(settings, "frame_end")


class MOTIONLLM_PT_captions(Tab, bpy.types.Panel):
    """Many motions in words."""

    bl_idname = "MOTIONLLM_PT_captions"
    bl_label = "Caption Many"
    bl_parent_id = "MOTIONLLM_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        settings = context.scene.motionllm_captions
        layout.prop(settings, "source", text="")
        if settings.to_markers:  # they stand where pieces begin, so the sentences are cut as well
            layout.label(text="Piece by Piece, for markers", icon="CHECKBOX_HLT")
        else:
            layout.prop(settings, "piecewise")
        column = layout.column(heading="Write to")
        column.prop(settings, "to_properties")
        column.prop(settings, "to_names")
        column.prop(settings, "to_assets")
        column.prop(settings, "to_markers")
        layout.prop(settings, "csv_path")
        layout.operator("motionllm.caption_many", icon="OUTLINER_OB_FONT")
