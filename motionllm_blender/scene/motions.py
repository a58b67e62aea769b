"""The motions of a file: what characters do, and actions to try on. May import bpy, numpy.

An action is read on a character that has its bones; it is put on for a moment and taken off again
before anything else happens. Of an action with several slots each is a motion of its own.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np

from motionllm.errors import MotionError

from . import actions, read
from .ids import Ref, find_action, find_armature, remember

_BONE = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]')  # a name's own quotes are escaped
HELD = 1e-4  # keys of one curve that are as close as that hold a pose
LEAST_BONES = 0.5  # share of an action's bones that a character must have to try it on


@dataclass(frozen=True)
class Motion:
    """A motion of a character; undo and the user may replace and rename what it is about.

    Attributes:
        character: object name of the armature it is read on.
        action: the action tried on; "" is whatever the character does.
        slot: identifier of the action's slot, where it matters: of an action tried on that has
            several, of the character's own if it lacks one.
        start, end: first and last frame.
        note: what the user should know of it, "" for nothing.
        who, what: the character and the action tried on, however they are called by now.
    """

    character: str
    action: str
    start: int
    end: int
    slot: str = ""
    note: str = ""
    who: Ref | None = None
    what: Ref | None = None

    @property
    def name(self) -> str:
        """What the user calls it."""
        if not self.action or not self.slot:
            return self.action or self.character
        return f"{self.action} ({self.slot[2:]})"  # an identifier begins with two letters, "OB"


def of_character(armature: bpy.types.Object, scene: bpy.types.Scene) -> Motion:
    """Return what a character does in the scene.

    Of an action without a slot nothing is played: what would be is meant, and that is noted.
    """
    start, end = read.action_range(armature, scene)
    data = armature.animation_data
    slot = missing_slot(armature)
    if data is None or data.action is None or slot is None:
        return Motion(armature.name, "", start, end, who=remember(armature))
    action = data.action
    start, end = read.range_of(action, slot)
    note = (
        f"{armature.name} has no slot of its action {action.name!r} assigned and stands still: the "
        f"slot {slot.name_display!r} was read."
    )
    return Motion(armature.name, "", start, end, slot.identifier, note, remember(armature))


def missing_slot(armature: bpy.types.Object) -> bpy.types.ActionSlot | None:
    """Return the slot that an armature might use and does not; None where nothing is missing."""
    data = armature.animation_data
    if not actions.SLOTS or data is None or data.action is None or data.action_slot is not None:
        return None
    slots = [slot for slot in data.action_suitable_slots if bones_of(data.action, slot)]
    own = [slot for slot in slots if slot.name_display == armature.name]
    return next(iter([*own, *slots]), None)


def all_of(
    armatures: list[bpy.types.Object],
) -> tuple[list[Motion], dict[str, MotionError]]:
    """Return the motions of all actions of the file that move bones.

    Args:
        armatures: characters they may be tried on.

    Returns:
        The motions, and by name why others are none.
    """
    found, failures = [], {}
    for action in bpy.data.actions:
        slots = [slot for slot in actions.slots_of(action) if bones_of(action, slot)]
        for slot in slots:
            identifier = slot.identifier if slot is not None and len(slots) > 1 else ""
            motion = Motion("", action.name, 0, 0, identifier)
            try:
                armature = _wearer(action, slot, armatures)
            except MotionError as error:
                failures[motion.name] = error
                continue
            start, end = read.range_of(action, slot)
            found.append(
                Motion(
                    armature.name, action.name, start, end, identifier,
                    who=remember(armature), what=remember(action),
                )
            )  # fmt: skip
    return found, failures


def bones_of(action: bpy.types.Action, slot: bpy.types.ActionSlot | None) -> set[str]:
    """Return the names of the bones that a slot of an action moves."""
    paths = {curve.data_path for curve in actions.curves_of(action, slot)}
    found = [_BONE.match(path) for path in paths]
    return {bpy.utils.unescape_identifier(one[1]) for one in found if one is not None}


def moves_bones(action: bpy.types.Action, slot: bpy.types.ActionSlot | None) -> bool:
    """Tell whether a slot of an action moves bones: one that holds a pose does not."""
    for curve in actions.curves_of(action, slot):
        if not _BONE.match(curve.data_path):
            continue
        points = np.empty(2 * len(curve.keyframe_points), np.float32)
        curve.keyframe_points.foreach_get("co", points)
        if len(curve.modifiers) or (len(points) and np.ptp(points[1::2]) > HELD):
            return True
    return False


def is_used(
    action: bpy.types.Action, slot: bpy.types.ActionSlot | None, armature: bpy.types.Object
) -> bool:
    """Tell whether an armature plays a slot of an action, or has it on an NLA track."""
    data = armature.animation_data
    if data is None:
        return False
    strips = [strip for track in data.nla_tracks for strip in track.strips]
    for one, user in [(data.action, data), *((strip.action, strip) for strip in strips)]:
        if one == action and (slot is None or user.action_slot in (slot, None)):
            return True
    return False


def _wearer(
    action: bpy.types.Action,
    slot: bpy.types.ActionSlot | None,
    armatures: list[bpy.types.Object],
) -> bpy.types.Object:
    bones = bones_of(action, slot)

    def fitting(armature: bpy.types.Object) -> tuple[bool, bool, int]:
        share = sum(bone in armature.pose.bones for bone in bones)
        named = slot is not None and slot.name_display == armature.name
        named = named or action.name.startswith(armature.name + "|")  # as FBX files have them
        return is_used(action, slot, armature), named, share

    best = max(armatures, key=fitting, default=None)
    if best is None or fitting(best)[-1] < LEAST_BONES * len(bones):
        raise MotionError(
            "no_rig", f"No character of the scene has the bones of {action.name!r}.",
            "Add the character that it was made for.",
        )  # fmt: skip
    return best


def character_of(motion: Motion) -> bpy.types.Object:
    """Return the character that a motion is read on.

    Raises:
        MotionError: code "no_rig", if it is gone.
    """
    if motion.who is None:
        raise MotionError("no_rig", f"Nobody does {motion.name!r}.")
    return find_armature(motion.who)


@contextlib.contextmanager
def wearing(armature: bpy.types.Object, motion: Motion) -> Iterator[None]:
    """Put a motion's action on, alone, and afterwards what was there.

    Raises:
        MotionError: code "bad_request", if the action is gone.
    """
    if not motion.action and not motion.slot:
        yield
        return
    had_data = armature.animation_data is not None
    own = armature.animation_data.action if had_data else None
    action = own if motion.what is None else find_action(motion.what)
    if action is None or (motion.slot and motion.slot not in action.slots):
        raise MotionError("bad_request", f"The action of {motion.name!r} was removed meanwhile.")
    data = armature.animation_data_create()
    before = data.action, data.action_slot if actions.SLOTS else None, data.use_nla
    values = _values(armature, {curve.data_path for curve in actions.curves(action)})
    try:
        data.use_nla = False
        data.action = action
        if actions.SLOTS and motion.slot:
            data.action_slot = action.slots[motion.slot]
        elif actions.SLOTS and data.action_slot is None and data.action_suitable_slots:
            data.action_slot = data.action_suitable_slots[0]
        yield
    finally:
        data.action = before[0]
        if actions.SLOTS and before[0] is not None:
            data.action_slot = before[1]
        data.use_nla = before[2]
        # What the action before does not key would keep the value of the one tried on.
        for path, value in values.items():
            _set(armature, path, value)
        if not had_data:
            armature.animation_data_clear()


def _values(owner: bpy.types.Object, paths: set[str]) -> dict[str, object]:
    """Return the values of some data paths, those that lead nowhere left out."""
    found = {}
    for path in paths:
        try:
            value = owner.path_resolve(path)
        except ValueError:
            continue
        found[path] = tuple(value) if hasattr(value, "__len__") else value
    return found


def _set(owner: bpy.types.Object, path: str, value: object) -> None:
    if path.endswith('"]'):  # a custom property
        start = path.rindex('["')
        key = bpy.utils.unescape_identifier(path[start + 2 : -2])
        (owner.path_resolve(path[:start]) if start else owner)[key] = value
        return
    holder, _, name = path.rpartition(".")
    setattr(owner.path_resolve(holder) if holder else owner, name, value)
