"""Roots: where people are on the floor, alone and seen from one another. numpy only."""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.clip import Clip, heading


def roots_of(clip: Clip) -> np.ndarray:
    """Return the root (T, 3) of every frame; the yaw is continuous in time."""
    return roots(clip.rotations[:, 0], clip.translation)


def roots(pelvis: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """Return roots (T, 3) of pelvis rotations (T, 4) and positions (T, 3)."""
    yaw = heading(np.asarray(pelvis, np.float64))
    return np.concatenate([np.asarray(translation, np.float64)[:, [0, 2]], yaw[:, None]], axis=1)


def seen_from(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return roots (..., 3) in the heading frame of other ones; yaw within half a turn."""
    gap = other - reference
    cos, sin = np.cos(reference[..., 2]), np.sin(reference[..., 2])
    return np.stack(
        [
            gap[..., 0] * cos - gap[..., 1] * sin,
            gap[..., 0] * sin + gap[..., 1] * cos,
            wrapped(gap[..., 2]),
        ],
        axis=-1,
    )


def put_to(reference: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Undo `seen_from`: return where the world has what a reference sees."""
    cos, sin = np.cos(reference[..., 2]), np.sin(reference[..., 2])
    return np.stack(
        [
            reference[..., 0] + seen[..., 0] * cos + seen[..., 1] * sin,
            reference[..., 1] - seen[..., 0] * sin + seen[..., 1] * cos,
            reference[..., 2] + seen[..., 2],
        ],
        axis=-1,
    )


def mirrored(root: np.ndarray) -> np.ndarray:
    """Return roots (..., 3) reflected at the plane x = 0."""
    return root * np.array([-1.0, 1.0, -1.0])


def wrapped(angle: np.ndarray | float) -> np.ndarray:
    """Return angles within half a turn to either side."""
    return (np.asarray(angle) + np.pi) % (2.0 * np.pi) - np.pi


def placed(clip: Clip, root: np.ndarray) -> Clip:
    """Return a clip moved and turned so that frame 0 has the given root (3,)."""
    start = roots_of(clip)[0]
    turn = rotation.yaw_quaternion(root[2] - start[2])
    rotations = clip.rotations.astype(np.float64)
    rotations[:, 0] = rotation.multiply(turn, rotations[:, 0])
    centre = np.array([start[0], 0.0, start[1]])
    moved = rotation.rotate(turn, clip.translation.astype(np.float64) - centre)
    moved += np.array([root[0], 0.0, root[1]])
    return clip.moved(rotations, moved)


def led(clip: Clip, roots: np.ndarray) -> Clip:
    """Return a clip whose root goes through (T, 3) instead of its own way."""
    own = roots_of(clip)
    turn = rotation.yaw_quaternion(roots[:, 2] - own[:, 2])
    rotations = clip.rotations.astype(np.float64)
    rotations[:, 0] = rotation.multiply(turn, rotations[:, 0])
    moved = clip.translation.astype(np.float64)
    moved[:, [0, 2]] = roots[:, :2]
    return clip.moved(rotations, moved)
