"""Whom the user means: the panel's character, the active one, the selected. May import bpy.

Panels ask this at every redraw: it needs nothing of `motionllm` but its errors.
"""

from collections.abc import Iterable

import bpy

from motionllm.errors import MotionError

CHOOSE = "Choose an armature in the panel, or press Add Character."


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


def armatures_of(things: Iterable[bpy.types.Object]) -> list[bpy.types.Object]:
    """Return the armatures that things are or are deformed by, each once, in their order."""
    found = [armature_of(thing) for thing in things]
    return list(dict.fromkeys(armature for armature in found if armature is not None))


def chosen(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Return the armatures of all selected things, the active one's first."""
    things = [context.view_layer.objects.active, *context.selected_objects]
    return armatures_of(thing for thing in things if thing and thing.select_get())
