"""The panel's section for a crowd."""

import bpy

from .main import Tab


class MOTIONLLM_PT_crowd(Tab, bpy.types.Panel):
    """Many characters."""

    bl_idname = "MOTIONLLM_PT_crowd"
    bl_label = "Crowd"
    bl_parent_id = "MOTIONLLM_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        settings = context.scene.motionllm_crowd
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "who")
        if settings.who == "ADD":
            column.prop(settings, "count")
        elif settings.who == "COLLECTION":
            column.prop(settings, "collection")
        column.prop(settings, "use_list")
        column.prop(settings, "to_end")
        if not settings.to_end:
            column.prop(settings, "seconds")
        column.prop(settings, "seed")
        column.prop(settings, "loop")
        column.separator()
        column.prop(settings, "area")
        if settings.area is None:
            size = column.column(align=True)
            size.prop(settings, "width", text="Size X")
            size.prop(settings, "depth")
        column.prop(settings, "distance")
        column.prop(settings, "facing")
        if settings.who != "ADD":
            column.prop(settings, "keep_places")
        column.prop(settings, "share")
        if settings.share:
            column.prop(settings, "takes")
        row = layout.row()
        row.scale_y = 1.4
        row.operator("motionllm.crowd", icon="COMMUNITY")
