"""Areas of the floor that a crowd may be in. May import bpy, numpy, motionllm.crowd.area."""

import bpy
import numpy as np

from motionllm.crowd.area import Area, footprint, rectangle
from motionllm.errors import MotionError
from motionllm.motion.axes import floor_from_blender

UPRIGHT = 0.3  # upward part of a face's normal: walls do not count as floor


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
    found = footprint(floor_from_blender(triangles))
    return found, float(triangles[..., 2].max())


def rectangle_around(scene: bpy.types.Scene, width: float, depth: float) -> tuple[Area, float]:
    """Return a rectangle around the 3D cursor, and the cursor's height."""
    cursor = scene.cursor.location
    x, z = floor_from_blender(cursor)
    return rectangle(width, depth, (x, z)), float(cursor.z)


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
