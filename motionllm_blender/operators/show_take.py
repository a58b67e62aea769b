"""Operator: the take of a row of the queue, shown."""

import bpy

from ..work import rows
from ..work.status import status
from . import outcome


class MOTIONLLM_OT_show_take(bpy.types.Operator):
    """Choose the character and put on the take that this row made, at its first frame"""

    bl_idname = "motionllm.show_take"
    bl_label = "Show Take"
    # No UNDO here: the step is made once the take is shown, see `undo.push_undo`.
    bl_options = {"INTERNAL"}

    row: bpy.props.IntProperty(options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be rows."""
        return context.scene is not None and bool(rows.rows())

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Show it; a row that has none is only chosen, so that the panel says why."""
        from ..work import show_take

        if not 0 <= self.row < len(rows.rows()):
            return {"CANCELLED"}
        with outcome.starting():
            show_take.show_row(context, self.row)
        return outcome.report_failure(self) if status.error else {"FINISHED"}
