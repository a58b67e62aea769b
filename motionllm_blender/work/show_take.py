"""A motion that is there already, shown: its character chosen, its action on. May import bpy."""

import bpy

from motionllm.errors import MotionError

from ..scene import actions
from . import rows
from .undo import push_undo


def show_row(context: bpy.types.Context, number: int) -> None:
    """Show what a row of the queue has made; a row that has made nothing is only chosen.

    Raises:
        MotionError: the character or the take is gone, or cannot be seen here.
    """
    table = rows.rows()
    row = table[number]
    context.window_manager.motionllm_queue.index = number
    if row.state != "DONE" or not row.character:
        return
    armature = _by_uid(bpy.data.objects, row.character)
    if armature is None:
        raise MotionError("no_rig", f"The character {row.name!r} was removed meanwhile.")
    action = _by_uid(bpy.data.actions, row.action) if row.action else None
    if row.action and action is None:
        raise MotionError("bad_request", f"The take of {row.name!r} was removed meanwhile.")
    show(context, armature, action, row.frame)


def show(
    context: bpy.types.Context, armature: bpy.types.Object, action: bpy.types.Action | None,
    frame: int,
) -> None:  # fmt: skip
    """Choose a character, put a take of its on and go to the frame it begins at: one undo step.

    Args:
        action: stays where it is if it is on a strip; None leaves what the character has.

    Raises:
        MotionError: code "no_rig", if the character is not in this view layer.
    """
    layer = context.view_layer
    if armature.name not in layer.objects:
        raise MotionError(
            "no_rig", f"{armature.name} is not in this scene's view layer.",
            "Switch its collection on, or go to its scene.",
        )  # fmt: skip
    active = layer.objects.active
    if active is not None and active != armature and active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for thing in context.selected_objects:
        thing.select_set(False)
    armature.hide_set(False)
    armature.select_set(True)
    layer.objects.active = armature
    if action is not None and not _on_strip(armature, action):
        put_on(armature, action)
    context.scene.frame_set(frame)
    push_undo(f"MotionLLM: Show {armature.name}")


def put_on(armature: bpy.types.Object, action: bpy.types.Action) -> None:
    """Make an action the armature's; the one it had is kept in the file."""
    data = armature.animation_data_create()
    if data.action == action:
        return
    if data.use_tweak_mode:  # in which Blender does not let it be changed
        data.use_tweak_mode = False
    if data.action is not None:
        data.action.use_fake_user = True
    data.action = action
    if actions.SLOTS and data.action_slot is None and data.action_suitable_slots:
        data.action_slot = data.action_suitable_slots[0]


def _on_strip(armature: bpy.types.Object, action: bpy.types.Action) -> bool:
    return any(strip.action == action for strip in actions.playing_strips(armature))


def _by_uid(things, uid: str):
    """Return the thing of a `session_uid`: renaming does not change it, undo brings it back."""
    return next((thing for thing in things if str(thing.session_uid) == uid), None)
