"""A crowd in a new file, for `motionllm crowd`. May import bpy, numpy, motionllm, the scene."""

import time
from pathlib import Path

import bpy
import numpy as np

from motionllm.crowd.area import rectangle
from motionllm.crowd.members import Placed
from motionllm.crowd.spacing import spacing
from motionllm.errors import MotionError
from motionllm.motion.clip import load_clip
from motionllm.motion.features import FPS

from ..scene import bake, crowd, joints

AREA = "Crowd Area"


def make(job: dict) -> dict:
    """Fill an empty scene with characters and write it to a file.

    Args:
        job: "people": for each its "clip" (a file), "place", "heading", "start" and "cyclic" as in
            `Placed`, and "share" as in `scene.crowd.Writer.write`; "joints": a file with the
            planned joints (N, F, 22, 3) of all; "area": width and depth in metres; "out".

    Returns:
        What was measured on the evaluated characters, frame by frame, and how long it took.

    Raises:
        MotionError: as `bake.bake`; "output", if the file cannot be written.
    """
    started = time.perf_counter()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    planned = np.load(job["joints"])
    scene.render.fps, scene.render.fps_base = FPS, 1.0
    scene.frame_start, scene.frame_end = 1, planned.shape[1]
    _add_area(scene, *job["area"])
    armatures = crowd.add_characters(bpy.context, len(job["people"]))
    writer = crowd.Writer(scene, scene.frame_start, bake.Options())
    clips = {}
    for armature, person in zip(armatures, job["people"], strict=True):
        if person["clip"] not in clips:
            clips[person["clip"]] = load_clip(person["clip"])
        placed = Placed(
            clips[person["clip"]], np.array(person["place"]), person["heading"], person["start"],
            person["cyclic"], person["share"] is not None, planned[:0],
        )  # fmt: skip
        writer.write(armature, placed, 0.0, person["share"])
    baked = time.perf_counter()
    found = joints.read_joints(armatures, scene, scene.frame_start, scene.frame_end)
    figures = spacing(found, rectangle(*job["area"]))
    measured = time.perf_counter()
    scene.frame_set(scene.frame_start)
    try:
        bpy.ops.wm.save_as_mainfile(filepath=job["out"], compress=True, copy=True)
    except RuntimeError as error:
        why = str(error).strip().splitlines()[-1]
        raise MotionError("output", f"{job['out']} cannot be written: {why}") from error
    return {
        "characters": len(armatures),
        "frames": planned.shape[1],
        "closest": round(figures.closest, 4),
        "gap": round(figures.gap, 4),
        "outside": figures.outside,
        "off_plan": round(float(np.abs(found - planned).max()), 5),
        "actions": len(bpy.data.actions),
        "megabytes": round(Path(job["out"]).stat().st_size / 1e6, 2),
        "bake_seconds": round(baked - started, 2),
        "measure_seconds": round(measured - baked, 2),
    }


def _add_area(scene: bpy.types.Scene, width: float, depth: float) -> None:
    """Show the area in the viewport; it is not rendered."""
    x, y = 0.5 * width, 0.5 * depth
    mesh = bpy.data.meshes.new(AREA)
    mesh.from_pydata([(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)], [], [(0, 1, 2, 3)])
    area = bpy.data.objects.new(AREA, mesh)
    area.display_type, area.hide_render = "WIRE", True
    scene.collection.objects.link(area)
