"""Operator: a sentence into an action."""

import bpy

from ..translations import said
from ..work.status import status
from . import outcome


class MOTIONLLM_OT_generate(outcome.OneJob, bpy.types.Operator):
    """Make the character do what the prompt says, as a new action"""

    bl_idname = "motionllm.generate"
    bl_label = "Generate"
    # No UNDO here: the step is made when the motion arrives, see `undo.push_undo`.
    bl_options = {"REGISTER"}

    again: bpy.props.BoolProperty(
        name="Again",
        description="Draw it though a take of the same words, seed and settings exists",
        default=False,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Of a press of the button: offer the take that exists, if there is one."""
        from ..work import same_take

        if not self.again and same_take.offered(context):
            self.report({"INFO"}, said(status.message))
            return {"FINISHED"}
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Send the request; the motion is written when it arrives."""
        from ..work import generate_one

        with outcome.starting():
            generate_one.begin(context)
        return outcome.follow_job(self)
