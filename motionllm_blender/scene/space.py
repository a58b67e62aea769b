"""People of one scene in one space: where characters stand, motions written into that space.

May import bpy, numpy, motionllm. A clip's space is a character's own: its origin is where the
character stands at rest. Motions of several people are in the first one's; here they are carried to
each one's own, so that no object is moved.
"""

import math
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector

from motionllm.errors import MotionError
from motionllm.motion import rotation
from motionllm.motion.axes import floor_from_blender, floor_to_blender
from motionllm.motion.clip import Clip
from motionllm.motion.root import placed, put_to, roots_of, seen_from
from motionllm.rig.carry.rest import Fit

from . import bake, character, place, read, ready, rigs, strips

UPRIGHT = 0.9  # cosine: characters that lean more than this cannot share a floor


@dataclass(frozen=True)
class Home:
    """Where a character stands, and how large it is.

    Attributes:
        matrix: (4, 4) of its object in the world.
        fit: how its rest pose lies in the object.
    """

    matrix: np.ndarray
    fit: Fit

    @property
    def place(self) -> np.ndarray:
        """Where a clip's origin is on the floor (2,): its x and z, metres."""
        return floor_from_blender(Matrix(self.matrix) @ Vector(self.fit.base))

    @property
    def heading(self) -> float:
        """Radians, where a clip's first frame faces."""
        ahead = rotation.rotate(self.fit.axes, np.array([0.0, 0.0, 1.0]))
        x, z = floor_from_blender(Matrix(self.matrix).to_3x3() @ Vector(ahead))
        return math.atan2(x, z)

    @property
    def size(self) -> float:
        """Metres of its body for each metre of the clip's."""
        return self.fit.scale * Matrix(self.matrix).median_scale

    @property
    def _sides(self) -> np.ndarray:
        """Signs (3,) of a clip's axes: an object that mirrors has what is left on its right."""
        return np.array([np.sign(np.linalg.det(self.matrix[:3, :3])) or 1.0, 1.0, 1.0])

    def to_world(self, points: np.ndarray) -> np.ndarray:
        """Return world points (N, 3) of points in the character's clip space."""
        points = points * self._sides
        local = self.fit.base + rotation.rotate(self.fit.axes, points * self.fit.scale)
        return local @ self.matrix[:3, :3].T + self.matrix[:3, 3]

    def from_world(self, points: np.ndarray) -> np.ndarray:
        """Undo `to_world`."""
        back = np.linalg.inv(self.matrix)
        local = points @ back[:3, :3].T + back[:3, 3]
        local = rotation.rotate(rotation.conjugate(self.fit.axes), local - self.fit.base)
        return self._sides * local / self.fit.scale


def home_of(armature: bpy.types.Object, context: bpy.types.Context) -> Home:
    """Return where a character stands.

    Raises:
        MotionError: code "no_rig", if it is no humanoid.
    """
    rig = rigs.read_rig(armature)
    how = read.fit_rest(armature, context, rig, rigs.match(armature, rig))
    return Home(np.array(armature.matrix_world, np.float64), how)


def upright_home(armature: bpy.types.Object, context: bpy.types.Context) -> Home:
    """Return where a character stands that is to share a floor, or measure one.

    Raises:
        MotionError: code "no_rig", if it is no humanoid, is squashed flat, or does not stand up.
    """
    home = home_of(armature, context)
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


def seen_from_start(
    point: np.ndarray, armature: bpy.types.Object, context: bpy.types.Context, start: int,
    options: bake.Options,
) -> tuple[float, float]:  # fmt: skip
    """Return how far to the left and ahead (metres of the clip) a point of the world lies from
    where a motion will begin that is written to a character so.

    Args:
        start: the frame the motion begins at.

    Raises:
        MotionError: as `upright_home`.
    """
    led = strips.led_to(armature, start) if options.strip and options.go_on else None
    with place.at_frame(context.scene, start if led is None else led):
        home = upright_home(armature, context)
    left, _, ahead = home.from_world(point[None])[0]
    seen = np.array([left, ahead, 0.0])
    if led is not None:
        rig = rigs.read_rig(armature)
        seen = seen_from(read.root_at(armature, context, rig, home.fit, led), seen)
    return float(seen[0]), float(seen[1])


def stand_at(
    armature: bpy.types.Object, home: Home, place: np.ndarray, heading: float, floor: float
) -> None:
    """Stand a character at a place (2,) of a floor, turned to a heading; its size is kept.

    Args:
        home: where it stands now.
        floor: Blender's height of the floor.
    """
    turn = Matrix.Rotation(heading - home.heading, 4, "Z")
    world = armature.matrix_world.copy()
    world.translation = (0.0, 0.0, 0.0)
    world = turn @ world
    at = Vector((*floor_to_blender(place), floor))
    world.translation = at - world.to_3x3() @ Vector(home.fit.base)
    armature.matrix_world = world


def carried(clip: Clip, source: Home, target: Home) -> Clip:
    """Return a clip of one character's space in another's; it stays where it is in the world."""
    points = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    at, ahead = target.from_world(source.to_world(points))
    gap = ahead - at
    shift = np.array([at[0], at[2], float(np.arctan2(gap[0], gap[2]))])
    return placed(clip, put_to(shift, roots_of(clip)[0]))


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
    with place.at_frame(scene, start):
        homes = [upright_home(armature, bpy.context) for armature in armatures]
    for armature in armatures:
        ready.check_writable(armature)
    written = []
    for clip, armature, home in zip(clips, armatures, homes, strict=True):
        clip = carried(clip, source, home)
        written.append(bake.bake(clip, armature, scene, start, provenance, options))
    scene.frame_end = max([scene.frame_end, *(int(action.frame_end) for action in written)])
    return written
