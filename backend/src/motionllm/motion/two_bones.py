"""Two-bone inverse kinematics: a leg or an arm whose end reaches a target. numpy only."""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation

REACH = 0.9995  # share of the limb's length: a straight knee flips


def two_bones(
    upper: np.ndarray, lower: np.ndarray, target: np.ndarray, hinge: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the extra world turns (T, 4) of a limb's bones that bring its end to a target.

    The limb stays in the plane it bends in, tilted with the line from its root to its end.

    Args:
        upper, lower: (T, 3) from joint to joint, as they are.
        target: (T, 3) from the root to where the end shall be; what is out of reach is drawn in.
        hinge: (T, 3) axis of the bend, for limbs that are straight.
    """
    a, b = np.linalg.norm(upper, axis=-1), np.linalg.norm(lower, axis=-1)
    now = upper + lower
    distance = np.linalg.norm(target, axis=-1)
    wanted = np.clip(distance, np.abs(a - b) * 1.001 + 1e-9, REACH * (a + b))
    wanted = np.maximum(wanted, np.minimum(distance, np.linalg.norm(now, axis=-1)))
    along = target / np.maximum(distance, 1e-9)[:, None]
    normal = np.cross(upper, lower) + 1e-3 * (a * b)[:, None] * hinge
    turned = rotation.rotate(rotation.between(now, target), normal)
    turned = turned - np.sum(turned * along, axis=-1, keepdims=True) * along
    turned = turned / np.maximum(np.linalg.norm(turned, axis=-1, keepdims=True), 1e-12)
    cosine = (a * a + wanted * wanted - b * b) / np.maximum(2.0 * a * wanted, 1e-12)
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    new_upper = a[:, None] * rotation.rotate(rotation.from_axis_angle(turned, -angle), along)
    new_lower = wanted[:, None] * along - new_upper
    return (
        _turn_of(upper, normal, new_upper, turned),
        _turn_of(lower, normal, new_lower, turned),
    )


def _turn_of(bone: np.ndarray, normal: np.ndarray, new: np.ndarray, turned: np.ndarray):
    """Return the turn (T, 4) that takes a bone and its hinge to the new ones."""

    def basis(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        y = y / np.maximum(np.linalg.norm(y, axis=-1, keepdims=True), 1e-12)
        x = x - np.sum(x * y, axis=-1, keepdims=True) * y
        x = x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)
        return np.stack([x, y, np.cross(x, y)], axis=-1)

    return rotation.from_matrix(basis(new, turned) @ np.swapaxes(basis(bone, normal), 1, 2))
