"""Motions to be described: what a character does, or an action tried on. May import bpy.

An action is read on a character that has its bones; it is put on for a moment and taken off again
before anything else happens.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import bpy

from motionllm.errors import MotionError
from motionllm.motion.clip import Clip

from ..scene import actions, read, rigs
from ..scene.target import armatures_of, find_target
from .answers import action_called, armature_called
from .settings import described_frames

_BONE = 'pose.bones["'
LEAST_BONES = 0.5  # share of an action's bones that a character must have to try it on


@dataclass(frozen=True)
class Source:
    """A motion, by names: undo and the user may replace what they stand for.

    Attributes:
        character: object name of the armature it is read on.
        action: the action tried on; "" is whatever the character does.
        start, end: first and last frame.
    """

    character: str
    action: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self.action or self.character

    def armature(self) -> bpy.types.Object:
        """Return the armature.

        Raises:
            MotionError: code "no_rig", if it is gone.
        """
        return armature_called(self.character)


def selected(context: bpy.types.Context) -> tuple[list[Source], dict[str, MotionError]]:
    """Return what the selected characters do, and why some cannot be described, by name.

    Raises:
        MotionError: code "no_rig", if there is no character at all.
    """
    armatures = armatures_of(context.selected_objects) or [find_target(context)]
    sources, failures = [], {}
    for armature in armatures:
        start, end = described_frames(armature, context.scene)
        try:
            _check(armature, start, end)
            sources.append(Source(armature.name, "", start, end))
        except MotionError as error:
            failures[armature.name] = error
    return sources, failures


def all_actions(context: bpy.types.Context) -> tuple[list[Source], dict[str, MotionError]]:
    """Return every action of the file that moves bones; see `selected`.

    Raises:
        MotionError: code "bad_request", if there is none.
    """
    armatures = [thing for thing in context.scene.objects if thing.type == "ARMATURE"]
    sources, failures, found = [], {}, False
    for action in bpy.data.actions:
        bones = _bones_of(action)
        if not bones:
            continue
        found = True
        try:
            armature = _wearer(action, bones, armatures)
            start, end = (round(frame) for frame in action.frame_range)
            _check(armature, start, end)
            sources.append(Source(armature.name, action.name, start, end))
        except MotionError as error:
            failures[action.name] = error
    if not found:
        raise MotionError("bad_request", "No action in this file moves the bones of a character.")
    return sources, failures


def _check(armature: bpy.types.Object, start: int, end: int) -> None:
    read.check_range(start, end)
    rigs.match(armature, rigs.read_rig(armature), "read")


def _bones_of(action: bpy.types.Action) -> set[str]:
    paths = {curve.data_path for curve in actions.curves(action)}
    return {path[len(_BONE) :].partition('"]')[0] for path in paths if path.startswith(_BONE)}


def _wearer(
    action: bpy.types.Action, bones: set[str], armatures: list[bpy.types.Object]
) -> bpy.types.Object:
    def fitting(armature: bpy.types.Object) -> tuple[bool, int]:
        data = armature.animation_data
        share = sum(bone in armature.pose.bones for bone in bones)
        return data is not None and data.action == action, share

    best = max(armatures, key=fitting, default=None)
    if best is None or fitting(best)[1] < LEAST_BONES * len(bones):
        raise MotionError(
            "no_rig", f"No character of the scene has the bones of {action.name!r}.",
            "Add the character that it was made for.",
        )  # fmt: skip
    return best


class SourceReader:
    """Reads one motion, some frames at a time, so that the window goes on living."""

    def __init__(self, source: Source) -> None:
        """Look at the character.

        Raises:
            MotionError: code "no_rig".
        """
        self.source = source
        armature = source.armature()
        self._rig = rigs.read_rig(armature)
        self._match = rigs.match(armature, self._rig, "read")
        self._poses = read.PoseReader(armature, source.start, source.end)

    @property
    def left(self) -> int:
        """Frames still to be read."""
        return self._poses.left

    def read(self, context: bpy.types.Context, frames: int) -> None:
        """Read some frames more; whatever was put on is taken off again."""
        armature = self.source.armature()
        with _wearing(armature, self.source.action):
            self._poses.read(armature, context, frames)

    def clip(self, context: bpy.types.Context) -> Clip:
        """Return the whole motion, once it has been read."""
        fps = read.scene_fps(context.scene)
        poses = self._poses.poses
        return read.pose_clip(poses, self._rig, self._match, fps, self.source.name)[0]


@contextlib.contextmanager
def _wearing(armature: bpy.types.Object, name: str) -> Iterator[None]:
    """Put an action on, alone, and afterwards what was there."""
    if not name:
        yield
        return
    action = action_called(name)
    had_data = armature.animation_data is not None
    data = armature.animation_data_create()
    before = data.action, data.action_slot if actions.SLOTS else None, data.use_nla
    values = _values(armature, {curve.data_path for curve in actions.curves(action)})
    try:
        data.use_nla = False
        data.action = action
        if actions.SLOTS and data.action_slot is None and data.action_suitable_slots:
            data.action_slot = data.action_suitable_slots[0]
        yield
    finally:
        data.action = before[0]
        if actions.SLOTS and before[0] is not None and before[1] is not None:
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
        (owner.path_resolve(path[:start]) if start else owner)[path[start + 2 : -2]] = value
        return
    holder, _, name = path.rpartition(".")
    setattr(owner.path_resolve(holder) if holder else owner, name, value)
