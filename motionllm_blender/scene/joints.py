"""Where the joints of people are, frame by frame. May import bpy, numpy, motionllm."""

import math

import bpy
import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.motion.axes import from_blender
from motionllm.motion.features import FPS
from motionllm.rig.carry.rest import Fit, fit

from . import mirror, read, rigs


def read_joints(
    armatures: list[bpy.types.Object], scene: bpy.types.Scene, start: int, end: int, step: int = 1
) -> np.ndarray:
    """Return the joints (N, T, 22, 3) of people as Blender evaluates them, every `step` frames.

    In a clip's axes, metres; a joint that a rig lacks is where the one above it is. Meshes are
    hidden meanwhile, so that none is deformed.

    Raises:
        MotionError: code "no_rig", if one is no humanoid.
    """
    bones = [_bones_of(armature) for armature in armatures]
    frames = range(start, end + 1, step)
    result = np.empty((len(armatures), len(frames), skeleton.JOINT_COUNT, 3))
    bodies = [thing for thing in scene.objects if thing.type == "MESH"]
    hidden = [body.hide_viewport for body in bodies]
    before, subframe = scene.frame_current, scene.frame_subframe
    try:
        for body in bodies:
            body.hide_viewport = True
        for row, frame in enumerate(frames):
            scene.frame_set(frame)
            graph = bpy.context.evaluated_depsgraph_get()
            for number, armature in enumerate(armatures):
                evaluated = armature.evaluated_get(graph)
                buffer = np.empty(len(evaluated.pose.bones) * 16, np.float32)
                evaluated.pose.bones.foreach_get("matrix", buffer)
                heads = buffer.reshape(-1, 4, 4)[bones[number], 3, :3]  # Blender's are by column
                world = np.array(evaluated.matrix_world, np.float64)
                result[number, row] = heads @ world[:3, :3].T + world[:3, 3]
    finally:
        for body, state in zip(bodies, hidden, strict=True):
            body.hide_viewport = state
        scene.frame_set(before, subframe=subframe)
    return from_blender(result)


def _bones_of(armature: bpy.types.Object) -> list[int]:
    """Return the bone of each joint, or of the next joint above it that has one."""
    rig = rigs.read_rig(armature)
    found = rigs.match(armature, rig, "read").bones
    if rig.mirrored:
        found = {skeleton.MIRROR[joint]: bone for joint, bone in found.items()}
    bones: list[int] = []
    for joint, parent in enumerate(skeleton.PARENTS):
        bones.append(found[joint] if joint in found else bones[parent])
    return bones


def read_others(
    scene: bpy.types.Scene, names: set[str], start: int, frames: int
) -> list[np.ndarray]:
    """Return the joints (F, 22, 3) of the scene's other people in a crowd's frames.

    Every fifth of a second is evaluated, what lies between is interpolated.

    Args:
        names: armatures that are not meant.
        start: the scene's frame that the crowd's frame 0 is.
        frames: of the crowd, F.
    """
    others = []
    for thing in scene.objects:
        if thing.type == "ARMATURE" and thing.name not in names and thing.visible_get():
            try:
                _bones_of(thing)
            except MotionError:
                continue  # no person
            others.append(thing)
    if not others:
        return []
    fps = read.scene_fps(scene)
    step = max(1, round(fps / 5.0))
    end = start + math.ceil(frames * fps / FPS) + step
    seen = read_joints(others, scene, start, end, step)
    at = np.arange(frames) * fps / FPS / step
    low = np.minimum(at.astype(int), seen.shape[1] - 2)
    share = (at - low)[:, None, None]
    return list(seen[:, low] * (1.0 - share) + seen[:, low + 1] * share)


def joints_of(
    armature: bpy.types.Object,
    context: bpy.types.Context,
    start: int,
    end: int,
    how: Fit | None = None,
) -> np.ndarray:
    """Return where a rig's joints are (T, 22, 3) in frames start..end, NaN where it has none.

    They are in the clip's axes and in metres of the canonical skeleton: what `bake` was given,
    plus what its proportions and its constraints changed.

    Args:
        how: of the rest pose, where that is no standing person (`read.fit_rest`).

    Raises:
        MotionError: code "no_rig".
    """
    rig = rigs.read_rig(armature)
    match = rigs.match(armature, rig, "read")
    how = how or fit(rig, match.bones)
    poses = read.read_poses(armature, context, start, end)
    joints = np.full((len(poses), skeleton.JOINT_COUNT, 3), np.nan)
    back = rotation.conjugate(how.axes)
    for joint, bone in match.bones.items():
        joints[:, joint] = rotation.rotate(back, (poses[:, bone, :3, 3] - how.base) / how.scale)
    return mirror.as_seen(joints, rig)
