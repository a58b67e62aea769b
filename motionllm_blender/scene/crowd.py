"""A crowd in Blender's scene: its characters, their places and motions.

May import bpy, numpy, motionllm and the scene's other modules.
"""

from dataclasses import replace

import bpy

from motionllm.crowd.members import Placed
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.rig.carry.transfer import SEPARATE

from . import bake, character, guard, loops, place, read, ready, strips
from .space import home_of, stand_at

COLLECTION = "MotionLLM Crowd"
GUARDED = 3  # frames in which the result is looked at: each moves everybody


def add_characters(
    context: bpy.types.Context, count: int, like: bpy.types.Object | None = None
) -> list[bpy.types.Object]:
    """Add the add-on's character so many times, in a collection of their own.

    They share armature, mesh and materials: further ones take hardly any room in the file.

    Args:
        like: one that was added before: more of it are added, where it is.
    """
    if like is None:
        collection = bpy.data.collections.new(COLLECTION)
        context.scene.collection.children.link(collection)
        pairs = [_first_character(context, collection)]
    else:
        collection, pairs = like.users_collection[0], []
    before = len([thing for thing in collection.objects if thing.type == "ARMATURE"])
    first = (like, like.children[0]) if like is not None else pairs[0]
    while len(pairs) < count:
        armature, body = (thing.copy() for thing in first)
        armature.animation_data_clear()
        body.parent = armature
        for modifier in body.modifiers:
            if modifier.type == "ARMATURE":
                modifier.object = armature
        for thing in (armature, body):
            collection.objects.link(thing)
        pairs.append((armature, body))
    for number, (armature, body) in enumerate(pairs, start=before + (like is not None)):
        armature.name, body.name = f"Crowd {number:03d}", f"Crowd {number:03d} Body"
    return [armature for armature, _ in pairs]


def _first_character(
    context: bpy.types.Context, collection: bpy.types.Collection
) -> tuple[bpy.types.Object, bpy.types.Object]:
    armature = character.add_character(context)
    armature.location = (0.0, 0.0, 0.0)
    armature.show_in_front = False
    body = armature.children[0]
    for thing in (armature, body):
        for other in thing.users_collection:
            other.objects.unlink(thing)
        collection.objects.link(thing)
    return armature, body


class Writer:
    """Writes the motions of placed characters; keeps the actions that several of them share."""

    def __init__(self, scene: bpy.types.Scene, start: int, options: bake.Options) -> None:
        """Remember how motions are written.

        Args:
            start: the scene's frame that the crowd's frame 0 is.
        """
        self._scene = scene
        self._start = start
        self._options = options
        self._shared: dict[tuple, bpy.types.Action] = {}
        self._written: list[guard.Written] = []

    def write(
        self, armature: bpy.types.Object, placed: Placed, floor: float, share: int | None = None
    ) -> bpy.types.Action:  # fmt: skip
        """Put a character in its place and animate it.

        Args:
            floor: Blender's height of the floor.
            share: which motion it is that others have as well: where it is used as it is, they
                get one action, on an NLA strip each. Absent: an active action of its own.

        Raises:
            MotionError: as `bake.bake`; then it has not been moved.
        """
        ready.check_writable(armature)
        fps = read.scene_fps(self._scene)
        start = self._start + round(placed.start * fps / FPS)
        place.settle(armature, [], self._scene, start)
        home = home_of(armature, bpy.context)
        stand_at(armature, home, placed.place, placed.heading, floor)
        apart = self._options.root_motion == SEPARATE
        done = guard.Written(armature, placed.clip.at_rate(fps), start, home.fit, apart)
        if share is None or not placed.as_is:
            action = self._bake(placed.clip, armature, start, placed.cyclic, self._options)
            self._written.append(done)
            return action
        key = (share, armature.data.name, placed.cyclic)
        action = self._shared.get(key)
        if action is None:
            active = replace(self._options, strip=False)
            action = self._bake(placed.clip, armature, self._start, placed.cyclic, active)
            self._shared[key] = action
        end = self._scene.frame_end if placed.cyclic else None
        strips.add_shared_strip(armature, action, start, end)
        self._written.append(done)
        return action

    def notes(self) -> list[str]:
        """Return what the user has to know of characters that do not do their motion."""
        return guard.notes_on(self._written, self._scene, GUARDED) if self._written else []

    def _bake(
        self, clip: Clip, armature: bpy.types.Object, start: int, cyclic: bool,
        options: bake.Options,
    ) -> bpy.types.Action:  # fmt: skip
        write = loops.bake_loop if cyclic else bake.bake
        return write(clip, armature, self._scene, start, None, options, guarded=False)
