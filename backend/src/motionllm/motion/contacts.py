"""Where the soles of the feet are, and which foot joints are planted. numpy only.

A foot is seen as two points under its joints: the heel below the ankle, the ball below the toe
joint; both lie on the floor when the foot stands flat.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation, skeleton

ANKLES, TOES = (7, 8), (10, 11)
HEEL = np.array([0.0, -skeleton.ANKLE_HEIGHT, 0.0])  # from the ankle, in the ankle's frame
# Both points turn with the ankle, so that they keep their distance: toes bend, soles do not.
BALL = skeleton.OFFSETS[10].astype(np.float64) + [0.0, -skeleton.TOE_HEIGHT, 0.0]
CONTACT_SPEED = 0.25  # m/s: a foot joint slower than this ...
CONTACT_HEIGHT = 0.06  # m: ... and no higher than this above its height in the rest pose is planted


def sole_points(world: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """Return (T, 4, 3) sole points, metres: left heel, left ball, right heel, right ball.

    Args:
        world: (T, 22, 4) world rotations.
        joints: (T, 22, 3) world positions.
    """
    points = [
        joints[:, ankle] + rotation.rotate(world[:, ankle], offset[None])
        for ankle in ANKLES
        for offset in (HEEL, BALL)
    ]
    return np.stack(points, axis=1)


def detect_contacts(joints: np.ndarray, fps: float) -> np.ndarray:
    """Return (T, 4) bool, which foot joints are planted, from joints (T, 22, 3), floor at y = 0."""
    feet = joints[:, list(skeleton.FOOT_JOINTS)]
    if len(feet) < 2:
        return np.zeros((len(feet), 4), bool)
    speed = np.linalg.norm(np.gradient(feet, axis=0), axis=-1) * fps
    rest = np.array([skeleton.ANKLE_HEIGHT, skeleton.TOE_HEIGHT] * 2)
    # A planted toe may carry a lifted heel, so the ankle alone is allowed some more height.
    low = feet[..., 1] < rest + CONTACT_HEIGHT
    return (speed < CONTACT_SPEED) & low
