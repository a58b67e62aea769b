"""The canonical skeleton: SMPL's 22 joints with the proportions of a neutral adult. numpy only.

Metres, Y up, facing +Z, so +X is the person's left. The rest pose is a T-pose and every joint's
frame is axis-aligned with the world in it. Bone lengths were measured on the neutral adult of
MakeHuman (CC0), arms and legs laid straight, both sides made equal.
"""

import numpy as np

from motionllm.motion import rotation

JOINT_NAMES: tuple[str, ...] = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2",
    "left_ankle", "right_ankle", "spine3", "left_foot", "right_foot", "neck",
    "left_collar", "right_collar", "head", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
JOINTS = {name: index for index, name in enumerate(JOINT_NAMES)}
JOINT_COUNT = len(JOINT_NAMES)
PARENTS: tuple[int, ...] = (
    -1,
    0,
    0,
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    9,
    9,
    12,
    13,
    14,
    16,
    17,
    18,
    19,
)
MIRROR: tuple[int, ...] = (
    0,
    2,
    1,
    3,
    5,
    4,
    6,
    8,
    7,
    9,
    11,
    10,
    12,
    14,
    13,
    15,
    17,
    16,
    19,
    18,
    21,
    20,
)
FOOT_JOINTS = (7, 10, 8, 11)  # left ankle, left toe, right ankle, right toe: a clip's contacts

OFFSETS = np.array(
    [
        [0.0, 0.0, 0.0],  # pelvis
        [0.1014, -0.0481, -0.0119],  # left_hip
        [-0.1014, -0.0481, -0.0119],  # right_hip
        [0.0, 0.1038, 0.0052],  # spine1
        [0.0, -0.3944, 0.0],  # left_knee
        [0.0, -0.3944, 0.0],  # right_knee
        [0.0, 0.1011, -0.0133],  # spine2
        [0.0, -0.4076, 0.0],  # left_ankle
        [0.0, -0.4076, 0.0],  # right_ankle
        [0.0, 0.1200, -0.0274],  # spine3
        [0.0, -0.0430, 0.1333],  # left_foot
        [0.0, -0.0430, 0.1333],  # right_foot
        [0.0, 0.1750, 0.0238],  # neck
        [0.0595, 0.1435, 0.0330],  # left_collar
        [-0.0595, 0.1435, 0.0330],  # right_collar
        [0.0, 0.0503, 0.0159],  # head
        [0.1105, -0.0622, 0.0050],  # left_shoulder
        [-0.1105, -0.0622, 0.0050],  # right_shoulder
        [0.2421, 0.0, 0.0],  # left_elbow
        [-0.2421, 0.0, 0.0],  # right_elbow
        [0.2386, 0.0, 0.0],  # left_wrist
        [-0.2386, 0.0, 0.0],  # right_wrist
    ],
    np.float32,
)
ANKLE_HEIGHT = 0.0692  # of the ankle joint above the floor when the foot stands flat
TOE_HEIGHT = 0.0262
LEG_LENGTH = 0.3944 + 0.4076  # hip to ankle
PELVIS_HEIGHT = ANKLE_HEIGHT + LEG_LENGTH + 0.0481  # of the pelvis in the rest pose


def forward_kinematics(
    rotations: np.ndarray, translation: np.ndarray, offsets: np.ndarray = OFFSETS
) -> np.ndarray:
    """Return world joint positions.

    Args:
        rotations: (T, 22, 4) local joint rotations, wxyz, relative to the T-pose.
        translation: (T, 3) pelvis position, metres.
        offsets: (22, 3) rest offsets from the parent joint, metres.

    Returns:
        (T, 22, 3) positions, metres, in the frame of the translation.
    """
    return world_transforms(rotations, translation, offsets)[1]


def world_transforms(
    rotations: np.ndarray, translation: np.ndarray, offsets: np.ndarray = OFFSETS
) -> tuple[np.ndarray, np.ndarray]:
    """Return world rotations (T, 22, 4) and positions (T, 22, 3); arguments as above."""
    world = [rotations[:, 0]]
    positions = [np.asarray(translation)]
    for joint in range(1, JOINT_COUNT):
        parent = PARENTS[joint]
        world.append(rotation.multiply(world[parent], rotations[:, joint]))
        positions.append(
            positions[parent] + rotation.rotate(world[parent], offsets[joint][None, :])
        )
    return np.stack(world, axis=1), np.stack(positions, axis=1)


def local_rotations(world: np.ndarray) -> np.ndarray:
    """Return local rotations (T, 22, 4) of world rotations (T, 22, 4)."""
    local = world.copy()
    for joint in range(1, JOINT_COUNT):
        local[:, joint] = rotation.multiply(
            rotation.conjugate(world[:, PARENTS[joint]]), world[:, joint]
        )
    return local


def mirrored(rotations: np.ndarray, translation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Swap left and right: reflect at the plane x = 0.

    Args:
        rotations: (T, 22, 4) local rotations.
        translation: (T, 3) pelvis positions.
    """
    swapped = rotations[:, list(MIRROR)] * np.array([1.0, 1.0, -1.0, -1.0], rotations.dtype)
    return swapped, translation * np.array([-1.0, 1.0, 1.0], translation.dtype)
