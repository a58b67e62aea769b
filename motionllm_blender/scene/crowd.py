"""A crowd in Blender's scene: its characters, its area, their places and motions.

May import bpy, numpy, motionllm and the add-on. On the floor, a clip's x and z are Blender's x
and -y; headings are the same angle, about Y there and about Z here.
"""

import math
from dataclasses import dataclass, replace

import bpy
import numpy as np
from mathutils import Matrix, Vector

from motionllm.crowd.area import Area, footprint, rectangle
from motionllm.crowd.members import Placed
from motionllm.errors import MotionError
from motionllm.motion import rotation
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS

from . import actions, bake, character, loops, read, rigs

COLLECTION = "MotionLLM Crowd"
UPRIGHT = 0.3  # upward part of a face's normal: walls do not count as floor


@dataclass(frozen=True)
class Stance:
    """Where a character stands and how large it is.

    Attributes:
        place: (2,) x and z of a clip's origin, metres.
        heading: radians, where a clip's first frame faces.
        size: metres of its body for each metre of the clip's.
        origin: the point of the armature, in its own space, that a clip's origin is laid on.
    """

    place: np.ndarray
    heading: float
    size: float
    origin: Vector


def read_stance(armature: bpy.types.Object) -> Stance:
    """Return where an armature stands.

    Raises:
        MotionError: code "no_rig", if it is no humanoid; "output", if it cannot be animated.
    """
    bake.check_writable(armature)
    rig = rigs.read_rig(armature)
    match = rigs.match(armature, rig)
    how = read.fit_rest(armature, bpy.context, rig, match)
    world = armature.matrix_world
    origin = Vector(how.base)
    ahead = rotation.rotate(how.axes, np.array([0.0, 0.0, 1.0]))
    ahead = world.to_3x3() @ Vector(ahead)
    at = world @ origin
    size = how.scale * world.median_scale
    return Stance(np.array([at.x, -at.y]), math.atan2(ahead.x, -ahead.y), size, origin)


def move_to(
    armature: bpy.types.Object, stance: Stance, place: np.ndarray, heading: float, floor: float
) -> None:
    """Stand an armature at a place (2,) of a floor, turned to a heading; its size is kept."""
    turn = Matrix.Rotation(heading - stance.heading, 4, "Z")
    world = armature.matrix_world.copy()
    world.translation = (0.0, 0.0, 0.0)
    world = turn @ world
    world.translation = Vector((place[0], -place[1], floor)) - world.to_3x3() @ stance.origin
    armature.matrix_world = world


def read_area(area: bpy.types.Object) -> tuple[Area, float]:
    """Return what a mesh covers, seen from above, and the height of its floor.

    Raises:
        MotionError: "bad_request", if it covers nothing.
    """
    evaluated = area.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    try:
        mesh.calc_loop_triangles()
        points = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", points)
        corners = np.empty(len(mesh.loop_triangles) * 3, np.int32)
        mesh.loop_triangles.foreach_get("vertices", corners)
    finally:
        evaluated.to_mesh_clear()
    world = np.array(area.matrix_world, np.float64)
    points = points.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]
    triangles = points[corners.reshape(-1, 3)]
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    size = np.linalg.norm(normal, axis=-1)
    flat = np.abs(normal[:, 2]) > UPRIGHT * np.maximum(size, 1e-12)
    triangles = triangles[flat] if flat.any() else triangles
    found = footprint(triangles[..., :2] * [1.0, -1.0])
    return found, float(triangles[..., 2].max())


def rectangle_around(scene: bpy.types.Scene, width: float, depth: float) -> tuple[Area, float]:
    """Return a rectangle around the 3D cursor, and the cursor's height."""
    cursor = scene.cursor.location
    return rectangle(width, depth, (cursor.x, -cursor.y)), float(cursor.z)


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

    def write(
        self, armature: bpy.types.Object, stance: Stance, placed: Placed, floor: float,
        share: int | None = None,
    ) -> bpy.types.Action:  # fmt: skip
        """Put a character in its place and animate it.

        Args:
            share: which motion it is that others have as well: where it is used as it is, they
                get one action, on an NLA strip each. Absent: an active action of its own.

        Raises:
            MotionError: as `bake.bake`.
        """
        move_to(armature, stance, placed.place, placed.heading, floor)
        fps = read.scene_fps(self._scene)
        start = self._start + round(placed.start * fps / FPS)
        if share is None or not placed.as_is:
            return self._bake(placed.clip, armature, start, placed.cyclic, self._options)
        key = (share, armature.data.name, placed.cyclic)
        action = self._shared.get(key)
        if action is None:
            active = replace(self._options, strip=False)
            action = self._bake(placed.clip, armature, self._start, placed.cyclic, active)
            self._shared[key] = action
        end = self._scene.frame_end if placed.cyclic else None
        actions.add_shared_strip(armature, action, start, end)
        return action

    def _bake(
        self, clip: Clip, armature: bpy.types.Object, start: int, cyclic: bool,
        options: bake.Options,
    ) -> bpy.types.Action:  # fmt: skip
        write = loops.bake_loop if cyclic else bake.bake
        return write(clip, armature, self._scene, start, None, options)


def need_place(area: Area, place: np.ndarray, name: str) -> None:
    """Make sure that a character that is not to be moved stands inside.

    Raises:
        MotionError: "bad_request".
    """
    if not area.contains(place):
        raise MotionError(
            "bad_request", f"{name} stands outside the area.",
            "Move it, or let the crowd choose the places.",
        )  # fmt: skip
