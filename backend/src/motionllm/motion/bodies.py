"""How near bodies come to each other: people who meet, and people of a crowd. numpy only.

Two models for two questions. Of people who do something together, capsules along the limbs say how
near which limbs are: slim, since hands that shake must be able to meet. Of a crowd, balls say
whether anybody comes near anybody: stout, so that what they let pass is apart to the eye as well,
and a matrix product a frame, since a crowd has pairs by the thousand and frames by the hundred.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from motionllm.motion.clip import Clip
from motionllm.motion.skeleton import JOINTS

# People who meet: joint, joint, radius in metres. A little slimmer than bodies are, since clothes
# and flesh give way.
LIMBS = (
    ("pelvis", "spine3", 0.12), ("spine3", "head", 0.08), ("left_shoulder", "right_shoulder", 0.08),
    ("left_shoulder", "left_elbow", 0.045), ("right_shoulder", "right_elbow", 0.045),
    ("left_elbow", "left_wrist", 0.035), ("right_elbow", "right_wrist", 0.035),
    ("left_hip", "left_knee", 0.065), ("right_hip", "right_knee", 0.065),
    ("left_knee", "left_ankle", 0.045), ("right_knee", "right_ankle", 0.045),
)  # fmt: skip
TOUCH = 0.08  # metres between skins at which two people are taken to touch
_STARTS = [JOINTS[name] for name, _, _ in LIMBS]
_STOPS = [JOINTS[name] for _, name, _ in LIMBS]
_RADII = np.array([radius for _, _, radius in LIMBS])
_TRUNK, _FOREARMS = [0, 1], [5, 6]  # of LIMBS
_FAR = 2.2  # metres between roots beyond which no capsules can meet

# People of a crowd: balls around the joints and the middles of these bones.
_MIDDLES = (
    ("left_hip", "left_knee"), ("right_hip", "right_knee"), ("left_knee", "left_ankle"),
    ("right_knee", "right_ankle"), ("left_shoulder", "left_elbow"),
    ("right_shoulder", "right_elbow"), ("left_elbow", "left_wrist"),
    ("right_elbow", "right_wrist"),
)  # fmt: skip
_FIRST = np.array([JOINTS[first] for first, _ in _MIDDLES])
_SECOND = np.array([JOINTS[second] for _, second in _MIDDLES])
_TORSO = ("pelvis", "spine1", "spine2", "spine3")
TORSO, HEAD, LIMB = 0.13, 0.11, 0.06  # metres, radii of balls
_BALL_RADII = np.concatenate([
    [TORSO if name in _TORSO else HEAD if name == "head" else LIMB for name in JOINTS],
    np.full(len(_MIDDLES), LIMB),
])  # fmt: skip
NEAR = 2.4  # metres between two pelvises: balls of bodies further apart cannot meet


def gaps(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return (T, L, L) metres between the skins of every limb of one and of the other person.

    Args:
        one, other: joints (T, 22, 3). Negative is how deep they are in each other; pairs of people
            too far apart to touch get the distance of their roots less what arms can reach.
    """
    frames = min(len(one), len(other))
    one, other = one[:frames], other[:frames]
    apart = np.linalg.norm(one[:, 0, [0, 2]] - other[:, 0, [0, 2]], axis=1)
    found = np.repeat(np.maximum(apart - _FAR, 1.0)[:, None], len(LIMBS) ** 2, axis=1)
    found = found.reshape(frames, len(LIMBS), len(LIMBS))
    near = apart < _FAR
    if near.any():
        distance = _segment_distance(
            one[near][:, _STARTS, None], one[near][:, _STOPS, None],
            other[near][:, None, _STARTS], other[near][:, None, _STOPS],
        )  # fmt: skip
        found[near] = distance - (_RADII[:, None] + _RADII[None])
    return found


def _segment_distance(p1, q1, p2, q2) -> np.ndarray:
    """Return the distance of segments p1-q1 and p2-q2, any leading dimensions.

    Source: C. Ericson, "Real-Time Collision Detection", 2005, 5.1.9.
    """
    d1, d2, r = q1 - p1, q2 - p2, p1 - p2
    d1, d2, r = np.broadcast_arrays(d1.astype(np.float64), d2.astype(np.float64), r)
    a, e, f = (d1 * d1).sum(-1), (d2 * d2).sum(-1), (d2 * r).sum(-1)
    b, c = (d1 * d2).sum(-1), (d1 * r).sum(-1)
    denominator = np.maximum(a * e - b * b, 1e-9)
    s = np.clip((b * f - c * e) / denominator, 0.0, 1.0)
    t = np.clip((b * s + f) / np.maximum(e, 1e-9), 0.0, 1.0)
    s = np.clip((b * t - c) / np.maximum(a, 1e-9), 0.0, 1.0)
    return np.linalg.norm(r + d1 * s[..., None] - d2 * t[..., None], axis=-1)


def depth(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return (T,) metres by which two people are in each other at their deepest, 0 if apart."""
    return np.maximum(-gaps(one, other).min(axis=(1, 2)), 0.0)


def forearms_in(joints: np.ndarray) -> float:
    """Return the metres by which the forearms are in their own trunk, neck or head at the deepest.

    Args:
        joints: (T, 22, 3). Negative is how far away from it they stay.
    """
    return -float(gaps(joints, joints)[:, _FOREARMS][:, :, _TRUNK].min())


def clearance(clips: Sequence[Clip]) -> float:
    """Return the least distance between the skins of any two people over the whole time, metres."""
    return min(
        (
            float(gaps(a.joints, b.joints).min())
            for i, a in enumerate(clips)
            for b in clips[i + 1 :]
        ),
        default=np.inf,
    )


def touching(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return (T,) bool: whether any limbs of two people touch, from joints (T, 22, 3)."""
    return gaps(one, other).min(axis=(1, 2)) < TOUCH


def balls(joints: np.ndarray) -> np.ndarray:
    """Return the middles (..., 30, 3) of the balls of bodies with joints (..., 22, 3)."""
    middles = 0.5 * (joints[..., _FIRST, :] + joints[..., _SECOND, :])
    return np.concatenate([joints, middles], axis=-2)


def ball_gap(one: np.ndarray, other: np.ndarray) -> float:
    """Return the least distance, metres, between the balls of two bodies; below 0 they overlap.

    Args:
        one, other: (T, 30, 3) balls of both in the same frames; without any they are far apart.
    """
    if not len(one):
        return np.inf
    one, other = one.astype(np.float64), other.astype(np.float64)
    square = (one**2).sum(-1)[:, :, None] + (other**2).sum(-1)[:, None]
    square = square - 2.0 * one @ np.swapaxes(other, 1, 2)
    apart = np.sqrt(np.maximum(square, 0.0))
    return float((apart - _BALL_RADII[:, None] - _BALL_RADII[None]).min())
