"""Operator: add the extension's own character."""

import bpy

from ..translations import said
from ..work.status import status


class MOTIONLLM_OT_add_character(bpy.types.Operator):
    """Add a character that is ready to be animated, at the 3D cursor"""

    bl_idname = "motionllm.add_character"
    bl_label = "Add Character"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Objects can be added to a scene of this file only."""
        return context.scene is not None and context.scene.library is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add it and make it the panel's target."""
        from ..scene import character

        armature = character.add_character(context)
        context.scene.motionllm.target = armature
        status.clear_messages()
        self.report({"INFO"}, said(f"Added {armature.name}"))
        return {"FINISHED"}
