"""Operator: add the extension's own character."""

import bpy

from ..translations import said
from ..work.status import status


class MOTIONLLM_OT_add_character(bpy.types.Operator):
    """Add a character that is ready to be animated, at the 3D cursor or beside what stands there"""

    bl_idname = "motionllm.add_character"
    bl_label = "Add Character"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Objects can be added to a scene of this file only."""
        return context.scene is not None and context.scene.library is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add it; it is the selected one then, and no other one is pinned."""
        from ..scene import character
        from ..scene.free_place import free_place

        armature = character.add_character(context, place=free_place(context))
        context.scene.motionllm.target = None
        status.clear_messages()
        self.report({"INFO"}, said(f"Added {armature.name}"))
        return {"FINISHED"}
