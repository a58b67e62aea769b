"""Operator: what a take did not show, drawn again."""

import bpy

from ..work import jobs
from ..work.status import status
from . import outcome


class MOTIONLLM_OT_redraw(bpy.types.Operator):
    """Draw the motion with other seeds; one that shows more of the prompt, and nothing less, \
replaces it"""

    bl_idname = "motionllm.redraw"
    bl_label = "Redraw What Failed"
    # No UNDO here: the step is made when the motion arrives, see `undo.push_undo`.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be a take that lacks something, and no other job."""
        return context.scene is not None and status.missed is not None and not jobs.busy()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Send the request; the motion is written when it arrives, if it is better."""
        from ..work import redraw

        take = redraw.needed()
        with outcome.starting():
            redraw.begin(take)
        return outcome.follow_job(self)
