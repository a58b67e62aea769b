"""The panel's section for the prompt list."""

import bpy

from .main import Tab


class MOTIONLLM_UL_prompts(bpy.types.UIList):
    """The prompt list."""

    bl_idname = "MOTIONLLM_UL_prompts"

    def draw_item(self, _context, layout, _data, item, _icon, _active, _name, _index) -> None:
        """Draw a line: the prompt, its share."""
        row = layout.row(align=True)
        row.prop(item, "text", text="", emboss=False)
        share = row.row(align=True)
        share.scale_x = 0.45
        share.prop(item, "weight", text="", emboss=False)


class MOTIONLLM_PT_prompts(Tab, bpy.types.Panel):
    """Many prompts."""

    bl_idname = "MOTIONLLM_PT_prompts"
    bl_label = "Prompt List"
    bl_parent_id = "MOTIONLLM_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        settings = context.scene.motionllm_crowd
        row = layout.row()
        row.template_list(
            "MOTIONLLM_UL_prompts", "", settings, "prompts", settings, "index", rows=4
        )
        column = row.column(align=True)
        for what, icon in (("ADD", "ADD"), ("REMOVE", "REMOVE")):
            column.operator("motionllm.prompt_edit", text="", icon=icon).what = what
        column.separator()
        for what, icon in (("UP", "TRIA_UP"), ("DOWN", "TRIA_DOWN")):
            column.operator("motionllm.prompt_edit", text="", icon=icon).what = what
        if settings.index < len(settings.prompts):
            item = settings.prompts[settings.index]
            column = layout.column(align=True)
            for own, value in (("use_seconds", "seconds"), ("use_seed", "seed")):
                line = column.row(align=True)
                line.prop(item, own, text="")
                number = line.row(align=True)
                number.active = getattr(item, own)
                number.prop(item, value)
        row = layout.row(align=True)
        row.operator("motionllm.prompts_import", text="Import", icon="IMPORT")
        row.operator("motionllm.prompts_export", text="Export", icon="EXPORT")
        layout.prop(settings, "in_sequence")
        layout.operator("motionllm.queue", icon="PLAY")
