"""How far apart people are, and whether they touch. numpy only.

A body is seen as balls around its joints and the middles of its bones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.crowd.area import Area
from motionllm.motion import skeleton

J = skeleton.JOINTS
_MIDDLES = (
    ("left_hip", "left_knee"), ("right_hip", "right_knee"), ("left_knee", "left_ankle"),
    ("right_knee", "right_ankle"), ("left_shoulder", "left_elbow"),
    ("right_shoulder", "right_elbow"), ("left_elbow", "left_wrist"),
    ("right_elbow", "right_wrist"),
)  # fmt: skip
_FIRST = np.array([J[first] for first, _ in _MIDDLES])
_SECOND = np.array([J[second] for _, second in _MIDDLES])
_TORSO = ("pelvis", "spine1", "spine2", "spine3")
TORSO, HEAD, LIMB = 0.13, 0.11, 0.06  # metres, radii
RADII = np.concatenate([
    [TORSO if name in _TORSO else HEAD if name == "head" else LIMB for name in J],
    np.full(len(_MIDDLES), LIMB),
])  # fmt: skip
NEAR = 2.4  # metres between two pelvises: bodies further apart cannot touch


def balls(joints: np.ndarray) -> np.ndarray:
    """Return the middles (..., 30, 3) of the balls of bodies with joints (..., 22, 3)."""
    middles = 0.5 * (joints[..., _FIRST, :] + joints[..., _SECOND, :])
    return np.concatenate([joints, middles], axis=-2)


def gap(one: np.ndarray, others: np.ndarray) -> float:
    """Return the least distance, metres, between the skins of two bodies; below 0 they overlap.

    Args:
        one, others: (T, 30, 3) balls of both in the same frames.
    """
    if not len(one):
        return np.inf
    one, others = one.astype(np.float64), others.astype(np.float64)
    square = (one**2).sum(-1)[:, :, None] + (others**2).sum(-1)[:, None]
    square = square - 2.0 * one @ np.swapaxes(others, 1, 2)
    apart = np.sqrt(np.maximum(square, 0.0))
    return float((apart - RADII[:, None] - RADII[None]).min())


@dataclass(frozen=True)
class Spacing:
    """What was measured over all frames.

    Attributes:
        closest: least distance over the floor between two people's pelvises, metres.
        gap: least distance between the skins of two bodies, metres; below 0 they overlap.
        outside: number of people any joint of which is ever outside the area.
    """

    closest: float
    gap: float
    outside: int


def measure(joints: np.ndarray, area: Area | None) -> Spacing:
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
            least = min(least, gap(bodies[one][frames], bodies[one + 1 + other][frames]))
    outside = 0
    if area is not None:
        within = area.contains(joints[..., [0, 2]])
        outside = int((~within.all(axis=(1, 2))).sum())
    return Spacing(closest, least, outside)
