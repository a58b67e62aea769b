"""People of one scene in one space: where characters stand, motions written into that space.

May import bpy, numpy, motionllm. A clip's space is a character's own: its origin is where the
character stands at rest. Motions of several people are in the first one's; here they are carried to
each one's own, so that no object is moved.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import rotation
from motionllm.motion.clip import Clip
from motionllm.motion.root import placed, put_to, roots_of
from motionllm.rig.carry.rest import Fit

from . import bake, character, read, rigs

UPRIGHT = 0.9  # cosine: characters that lean more than this cannot share a floor


@dataclass(frozen=True)
class Home:
    """Where a character stands: its object's matrix and how its rest pose lies in it."""

    matrix: np.ndarray
    fit: Fit

    def to_world(self, points: np.ndarray) -> np.ndarray:
        """Return world points (N, 3) of points in the character's clip space."""
        local = self.fit.base + rotation.rotate(self.fit.axes, points * self.fit.scale)
        return local @ self.matrix[:3, :3].T + self.matrix[:3, 3]

    def from_world(self, points: np.ndarray) -> np.ndarray:
        """Undo `to_world`."""
        back = np.linalg.inv(self.matrix)
        local = points @ back[:3, :3].T + back[:3, 3]
        return rotation.rotate(rotation.conjugate(self.fit.axes), local - self.fit.base) / (
            self.fit.scale
        )


def home_of(armature: bpy.types.Object, context: bpy.types.Context) -> Home:
    """Return where a character stands.

    Raises:
        MotionError: code "no_rig", if it is no humanoid, is squashed flat, or does not stand up.
    """
    rig = rigs.read_rig(armature)
    how = read.fit_rest(armature, context, rig, rigs.match(armature, rig))
    home = Home(np.array(armature.matrix_world, np.float64), how)
    if abs(np.linalg.det(home.matrix[:3, :3])) < 1e-9:
        raise MotionError("no_rig", f"The character {armature.name!r} is scaled to nothing.")
    ends = home.to_world(np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    up = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    if up[2] < UPRIGHT:
        raise MotionError(
            "no_rig", f"The character {armature.name!r} does not stand upright.",
            "Clear its object's rotation, or choose another.",
        )  # fmt: skip
    return home


def carried(clip: Clip, source: Home, target: Home) -> Clip:
    """Return a clip of one character's space in another's; it stays where it is in the world."""
    points = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    at, ahead = target.from_world(source.to_world(points))
    gap = ahead - at
    shift = np.array([at[0], at[2], float(np.arctan2(gap[0], gap[2]))])
    return placed(clip, put_to(shift, roots_of(clip)[0]))


def chosen(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Return the armatures of all selected things, the active one's first."""
    things = [context.view_layer.objects.active, *context.selected_objects]
    found = [rigs.armature_of(thing) for thing in things if thing and thing.select_get()]
    return list(dict.fromkeys(armature for armature in found if armature is not None))


def fill_up(
    armatures: list[bpy.types.Object], count: int, context: bpy.types.Context
) -> list[bpy.types.Object]:
    """Return so many characters: those given, then new ones where the first one stands.

    Where some are added, all of them become the selected ones, the first one active: the same
    button pressed again means the same people.
    """
    found = armatures[:count]
    cursor = context.scene.cursor
    before = cursor.location.copy()
    try:
        if found:
            cursor.location = found[0].matrix_world.translation
        while len(found) < count:
            found.append(character.add_character(context))
    finally:
        cursor.location = before
    if count > len(armatures):
        _select(found, context.view_layer)
    context.view_layer.update()  # else nobody knows yet where the new ones are
    return found


def _select(armatures: list[bpy.types.Object], layer: bpy.types.ViewLayer) -> None:
    shown = [armature for armature in armatures if armature.name in layer.objects]
    for armature in shown:
        armature.select_set(True, view_layer=layer)
    layer.objects.active = shown[0]


def write(
    clips: list[Clip], armatures: list[bpy.types.Object], source: Home, scene: bpy.types.Scene,
    start: int, provenance: dict[str, object], options: bake.Options,
) -> list[bpy.types.Action]:  # fmt: skip
    """Write a motion each, where the clips have them in `source`'s space; see `bake.bake`.

    All are checked before the first is written.
    """
    homes = [home_of(armature, bpy.context) for armature in armatures]
    for armature in armatures:
        bake.check_writable(armature)
    written = []
    for clip, armature, home in zip(clips, armatures, homes, strict=True):
        clip = carried(clip, source, home)
        written.append(bake.bake(clip, armature, scene, start, provenance, options))
    scene.frame_end = max([scene.frame_end, *(int(action.frame_end) for action in written)])
    return written
