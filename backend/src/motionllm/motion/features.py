"""Clip to the network's numbers a frame and back. numpy only.

A frame at 30 fps is FEATURES numbers, all in the frame of the pelvis' heading:

    0        yaw velocity, radians a frame, to the next frame
    1:3      root velocity x, z, metres a frame, to the next frame
    3        root height, metres
    4:136    22 local rotations, first two columns of the matrix; the pelvis without its heading
    136:199  21 joint positions, metres, root x and z taken off
    199:203  contacts, 0 or 1

Positions and contacts help the encoder; motion is rebuilt from root and rotations alone, so that
what is exported is right by construction.
"""

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip, heading

FPS = 30
FEATURES = 203
YAW, VELOCITY, HEIGHT = slice(0, 1), slice(1, 3), slice(3, 4)
ROTATIONS, POSITIONS, CONTACTS = slice(4, 136), slice(136, 199), slice(199, 203)


def clip_to_features(clip: Clip) -> np.ndarray:
    """Return (T, FEATURES) float32 of a clip at FPS (it is resampled if need be)."""
    clip = clip.at_rate(FPS)
    rotations = clip.rotations.astype(np.float64)
    yaw = heading(rotations[:, 0])
    unturn = rotation.yaw_quaternion(-yaw)
    place = clip.translation.astype(np.float64)
    step = np.diff(place, axis=0, append=2 * place[-1:] - place[-2:-1])
    turn = np.diff(yaw, append=2 * yaw[-1:] - yaw[-2:-1])
    local = rotations.copy()
    local[:, 0] = rotation.multiply(unturn, rotations[:, 0])
    around = clip.joints[:, 1:].astype(np.float64) - place[:, None] * [1.0, 0.0, 1.0]
    around = rotation.rotate(unturn[:, None], around)
    return np.concatenate(
        [
            turn[:, None],
            rotation.rotate(unturn, step)[:, [0, 2]],
            place[:, 1:2],
            rotation.matrix_to_sixd(rotation.to_matrix(local)).reshape(len(local), -1),
            around.reshape(len(local), -1),
            clip.contacts,
        ],
        axis=1,
    ).astype(np.float32)


def features_to_motion(features: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rotations (T, 22, 4), translation (T, 3), contacts (T, 4) of features (T, FEATURES).

    The motion starts at the origin facing +Z.
    """
    features = np.asarray(features, np.float64)
    frames = len(features)
    yaw = np.concatenate([[0.0], np.cumsum(features[:-1, 0])])
    turn = rotation.yaw_quaternion(yaw)
    step = np.zeros((frames, 3))
    step[:, [0, 2]] = features[:, VELOCITY]
    place = np.cumsum(rotation.rotate(turn, step), axis=0)
    place = np.concatenate([np.zeros((1, 3)), place[:-1]])
    place[:, 1] = features[:, 3]
    sixd = features[:, ROTATIONS].reshape(frames, skeleton.JOINT_COUNT, 6)
    rotations = rotation.from_matrix(rotation.sixd_to_matrix(sixd))
    rotations[:, 0] = rotation.multiply(turn, rotations[:, 0])
    return rotations, place, features[:, CONTACTS] > 0.5
