"""Operator: which clauses of a sentence the character's motion shows."""

import bpy

from ..translations import said
from ..work.status import status
from . import outcome


class MOTIONLLM_OT_check(outcome.OneJob, bpy.types.Operator):
    """Say which parts of the sentence the motion of the character shows, whoever made it"""

    bl_idname = "motionllm.check"
    bl_label = "Check"
    bl_options = {"REGISTER"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Read the motion and send it; the ticks are shown when they arrive."""
        from ..work import check_one

        with outcome.starting():
            check_one.begin(context)
        done = outcome.follow_job(self)
        if status.check is not None and bpy.app.background:
            self.report({"INFO"}, said(status.check.told() or "Nothing in it can be checked."))
        return done
