"""Data-blocks remembered across time. May import bpy and motionllm's errors.

Between a request and its answer anything may be renamed, and undo replaces every data-block by
another one of the same name or not. Blender's `session_uid` stays: through renaming, undo and redo,
saving under another name. A file that is opened, the same one again too, has new ones throughout,
and no number is given twice.
"""

from dataclasses import dataclass

import bpy

from motionllm.errors import MotionError


@dataclass(frozen=True)
class Ref:
    """A data-block.

    Attributes:
        uid: its `session_uid`.
        name: what it was called, for sentences.
    """

    uid: int
    name: str


class Gone(MotionError):
    """What a result is for is not in the file any more; the result may be of use elsewhere."""


def remember(thing: bpy.types.ID) -> Ref:
    """Return how to find a data-block again."""
    return Ref(thing.session_uid, thing.name)


def find_scene(ref: Ref) -> bpy.types.Scene:
    """Return a scene that was remembered.

    Raises:
        Gone: code "no_rig".
    """
    scene = _find(bpy.data.scenes, ref)
    if scene is None:
        raise Gone("no_rig", f"The scene {ref.name!r} was removed meanwhile.")
    return scene


def find_armature(ref: Ref) -> bpy.types.Object:
    """Return a character that was remembered.

    Raises:
        Gone: code "no_rig"; also of one that was deleted in the viewport and is kept by something
            that points to it.
    """
    armature = _find(bpy.data.objects, ref)
    if armature is None or armature.type != "ARMATURE" or not armature.users_scene:
        raise Gone("no_rig", f"The character {ref.name!r} was removed meanwhile.")
    return armature


def find_action(ref: Ref) -> bpy.types.Action:
    """Return an action that was remembered.

    Raises:
        Gone: code "bad_request".
    """
    action = _find(bpy.data.actions, ref)
    if action is None:
        raise Gone("bad_request", f"The action {ref.name!r} was removed meanwhile.")
    return action


def _find(things, ref: Ref):
    """Return the data-block of a collection of `bpy.data`, None where it is gone."""
    thing = things.get(ref.name)  # as a rule it is still called so
    if thing is not None and thing.session_uid == ref.uid:
        return thing
    return next((thing for thing in things if thing.session_uid == ref.uid), None)
