"""Rotations as a bone's own channels: Euler angles of any order, axis and angle. numpy only."""

import numpy as np

from motionllm.motion import rotation

ORDERS = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


def to_euler(q: np.ndarray, order: str) -> np.ndarray:
    """Return Euler angles without jumps.

    Args:
        q: (T, 4) rotations.
        order: as Blender names them: "XYZ" turns about X first, so R = Rz Ry Rx.

    Returns:
        (T, 3) radians about x, y, z. Of the two triples that mean the same rotation, and their
        whole turns, each frame takes the one nearest to the frame before it.
    """
    i, j, k = ("XYZ".index(letter) for letter in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    m = rotation.to_matrix(rotation.normalize(np.asarray(q, np.float64)))
    sine = np.clip(-sign * m[:, k, i], -1.0, 1.0)
    first = np.arctan2(sign * m[:, k, j], m[:, k, k])
    last = np.arctan2(sign * m[:, j, i], m[:, i, i])
    # Where the middle angle is a right angle only the sum of the others is known: keep the last
    # one as it was, so that neither spins.
    cosine = np.hypot(m[:, i, i], m[:, j, i])
    locked = cosine < 1e-5
    middle = np.arctan2(sine, cosine)
    one = np.stack([first, middle, last], axis=-1)
    two = np.stack([first + np.pi, np.pi - middle, last + np.pi], axis=-1)
    result = np.empty((len(m), 3))
    before = np.zeros(3)
    for frame in range(len(m)):
        if locked[frame]:
            value = _locked(m[frame], sine[frame], sign, (i, j, k), before)
        else:
            near = [
                c[frame] + 2.0 * np.pi * np.round((before - c[frame]) / (2.0 * np.pi))
                for c in (one, two)
            ]
            value = min(near, key=lambda c: float(np.abs(c - before).sum()))
        result[frame] = before = value
    return result[:, np.argsort((i, j, k))]


def _locked(
    m: np.ndarray, sine: float, sign: float, axes: tuple[int, int, int], before: np.ndarray
) -> np.ndarray:
    """Return first, middle, last of a gimbal-locked rotation (3, 3), last as it was."""
    i, j, k = axes
    middle = np.copysign(0.5 * np.pi, sine)
    outer = rotation.multiply(
        rotation.from_axis_angle(np.eye(3)[k], before[2]),
        rotation.from_axis_angle(np.eye(3)[j], middle),
    )
    inner = rotation.to_matrix(rotation.conjugate(outer)) @ m
    first = np.arctan2(sign * inner[k, j], inner[j, j])
    first += 2.0 * np.pi * np.round((before[0] - first) / (2.0 * np.pi))
    middle += 2.0 * np.pi * np.round((before[1] - middle) / (2.0 * np.pi))
    return np.array([first, middle, before[2]])


def from_euler(angles: np.ndarray, order: str) -> np.ndarray:
    """Return the rotations (T, 4) of Euler angles (T, 3) about x, y, z; see `to_euler`."""
    result = rotation.identity(len(angles))
    for letter in order:
        axis = "XYZ".index(letter)
        turn = rotation.from_axis_angle(np.eye(3)[axis], angles[:, axis])
        result = rotation.multiply(turn, result)
    return result


def to_axis_angle(q: np.ndarray) -> np.ndarray:
    """Return (T, 4) angle in radians and unit axis of rotations (T, 4), without jumps in sign."""
    q = rotation.continuous(np.asarray(q, np.float64))
    length = np.linalg.norm(q[:, 1:], axis=1)
    angle = 2.0 * np.arctan2(length, q[:, 0])
    axis = np.where(
        length[:, None] < 1e-9, [[0.0, 1.0, 0.0]], q[:, 1:] / np.maximum(length, 1e-9)[:, None]
    )
    return np.concatenate([angle[:, None], axis], axis=1)


def to_mode(mode: str, q: np.ndarray) -> np.ndarray:
    """Return rotations (T, 4) as the values (T, 3 or 4) of a bone's rotation mode."""
    if mode == "QUATERNION":
        return q
    return to_axis_angle(q) if mode == "AXIS_ANGLE" else to_euler(q, mode)


def from_mode(mode: str, values: np.ndarray) -> np.ndarray:
    """Return the rotations (T, 4) that values (T, 3 or 4) of a rotation mode are."""
    if mode == "QUATERNION":
        return rotation.normalize(values)
    if mode == "AXIS_ANGLE":
        axis = values[:, 1:] / np.maximum(np.linalg.norm(values[:, 1:], axis=1), 1e-9)[:, None]
        return rotation.from_axis_angle(axis, values[:, 0])
    return from_euler(values, mode)
