"""A walk bent into another direction, feet still standing where they stand. numpy only.

Body and path turn at the same rate, about the point that carries the weight rather than about the
pelvis: a planted sole then only turns on its spot. Most of the turning happens on one foot, none
while both stand. What is left goes when the feet are cleaned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.curves import box
from motionllm.motion.feet import clean

SMOOTH = 3  # frames on either side over which the support passes from foot to foot
WALKING = 0.5  # m/s: who is slower turns less, who stands does not
LEAST_EASE, MOST_EASE = 0.3, 2.0  # who mostly stands turns less; times the mean rate


@dataclass(frozen=True)
class Gait:
    """What steering needs to know of a clip.

    Attributes:
        steps: (T, 2) movement of the pelvis to the next frame, x and z, metres; the last is 0.
        support: (T, 2) from the pelvis to the point that carries the weight.
        ease: (T,) how much of the turning each frame takes, about 1 on average, 0 where it stands.
        joints: (T, 22, 3) joints, with x and z from the pelvis.
        reach: (T,) metres from the pelvis to the farthest joint over the floor.
        fps: frames a second.
    """

    steps: np.ndarray
    support: np.ndarray
    ease: np.ndarray
    joints: np.ndarray
    reach: np.ndarray
    fps: float

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.steps)


def read_gait(clip: Clip, size: float = 1.0) -> Gait:
    """Return a clip's gait for a body `size` times as large as the clip's."""
    joints = size * clip.joints.astype(np.float64)
    pelvis = joints[:, :1, [0, 2]]
    joints = joints.copy()
    joints[..., [0, 2]] -= pelvis
    steps = np.diff(pelvis[:, 0], axis=0, append=pelvis[-1:, 0])
    feet = joints[:, list(skeleton.FOOT_JOINTS)][..., [0, 2]]
    weight = clip.contacts.astype(np.float64)[..., None]
    total = weight.sum(axis=1)
    support = np.where(total > 0, (weight * feet).sum(axis=1) / np.maximum(total, 1.0), 0.0)
    both = clip.contacts[:, :2].any(axis=1) & clip.contacts[:, 2:].any(axis=1)
    speed = np.linalg.norm(steps, axis=1) * clip.fps / size
    ease = np.where(both, 0.0, 1.0) * np.clip(box(speed, SMOOTH) / WALKING, 0.0, 1.0)
    ease = box(ease, SMOOTH)
    mean = ease.mean()
    ease = np.minimum(ease / max(mean, LEAST_EASE), MOST_EASE)
    return Gait(
        steps,
        np.stack([box(support[:, 0], SMOOTH), box(support[:, 1], SMOOTH)], axis=1),
        ease,
        joints,
        np.linalg.norm(joints[..., [0, 2]], axis=-1).max(axis=1),
        clip.fps,
    )


def moves(gait: Gait, yaw: np.ndarray, first: int = 0) -> np.ndarray:
    """Return the pelvis' movements (..., N, 2) from frame to frame of a path with added yaw.

    Args:
        yaw: (..., N + 1) radians added in the frames from `first` on.
    """
    frames = slice(first, first + yaw.shape[-1] - 1)
    support = gait.support[frames]
    # Turning about the support moves the pelvis, which is not above it.
    carried = rotation.turn_floor(support, np.diff(yaw, axis=-1)) - support
    return rotation.turn_floor(gait.steps[frames] - carried, yaw[..., :-1])


def path(gait: Gait, yaw: np.ndarray) -> np.ndarray:
    """Return the pelvis' path (T, 2) from the origin with added yaw (T,)."""
    return np.concatenate([np.zeros((1, 2)), np.cumsum(moves(gait, yaw), axis=0)])


def bend(clip: Clip, yaw: np.ndarray) -> Clip:
    """Return the clip with a yaw (T,), radians, added to body and path, and its feet cleaned."""
    rotations = clip.rotations.astype(np.float64)
    rotations[:, 0] = rotation.multiply(rotation.yaw_quaternion(yaw), rotations[:, 0])
    place = clip.translation.astype(np.float64)
    floor = place[0, ::2] + path(read_gait(clip), yaw)
    place = np.stack([floor[:, 0], place[:, 1], floor[:, 1]], axis=1)
    return clean(clip.moved(rotations, place))


def body(gait: Gait, yaw: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Return joints (T, 22, 3) of the gait on a path (T, 2), turned by yaw (T,)."""
    joints = gait.joints.copy()
    turned = rotation.turn_floor(joints[..., [0, 2]], yaw[:, None])
    joints[..., [0, 2]] = turned + floor[:, None]
    return joints
