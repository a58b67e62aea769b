"""Where a character stands, at one frame. May import bpy, numpy.

An object or a root bone that carries a path is wherever the playhead left it. So a character's
place is read at the frame that matters, once: the first one of the motion that is to be written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import bpy
import numpy as np

from . import actions
from .awake import in_scene

TRANSFORMS = (
    "location", "rotation_euler", "rotation_quaternion", "rotation_axis_angle", "scale",
)  # fmt: skip


@contextlib.contextmanager
def at_frame(scene: bpy.types.Scene, frame: int) -> Iterator[None]:
    """Have everything stand where it does at a frame, and put the scene's frame back."""
    before, subframe = scene.frame_current, scene.frame_subframe
    if (before, subframe) == (frame, 0.0):
        yield
        return
    with in_scene(scene):
        scene.frame_set(frame)
    try:
        yield
    finally:
        with in_scene(scene):
            scene.frame_set(before, subframe=subframe)


def basis_at(armature: bpy.types.Object, scene: bpy.types.Scene, frame: int) -> np.ndarray:
    """Return an object's own matrix (4, 4), without parents, at a frame."""
    if not any(_moves(*played, {armature}) for played in _played(armature)):
        return np.array(armature.matrix_basis, np.float64)
    with at_frame(scene, frame):
        return np.array(armature.matrix_basis, np.float64)


def settle(
    armature: bpy.types.Object, carriers: list[str], scene: bpy.types.Scene, frame: int
) -> None:
    """Let a character stay where it is at a frame when its action, which moves it, is replaced.

    The action is taken off and kept in the file. One that leaves the object and the carriers alone
    stays on.

    Args:
        carriers: names of the bones that its body hangs on.
    """
    data = armature.animation_data
    if data is None or data.action is None:
        return
    things = {armature, *(armature.pose.bones[name] for name in carriers)}
    if not _moves(data.action, actions.slot_of(armature), things):
        return
    with at_frame(scene, frame):
        values = {
            (thing, name): tuple(getattr(thing, name)) for thing in things for name in TRANSFORMS
        }
    data.action.use_fake_user = True
    data.action = None
    for (thing, name), value in values.items():
        setattr(thing, name, value)
    for layer in scene.view_layers:
        layer.update()


def _played(
    armature: bpy.types.Object,
) -> list[tuple[bpy.types.Action, bpy.types.ActionSlot | None]]:
    """Return the actions that an armature plays, with their slots."""
    data = armature.animation_data
    if data is None:
        return []
    found = [(data.action, actions.slot_of(armature))] if data.action is not None else []
    return found + [
        (strip.action, strip.action_slot if actions.SLOTS else None)
        for strip in actions.playing_strips(armature)
    ]


def _moves(
    action: bpy.types.Action, slot: bpy.types.ActionSlot | None,
    things: set[bpy.types.Object | bpy.types.PoseBone],
) -> bool:  # fmt: skip
    """Tell whether an action has curves for where some things are."""
    paths = set()
    for thing in things:
        own = thing.path_from_id() + "." if isinstance(thing, bpy.types.PoseBone) else ""
        paths |= {own + name for name in TRANSFORMS}
    return any(curve.data_path in paths for curve in actions.curves_of(action, slot))
