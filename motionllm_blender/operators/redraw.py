"""Operator: what a take did not show, drawn again."""

import bpy

from ..work.status import status
from . import outcome


class MOTIONLLM_OT_redraw(outcome.OneJob, bpy.types.Operator):
    """Draw the motion with other seeds; one that shows more of the prompt, and nothing less, \
replaces it"""

    bl_idname = "motionllm.redraw"
    bl_label = "Redraw What Failed"
    # No UNDO here: the step is made when the motion arrives, see `undo.push_undo`.
    bl_options = {"REGISTER"}

    row: bpy.props.IntProperty(
        name="Row",
        description="Of the queue; -1: the take that the panel shows",
        default=-1,
        options={"SKIP_SAVE"},
    )

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Send the request; the motion is written when it arrives, if it is better."""
        from ..work import redraw

        missed = status.missed
        with outcome.starting():
            redraw.begin(redraw.needed(self.row, missed))
        return outcome.follow_job(self)
