"""Head, trunk and shoulders turned from where a recording has them. numpy only.

A turn is shared out over the joints that make it, on top of what the recording does, so that its
sway stays.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.skeleton import JOINTS

NECK_YAW, NECK_PITCH, NECK_ROLL = 70.0, 50.0, 35.0  # degrees: a human neck's limits
# Shares of what the trunk does, and of what the head does.
TRUNK = (("spine1", 0.3), ("spine2", 0.35), ("spine3", 0.35))
NECK = (("neck", 0.45), ("head", 0.55))
FOLLOWS = 0.12  # degrees by which the upper spine follows a degree of the head's yaw
FAR = 45.0  # degrees of yaw beyond which the spine takes a half of what is more


def turn_head(rotations: np.ndarray, angles: np.ndarray) -> None:
    """Turn the head, in place.

    Args:
        rotations: (T, 22, 4) local rotations.
        angles: (T, 3) degrees: yaw to the left, pitch down, roll to the right, in all; what is
            beyond the neck's limits is taken by the spine or left out.
    """
    yaw = angles[:, 0]
    spine = FOLLOWS * yaw + 0.5 * np.sign(yaw) * np.maximum(np.abs(yaw) - FAR, 0.0)
    bend_trunk(rotations, np.stack([spine, 0.0 * yaw, 0.0 * yaw], axis=1))
    limits = np.array([NECK_YAW, NECK_PITCH, NECK_ROLL])
    neck = np.clip(angles - spine[:, None] * (1.0, 0.0, 0.0), -limits, limits)
    _share(rotations, neck, NECK)


def bend_trunk(rotations: np.ndarray, angles: np.ndarray) -> None:
    """Turn and bend the trunk, in place; arguments as above."""
    _share(rotations, angles, TRUNK)


def _share(
    rotations: np.ndarray, angles: np.ndarray, shares: tuple[tuple[str, float], ...]
) -> None:
    for name, share in shares:
        joint = JOINTS[name]
        rotations[:, joint] = rotation.multiply(turn_of(angles * share), rotations[:, joint])


def turn_of(angles: np.ndarray) -> np.ndarray:
    """Return the turns (T, 4) of angles (T, 3) degrees: yaw to the left, pitch down, roll right."""
    yaw, pitch, roll = np.radians(angles).T
    return rotation.multiply(
        rotation.multiply(
            rotation.yaw_quaternion(yaw), rotation.from_axis_angle(np.array([1.0, 0, 0]), pitch)
        ),
        rotation.from_axis_angle(np.array([0.0, 0, 1.0]), roll),
    )
