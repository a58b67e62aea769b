"""Operator: the partner of a character that is animated already."""

import bpy

from ..scene.target import chosen
from ..work import jobs
from . import outcome


class MOTIONLLM_OT_partner(bpy.types.Operator):
    """Answer a motion."""

    bl_idname = "motionllm.partner"
    bl_label = "Generate Partner"
    bl_description = (
        "Make a partner for the active character's motion, as the prompt says: another selected "
        "character, or a new one"
    )
    # No UNDO here: the step is made when the motion arrives, see `undo.push_undo`.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time, and somebody to answer to."""
        return not jobs.busy() and bool(chosen(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Read the character's motion and send it."""
        from ..work import generate_partner

        with outcome.starting():
            generate_partner.begin(context)
        return outcome.follow_job(self)
