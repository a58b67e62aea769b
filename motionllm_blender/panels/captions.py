"""The panel for captions of many motions."""

import bpy

from .main import Tab


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
