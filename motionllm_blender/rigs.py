"""A Blender armature as the plain arrays of `motionllm.rig`. May import bpy, numpy, motionllm."""

import bpy
import numpy as np

from motionllm.errors import MotionError
from motionllm.rig.families import Match, match_rig
from motionllm.rig.transfer import Rig

CHOOSE = "Choose an armature in the panel, or press Add Character."


def read_rig(armature: bpy.types.Object) -> Rig:
    """Return an armature's bones at rest."""
    bones = armature.data.bones
    count = len(bones)
    rest = np.empty(count * 16, np.float32)
    bones.foreach_get("matrix_local", rest)
    index = {bone.name: number for number, bone in enumerate(bones)}
    return Rig(
        [bone.name for bone in bones],
        np.array([index[bone.parent.name] if bone.parent else -1 for bone in bones], int),
        rest.reshape(count, 4, 4).transpose(0, 2, 1).astype(np.float64),  # Blender's are by column
        np.array([bone.use_inherit_rotation for bone in bones], bool),
    )


def match(armature: bpy.types.Object, rig: Rig) -> Match:
    """Find the joints of an armature.

    Raises:
        MotionError: code "no_rig".
    """
    what = f"The armature {armature.name!r}"
    return match_rig(rig.names, [int(parent) for parent in rig.parents], rig.heads, what)


def find_target(context: bpy.types.Context) -> bpy.types.Object:
    """Return the armature to work on: the panel's, else the active one or that of the active mesh.

    Raises:
        MotionError: code "no_rig", if there is none.
    """
    chosen = context.scene.motionllm.target
    if chosen is not None and chosen.name in context.scene.objects:
        return chosen
    active = context.view_layer.objects.active
    found = armature_of(active)
    if found is not None:
        return found
    raise MotionError("no_rig", "No character is chosen.", CHOOSE)


def armature_of(thing: bpy.types.Object | None) -> bpy.types.Object | None:
    """Return the armature that an object is or is deformed by."""
    if thing is None:
        return None
    if thing.type == "ARMATURE":
        return thing
    for modifier in thing.modifiers:
        if modifier.type == "ARMATURE" and modifier.object is not None:
            return modifier.object
    if thing.parent is not None and thing.parent.type == "ARMATURE":
        return thing.parent
    return None
