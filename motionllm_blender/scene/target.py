"""Whom the user means: the pinned character, the selected ones, the only one. May import bpy.

One rule for every button. A pinned character is meant whatever is selected; one that was deleted is
none. Else what is selected, the active one first: rigs, and what belongs to a rig (its meshes,
things that hang on it, empties that it hangs on, instances of its collection). Else the active one,
else the only rig of the scene. Panels ask this at every redraw: it needs nothing of `motionllm` but
its errors.
"""

from collections.abc import Iterable

import bpy

from motionllm.errors import MotionError

CHOOSE = "Choose an armature by selecting it, or press Add Character."
SHOWN = 4  # names in a sentence


def find_targets(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Return the armatures that are meant; [] where the scene has none at all.

    Raises:
        MotionError: code "no_rig", if it is not clear which one is meant, or what is selected
            belongs to a rig that cannot be reached.
    """
    scene = context.scene
    pinned = pinned_in(scene)
    if pinned is not None:
        return [pinned]
    if not len(bpy.data.armatures):
        return []
    active = context.view_layer.objects.active
    problems: list[MotionError] = []
    found = armatures_of(selected(context), scene, problems) or armatures_of([active], scene)
    if found:
        return found
    if problems:
        raise problems[0]
    everybody = [thing for thing in scene.objects if thing.type == "ARMATURE"]
    if len(everybody) < 2:
        return everybody
    names = ", ".join(repr(armature.name) for armature in everybody[:SHOWN])
    more = f" and {len(everybody) - SHOWN} more" if len(everybody) > SHOWN else ""
    raise MotionError(
        "no_rig", f"No character is selected, and there are {len(everybody)}: {names}{more}.",
        "Select one, or pin it in the panel.",
    )  # fmt: skip


def find_target(context: bpy.types.Context) -> bpy.types.Object:
    """Return the one armature to work on: the first of those that are meant.

    Raises:
        MotionError: code "no_rig", if there is none; see `find_targets`.
    """
    found = find_targets(context)
    if not found:
        raise MotionError("no_rig", "There is no character in the scene.", CHOOSE)
    return found[0]


def pinned_in(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """Return the character that is pinned in a scene, None where it was deleted."""
    pinned = scene.motionllm.target
    return pinned if pinned is not None and scene.objects.get(pinned.name) == pinned else None


def selected(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Return what is selected, the active one first."""
    things = [context.view_layer.objects.active, *context.selected_objects]
    return list(dict.fromkeys(thing for thing in things if thing and thing.select_get()))


def chosen(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Return the armatures of all selected things, the active one's first."""
    return armatures_of(selected(context), context.scene)


def armatures_of(
    things: Iterable[bpy.types.Object | None], scene: bpy.types.Scene,
    problems: list[MotionError] | None = None,
) -> list[bpy.types.Object]:  # fmt: skip
    """Return the armatures in a scene that things are or belong to, each once, in their order.

    Args:
        problems: gets why those of some things cannot be reached.
    """
    found: list[bpy.types.Object] = []
    for thing in things:
        try:
            found += _armatures_of(thing, scene) if thing is not None else []
        except MotionError as error:
            if problems is not None:
                problems.append(error)
    return list(dict.fromkeys(found))


def armature_of(thing: bpy.types.Object | None) -> bpy.types.Object | None:
    """Return the armature that an object is, is deformed by or hangs on."""
    if thing is None or thing.type == "ARMATURE":
        return thing
    for modifier in thing.modifiers:
        if modifier.type == "ARMATURE" and modifier.object is not None:
            return modifier.object
    return armature_of(thing.parent)


def _armatures_of(thing: bpy.types.Object, scene: bpy.types.Scene) -> list[bpy.types.Object]:
    armature = armature_of(thing)
    if armature is not None:
        if scene.objects.get(armature.name) == armature:
            return [armature]
        raise MotionError(
            "no_rig", f"The armature {armature.name!r} of {thing.name!r} is not in the scene.",
            "Link it to a collection of the scene.",
        )  # fmt: skip
    if thing.type == "EMPTY" and thing.instance_type == "COLLECTION":
        return _instanced(thing, scene)
    if thing.type == "EMPTY":  # importers hang rigs on one
        return [child for child in thing.children_recursive if child.type == "ARMATURE"]
    if any(modifier.type == "ARMATURE" for modifier in thing.modifiers):
        raise MotionError(
            "no_rig", f"The Armature modifier of {thing.name!r} has no armature.",
            "Choose one in the modifier.",
        )  # fmt: skip
    return []


def _instanced(instance: bpy.types.Object, scene: bpy.types.Scene) -> list[bpy.types.Object]:
    collection = instance.instance_collection
    if collection is None:
        return []
    found = [thing for thing in collection.all_objects if thing.type == "ARMATURE"]
    here = [thing for thing in found if scene.objects.get(thing.name) == thing]
    if here or not found:
        return here
    name = found[0].name
    if collection.library is not None:
        raise MotionError(
            "no_rig",
            f"{instance.name!r} is an instance: the armature {name!r} is in another file.",
            "Make a library override: Object > Library Override > Make.",
        )  # fmt: skip
    raise MotionError(
        "no_rig", f"{instance.name!r} is an instance: the armature {name!r} in it is not in the "
        "scene.",
        f"Link the collection {collection.name!r} to the scene, or make the instance real.",
    )  # fmt: skip
