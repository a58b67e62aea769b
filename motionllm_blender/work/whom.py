"""Characters that are asked for now and written later. May import bpy and the scene."""

import bpy

from ..scene import ready, rigs
from ..scene.ids import Gone, Ref, find_armature, remember
from ..scene.target import find_targets


def ready_targets(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Return the characters that are meant, all of which can be animated; better now than later.

    Returns:
        [] where the scene has no armature at all.

    Raises:
        MotionError: it is not clear who is meant, or one of them cannot be animated.
    """
    ready.check_scene(context.scene)
    found = find_targets(context)
    for armature in found:
        ready.check_ready(armature)
        rigs.match(armature, rigs.read_rig(armature))
    return found


def remembered(armatures: list[bpy.types.Object]) -> list[Ref]:
    """Return how to find characters again."""
    return [remember(armature) for armature in armatures]


def found_again(refs: list[Ref]) -> tuple[list[bpy.types.Object], list[str]]:
    """Return those of some characters that are still there, and a sentence for each that is not.

    Raises:
        Gone: there were some, and nobody is left.
    """
    found: list[bpy.types.Object] = []
    lost: list[Gone] = []
    for ref in refs:
        try:
            found.append(find_armature(ref))
        except Gone as gone:
            lost.append(gone)
    if lost and not found:
        raise lost[0]
    return found, [gone.message for gone in lost]
