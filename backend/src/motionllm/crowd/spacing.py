"""How far apart the people of a scene are, and whether they stay in its area. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.crowd.area import Area
from motionllm.motion.bodies import NEAR, ball_gap, balls


@dataclass(frozen=True)
class Spacing:
    """What was measured over all frames.

    Attributes:
        closest: least distance over the floor between two people's pelvises, metres.
        gap: least distance between two bodies as balls (see motion.bodies), metres; below 0 they
            overlap.
        outside: number of people any joint of which is ever outside the area.
    """

    closest: float
    gap: float
    outside: int


def spacing(joints: np.ndarray, area: Area | None) -> Spacing:
    """Measure people's joints (N, T, 22, 3), Y up, metres, frame by frame."""
    count = len(joints)
    floor = joints[:, :, 0][..., [0, 2]]
    closest, least = np.inf, np.inf
    bodies = balls(joints)
    for one in range(count - 1):
        apart = np.linalg.norm(floor[one][None] - floor[one + 1 :], axis=-1)
        closest = min(closest, float(apart.min()))
        for other in np.flatnonzero(apart.min(axis=1) < NEAR):
            frames = np.flatnonzero(apart[other] < NEAR)
            least = min(least, ball_gap(bodies[one][frames], bodies[one + 1 + other][frames]))
    outside = 0
    if area is not None:
        within = area.contains(joints[..., [0, 2]])
        outside = int((~within.all(axis=(1, 2))).sum())
    return Spacing(closest, least, outside)
