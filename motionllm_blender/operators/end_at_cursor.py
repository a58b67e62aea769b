"""Operator: the 3D cursor as the place where the next motion ends."""

import bpy
import numpy as np

from ..scene.target import find_target
from ..work.status import status
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
        from ..scene.space import seen_from_start
        from ..work.settings import bake_options, first_frame

        scene, settings = context.scene, context.scene.motionllm
        with outcome.starting():
            cursor = np.array(scene.cursor.location, np.float64)
            left, ahead = seen_from_start(
                cursor, find_target(context), context, first_frame(scene), bake_options(settings)
            )
            settings.use_place, settings.left, settings.ahead = True, float(left), float(ahead)
        return outcome.report_failure(self) if status.error else {"FINISHED"}
