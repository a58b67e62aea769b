"""The panel's section for all that is being made."""

import bpy

from motionllm.judge.clause import Verdict

from ..properties.queue import STATES
from ..translations import said
from ..work import jobs, resume, rows
from . import progress
from .main import Tab


class MOTIONLLM_UL_queue(bpy.types.UIList):
    """What is being made, for whom, and how far it is."""

    bl_idname = "MOTIONLLM_UL_queue"

    def draw_item(self, _context, layout, _data, item, _icon, _active, _name, index) -> None:
        """Draw a line."""
        state = item.bl_rna.properties["state"].enum_items[item.state]
        row = layout.row(align=True)
        row.alignment = "LEFT"
        text = f"{item.name}: {item.text}" if item.text else item.name
        show = row.operator(
            "motionllm.show_take", text=text, icon=state.icon, emboss=False, translate=False
        )
        show.row = index
        verdict = Verdict.from_json(item.ticks)
        if verdict.ticks:
            share = row.row()
            share.alignment = "RIGHT"
            share.label(text=f"{verdict.shown}/{len(verdict.ticks)}", translate=False)


class MOTIONLLM_PT_queue(Tab, bpy.types.Panel):
    """Everything that is being made."""

    bl_idname = "MOTIONLLM_PT_queue"
    bl_label = "Queue"
    bl_parent_id = "MOTIONLLM_PT_main"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Shown once there is something."""
        return bool(rows.rows())

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        table = context.window_manager.motionllm_queue
        counts = [(rows.count(state), name) for state, name, *_ in STATES]
        words = [f"{said(name)} {count}" for count, name in counts if count]
        layout.label(text=", ".join(words), translate=False)
        layout.template_list("MOTIONLLM_UL_queue", "", table, "rows", table, "index", rows=5)
        if table.index < len(table.rows):
            _draw_outcome(layout, context, table.rows[table.index], table.index)
        row = layout.row(align=True)
        if jobs.busy():
            row.operator("motionllm.cancel", icon="CANCEL")
        elif resume.can_resume():
            row.operator("motionllm.resume", icon="PLAY")


def _draw_outcome(
    layout: bpy.types.UILayout, context: bpy.types.Context, row: bpy.types.PropertyGroup,
    number: int,
) -> None:  # fmt: skip
    """Draw why the chosen row failed, or what its motion shows of its text."""
    if row.sentence:
        progress.draw_lines(layout.box(), context, row.sentence, "ERROR")
    elif row.ticks:
        box = layout.box()
        progress.draw_ticks(box, context, Verdict.from_json(row.ticks))
        if rows.missed(number) is not None:
            box.operator("motionllm.redraw", icon="FILE_REFRESH").row = number
