"""Operator: one sentence into the motions of several people."""

import bpy

from . import outcome


class MOTIONLLM_OT_people(outcome.OneJob, bpy.types.Operator):
    """One sentence for several people."""

    bl_idname = "motionllm.people"
    bl_label = "Generate People"
    bl_description = (
        "Make several people do together what the prompt says: the selected characters, and new "
        "ones where there are too few"
    )
    # No UNDO here: the step is made when the motions arrive, see `undo.push_undo`.
    bl_options = {"REGISTER"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Send the request; the motions are written when they arrive."""
        from ..work import generate_people

        with outcome.starting():
            generate_people.begin(context)
        return outcome.follow_job(self)
