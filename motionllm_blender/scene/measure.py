"""How well an armature does what a clip does, in numbers. May import bpy, numpy, motionllm."""

import bpy
import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.compare import foot_skate, limb_error
from motionllm.rig.carry.rest import Fit, fit

from . import read, rigs

UP = np.array([0.0, 1.0, 0.0])


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
        how: of the rest pose, where that is no standing person (`sample.fit_rest`).

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
    return joints


def compare(joints: np.ndarray, clip: Clip) -> dict[str, float]:
    """Return the errors of joints (T, 22, 3) that ought to do what a clip does.

    Returns:
        "limb_degrees": mean angle between arms and legs and the clip's. "foot_skate" and
        "clip_foot_skate": how fast planted feet slide, metres a second, of joints that both have.
    """
    seen = np.where(np.isfinite(joints), clip.joints, np.nan)
    return {
        "limb_degrees": limb_error(joints, clip, rotation.identity()),
        "foot_skate": foot_skate(joints, clip.contacts, clip.fps, UP),
        "clip_foot_skate": foot_skate(seen, clip.contacts, clip.fps, UP),
    }
