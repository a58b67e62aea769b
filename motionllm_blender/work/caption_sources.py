"""Motions to be described: what characters do, or actions tried on. May import bpy."""

from dataclasses import replace

import bpy

from motionllm.errors import MotionError
from motionllm.motion.clip import Clip

from ..scene import motions, read, ready, rigs
from ..scene.motions import Motion
from ..scene.target import armatures_of, find_target
from .settings import described_frames


def selected(context: bpy.types.Context) -> tuple[list[Motion], dict[str, MotionError]]:
    """Return what the selected characters do, and why some cannot be described, by name.

    Raises:
        MotionError: code "no_rig", if there is no character at all.
    """
    armatures = armatures_of(context.selected_objects, context.scene) or [find_target(context)]
    sources, failures = [], {}
    for armature in armatures:
        try:
            motion = of_character(armature, context.scene)
            _check(armature, motion)
            sources.append(motion)
        except MotionError as error:
            failures[armature.name] = error
    return sources, failures


def of_character(armature: bpy.types.Object, scene: bpy.types.Scene) -> Motion:
    """Return what a character does in the frames that the panel says."""
    start, end = described_frames(armature, scene)
    motion = motions.of_character(armature, scene)
    return replace(motion, start=start, end=end) if scene.motionllm.use_range else motion


def read_chosen(context: bpy.types.Context) -> tuple[bpy.types.Object, Motion, Clip]:
    """Return the chosen character, what it does in the frames that the panel says, and that read.

    Raises:
        MotionError: it is not clear who is meant, or nothing can be read.
    """
    armature = find_target(context)
    motion = of_character(armature, context.scene)
    with motions.wearing(armature, motion):
        return armature, motion, read.read_clip(armature, context, motion.start, motion.end)


def all_actions(context: bpy.types.Context) -> tuple[list[Motion], dict[str, MotionError]]:
    """Return every action of the file that moves bones; see `selected`.

    Raises:
        MotionError: code "bad_request", if there is none.
    """
    armatures = [thing for thing in context.scene.objects if thing.type == "ARMATURE"]
    sources, failures = [], {}
    found, problems = motions.all_of(armatures)
    for motion in found:
        try:
            _check(motions.character_of(motion), motion)
            sources.append(motion)
        except MotionError as error:
            failures[motion.name] = error
    failures |= problems
    if not sources and not failures:
        raise MotionError("bad_request", "No action in this file moves the bones of a character.")
    return sources, failures


def _check(armature: bpy.types.Object, motion: Motion) -> None:
    ready.check_readable(armature)
    read.check_range(motion.start, motion.end)
    rigs.match(armature, rigs.read_rig(armature), "read")


class SourceReader:
    """Reads one motion, some frames at a time, so that the window goes on living."""

    def __init__(self, source: Motion) -> None:
        """Look at the character.

        Raises:
            MotionError: code "no_rig".
        """
        self.source = source
        armature = motions.character_of(source)
        self._rig = rigs.read_rig(armature)
        self._match = rigs.match(armature, self._rig, "read")
        self._poses = read.PoseReader(armature, source.start, source.end)

    @property
    def left(self) -> int:
        """Frames still to be read."""
        return self._poses.left

    def read(self, context: bpy.types.Context, frames: int) -> None:
        """Read some frames more; whatever was put on is taken off again."""
        armature = motions.character_of(self.source)
        with motions.wearing(armature, self.source):
            self._poses.read(armature, context, frames)

    def clip(self, context: bpy.types.Context) -> Clip:
        """Return the whole motion, once it has been read.

        Raises:
            MotionError: code "bad_request", if something keeps it from being played.
        """
        fps = read.scene_fps(context.scene)
        poses = self._poses.poses
        if not self.source.action:
            read.check_moves(motions.character_of(self.source), poses)
        return read.pose_clip(poses, self._rig, self._match, fps, self.source.name)[0]
