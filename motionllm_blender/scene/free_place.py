"""Where a new character has room: at the 3D cursor, or beside what stands there. May import bpy."""

from collections.abc import Iterator

import bpy
from mathutils import Vector

REACH = 4.0  # metres from the cursor, at most
STEP = 0.4
# Points of the character as it stands, arms out, and the room each needs. Below the first one is
# the floor's.
BODY = (
    *((Vector((0.0, 0.0, height)), 0.4) for height in (0.45, 0.8, 1.15, 1.5)),
    *((Vector((side, 0.0, 1.33)), 0.15) for side in (-0.8, -0.5, 0.5, 0.8)),
)
LARGEST = 200_000  # polygons of a mesh that is looked at: larger ones would take their time
THING = 4.0  # metres: what is larger may be a room, in which one stands


def free_place(context: bpy.types.Context) -> Vector:
    """Return the 3D cursor's place, or the nearest to its right or left, in front or behind, where
    the extension's character touches no mesh that is seen; the cursor's where there is none."""
    cursor = context.scene.cursor.location.copy()
    things = [thing for thing in context.visible_objects if _may_touch(thing, cursor)]
    if not things:
        return cursor
    graph = context.evaluated_depsgraph_get()
    for gap in _gaps():
        if not any(_touches(thing, cursor + gap, graph) for thing in things):
            return cursor + gap
    return cursor


def _gaps() -> Iterator[Vector]:
    yield Vector()
    for one, other in (((1, 0, 0), (-1, 0, 0)), ((0, -1, 0), (0, 1, 0))):
        for number in range(1, round(REACH / STEP) + 1):
            yield number * STEP * Vector(one)
            yield number * STEP * Vector(other)


def _may_touch(thing: bpy.types.Object, cursor: Vector) -> bool:
    """Tell whether a mesh comes near any of the places."""
    if thing.type != "MESH" or not 0 < len(thing.data.polygons) <= LARGEST:
        return False
    corners = [thing.matrix_world @ Vector(corner) - cursor for corner in thing.bound_box]
    low, high = ([choose(axis) for axis in zip(*corners, strict=True)] for choose in (min, max))
    near = REACH + 1.0
    return all(low[i] < near and high[i] > -near for i in (0, 1)) and low[2] < 1.9 and high[2] > 0.1


def _touches(thing: bpy.types.Object, place: Vector, graph: bpy.types.Depsgraph) -> bool:
    matrix = thing.matrix_world
    back = matrix.inverted_safe()
    low, high = Vector(thing.bound_box[0]), Vector(thing.bound_box[6])
    solid = max(thing.dimensions) < THING
    for point, room in BODY:
        at = back @ (place + point)
        found, hit, normal, _ = thing.closest_point_on_mesh(at, depsgraph=graph)
        if not found:
            continue
        inside = all(low[axis] < at[axis] < high[axis] for axis in range(3))
        behind = inside and (hit - at).dot(normal) > 0.0  # the surface, seen from within
        if (matrix @ (hit - at) - matrix.translation).length < room or (solid and behind):
            return True
    return False
