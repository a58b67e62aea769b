"""Where the soles of the feet are, for measuring and mending how feet stand. numpy only.

A foot is seen as two points under its joints: the heel below the ankle, the ball below the toe
joint; both lie on the floor when the foot stands flat.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation, skeleton

SOLES = 4  # left heel, left ball, right heel, right ball: in the order of a clip's contacts
ANKLES, TOES = (7, 8), (10, 11)
HEEL = np.array([0.0, -skeleton.ANKLE_HEIGHT, 0.0])  # from the ankle, in the ankle's frame
# Both points turn with the ankle, so that they keep their distance: toes bend, soles do not.
BALL = skeleton.OFFSETS[10].astype(np.float64) + [0.0, -skeleton.TOE_HEIGHT, 0.0]


def sole_points(world: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """Return (T, 4, 3) sole points, metres.

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
