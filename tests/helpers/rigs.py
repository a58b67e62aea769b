"""Rigs without Blender: the canonical body under other names, in other rest poses."""

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.rig.rig import Rig

J = skeleton.JOINTS


def plain_rig(names: list[str]) -> Rig:
    """Return the canonical body, Z up, with other names."""
    still = rotation.identity(1, 22)
    place = np.array([[0.0, skeleton.PELVIS_HEIGHT, 0.0]])
    joints = skeleton.forward_kinematics(still, place)[0]
    rest = np.tile(np.eye(4), (22, 1, 1))
    rest[:, :3, 3] = joints @ np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]]).T
    return Rig(names, np.array(skeleton.PARENTS), rest, np.ones(22, bool))


SMPL_FBX = [
    "Pelvis", "L_Hip", "R_Hip", "Spine1", "L_Knee", "R_Knee", "Spine2", "L_Ankle", "R_Ankle",
    "Spine3", "L_Foot", "R_Foot", "Neck", "L_Collar", "R_Collar", "Head", "L_Shoulder",
    "R_Shoulder", "L_Elbow", "R_Elbow", "L_Wrist", "R_Wrist",
]  # fmt: skip


def make_rig(
    arm_drop: float = 0.0, leg_spread: float = 0.0, scale: float = 1.0,
    axes: np.ndarray | None = None, seed: int = 1,
) -> tuple[Rig, np.ndarray]:  # fmt: skip
    """Return a rig of canonical lengths with random bone frames, and the axes (4,) it stands in."""
    axes = rotation.from_axis_angle(np.array([1.0, 0, 0]), np.pi / 2) if axes is None else axes
    local = rotation.identity(1, 22)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        z = np.array([0.0, 0.0, 1.0])
        local[0, J[f"{side}_shoulder"]] = rotation.from_axis_angle(z, -sign * arm_drop)
        local[0, J[f"{side}_hip"]] = rotation.from_axis_angle(z, sign * leg_spread)
        local[0, J[f"{side}_ankle"]] = rotation.from_axis_angle(z, -sign * leg_spread)
    place = np.array([[0.0, skeleton.PELVIS_HEIGHT, 0.0]])
    joints = skeleton.forward_kinematics(local, place)[0]
    joints[:, 1] -= joints[7, 1] - skeleton.ANKLE_HEIGHT
    heads = scale * rotation.rotate(axes, joints)
    generator = np.random.default_rng(seed)
    frames = rotation.to_matrix(rotation.normalize(generator.normal(size=(22, 4))))
    rest = np.tile(np.eye(4), (22, 1, 1))
    rest[:, :3, :3], rest[:, :3, 3] = frames, heads
    return Rig(SMPL_FBX, np.array(skeleton.PARENTS), rest, np.ones(22, bool)), axes
