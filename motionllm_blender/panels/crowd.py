"""Sub-panels: the prompt list, the crowd, and the queue of what is being made."""

import bpy

from ..properties.prompts import STATES
from ..work import jobs, resume, rows
from . import progress
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


class MOTIONLLM_UL_queue(bpy.types.UIList):
    """What is being made, for whom, and how far it is."""

    bl_idname = "MOTIONLLM_UL_queue"

    def draw_item(self, _context, layout, _data, item, _icon, _active, _name, _index) -> None:
        """Draw a line."""
        row = layout.row(align=True)
        state = item.bl_rna.properties["state"].enum_items[item.state]
        row.label(text=item.name, icon=state.icon)
        row.label(text=item.text)


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
        layout.operator("motionllm.queue", icon="PLAY")


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


class MOTIONLLM_PT_queue(Tab, bpy.types.Panel):
    """Everything that is being made."""

    bl_idname = "MOTIONLLM_PT_queue"
    bl_label = "Queue"
    bl_parent_id = "MOTIONLLM_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Shown once there is something."""
        return bool(rows.rows())

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        table = context.window_manager.motionllm_queue
        counts = [(rows.count(state), name) for state, name, *_ in STATES]
        words = [f"{count} {name.lower()}" for count, name in counts if count]
        layout.label(text=", ".join(words))
        layout.template_list("MOTIONLLM_UL_queue", "", table, "rows", table, "index", rows=5)
        if table.index < len(table.rows) and table.rows[table.index].sentence:
            progress.draw_lines(layout.box(), context, table.rows[table.index].sentence, "ERROR")
        row = layout.row(align=True)
        if jobs.busy():
            row.operator("motionllm.cancel", icon="CANCEL")
        elif resume.can_resume():
            row.operator("motionllm.resume", icon="PLAY")
