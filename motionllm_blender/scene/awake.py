"""Characters that Blender would not evaluate, evaluated for a moment. May import bpy.

Nothing of the user's is changed for it but the armature's rest position, which is put back.
"""

import contextlib
from collections.abc import Iterator

import bpy

from . import state


def in_scene(scene: bpy.types.Scene) -> contextlib.AbstractContextManager:
    """Return a context in which this scene is evaluated: another one may be shown meanwhile."""
    if bpy.context.scene == scene:
        return contextlib.nullcontext()
    return bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0])


@contextlib.contextmanager
def evaluated(armature: bpy.types.Object, context: bpy.types.Context) -> Iterator[None]:
    """Have Blender evaluate a character even if it is hidden, disabled, excluded or elsewhere.

    Blender evaluates what something visible hangs on: a mesh of nothing that all bones may deform.
    """
    if not state.is_hidden(armature, context):
        yield
        return
    mesh = bpy.data.meshes.new("MotionLLM follower")
    follower = bpy.data.objects.new(mesh.name, mesh)
    modifier = follower.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    modifier.use_bone_envelopes = True  # else it hangs on the bones of its vertex groups alone
    context.scene.collection.objects.link(follower)
    try:
        yield
    finally:
        bpy.data.objects.remove(follower)
        bpy.data.meshes.remove(mesh)


@contextlib.contextmanager
def awake(armature: bpy.types.Object, context: bpy.types.Context) -> Iterator[None]:
    """Have Blender evaluate what a character does, though it is hidden or in rest position."""
    data = armature.data
    before = data.pose_position
    try:
        if before == "REST":
            data.pose_position = "POSE"
        with evaluated(armature, context):
            yield
    finally:
        if before == "REST":
            data.pose_position = before
