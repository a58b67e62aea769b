"""Operator: the 3D cursor as the place where the next motion ends."""

import bpy
import numpy as np

from ..scene import rigs, space
from ..work import jobs
from . import outcome


class MOTIONLLM_OT_end_at_cursor(bpy.types.Operator):
    """Let the motion end at the 3D cursor, as seen from where the character stands"""

    bl_idname = "motionllm.end_at_cursor"
    bl_label = "From 3D Cursor"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a scene."""
        return context.scene is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Set the panel's place."""
        settings = context.scene.motionllm
        with outcome.starting():
            home = space.home_of(rigs.find_target(context), context)
        if jobs.status.error:
            return outcome.report_failure(self)
        cursor = np.array(context.scene.cursor.location, np.float64)
        left, _, ahead = home.from_world(cursor[None])[0]
        settings.use_place, settings.left, settings.ahead = True, float(left), float(ahead)
        return {"FINISHED"}
