"""Operator: the scene's frames as long as what the chosen characters do."""

import bpy

from motionllm.errors import MotionError

from ..scene.target import find_targets
from ..work.status import status
from . import outcome


class MOTIONLLM_OT_fit_playback(bpy.types.Operator):
    """Let the scene begin and end with the motion of the chosen characters"""

    bl_idname = "motionllm.fit_playback"
    bl_label = "Fit Playback"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a scene that can be changed."""
        return context.scene is not None and context.scene.library is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Set the scene's first and last frame."""
        from ..scene import read

        scene = context.scene
        try:
            moving = [one for one in find_targets(context) if read.has_motion(one)]
            if not moving:
                raise MotionError(
                    "bad_request", "There is no motion to fit the playback to.",
                    "Choose a character that is animated.",
                )  # fmt: skip
        except MotionError as error:
            status.clear_messages()
            status.fail(error)
            return outcome.report_failure(self)
        ranges = [read.action_range(armature, scene) for armature in moving]
        scene.use_preview_range = False
        scene.frame_start = min(start for start, _ in ranges)
        scene.frame_end = max(end for _, end in ranges)
        self.report({"INFO"}, f"Frames {scene.frame_start} to {scene.frame_end}")
        return {"FINISHED"}
