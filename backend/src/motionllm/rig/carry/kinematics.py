"""Where a rig's bones are when their channels have values. numpy only."""

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.rig.carry.transfer import Pose
from motionllm.rig.rig import Rig

J = skeleton.JOINTS
# Limbs whose directions are compared: from joint, to joint.
LIMBS = tuple(
    (J[f"{side}_{a}"], J[f"{side}_{b}"])
    for side in ("left", "right")
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
)


def head_places(rig: Rig, pose: Pose, wanted: list[int]) -> np.ndarray:
    """Return where the heads (T, N, 3) of N bones are in armature space, in a pose.

    Bones without channels stay as they are at rest relative to their parents.
    """
    frames = len(pose.rotations)
    row = {int(bone): number for number, bone in enumerate(pose.bones)}
    rest = np.asarray(rig.rest, np.float64)
    done: dict[int, np.ndarray] = {}
    for bone in sorted({above for one in wanted for above in rig.above(one)}):
        basis = np.tile(np.eye(4), (frames, 1, 1)) if bone in row or bone == pose.root else None
        if bone in row:
            basis[:, :3, :3] = rotation.to_matrix(pose.rotations[:, row[bone]])
        if bone == pose.root:
            basis[:, :3, 3] = pose.location
        parent = int(rig.parents[bone])
        offset = rest[bone] if parent < 0 else np.linalg.inv(rest[parent]) @ rest[bone]
        above = np.broadcast_to(offset, (frames, 4, 4)) if parent < 0 else done[parent] @ offset
        done[bone] = above if basis is None else above @ basis
        if not rig.inherits_rotation[bone]:
            own = rest[bone, :3, :3] if basis is None else rest[bone, :3, :3] @ basis[:, :3, :3]
            done[bone] = done[bone].copy()
            done[bone][:, :3, :3] = own
    return np.stack([done[bone][:, :3, 3] for bone in wanted], axis=1)


def limb_error(joints: np.ndarray, clip: Clip, axes: np.ndarray) -> float:
    """Return the mean angle in degrees between a rig's arms and legs and those of the clip.

    Args:
        joints: (T, 22, 3) where the rig's joints are, NaN where it has none.
        clip: the motion it shall do.
        axes: (4,) turn from the clip's axes to those of joints.
    """
    angles = []
    for start, stop in LIMBS:
        done = joints[:, stop] - joints[:, start]
        wanted = rotation.rotate(axes, (clip.joints[:, stop] - clip.joints[:, start]).astype(float))
        turn = rotation.angle(rotation.between(done, wanted))
        if np.isfinite(turn).all():
            angles.append(turn)
    return float(np.degrees(np.mean(angles)))


def foot_skate(joints: np.ndarray, contacts: np.ndarray, fps: float, up: np.ndarray) -> float:
    """Return how fast planted feet slide over the floor, in metres a second on average.

    Args:
        joints: (T, 22, 3) joint positions, metres.
        contacts: (T, 4) which of the four foot joints are planted.
        up: (3,) unit vector.
    """
    feet = joints[:, list(skeleton.FOOT_JOINTS)]
    step = np.diff(feet, axis=0)
    step = step - (step @ up)[..., None] * up
    both = contacts[1:] & contacts[:-1] & np.isfinite(step).all(axis=-1)
    speed = np.linalg.norm(step, axis=-1) * fps
    return float(speed[both].mean()) if both.any() else 0.0
