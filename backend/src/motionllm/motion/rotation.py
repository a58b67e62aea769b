"""Rotations as unit quaternions (w, x, y, z), any leading dimensions. numpy only.

Right-handed, radians. A quaternion rotates column vectors: v' = R(q) v.
"""

import numpy as np

Array = np.ndarray


def identity(*shape: int) -> Array:
    """Return (*shape, 4) quaternions of no rotation."""
    result = np.zeros((*shape, 4), np.float64)
    result[..., 0] = 1.0
    return result


def normalize(q: Array) -> Array:
    """Scale (..., 4) quaternions to unit length."""
    return q / np.maximum(np.linalg.norm(q, axis=-1, keepdims=True), 1e-12)


def multiply(a: Array, b: Array) -> Array:
    """Compose (..., 4) quaternions: the result rotates by b first, then by a."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def conjugate(q: Array) -> Array:
    """Return the inverse of unit quaternions (..., 4)."""
    return q * np.array([1.0, -1.0, -1.0, -1.0], q.dtype)


def rotate(q: Array, v: Array) -> Array:
    """Rotate vectors v (..., 3) by unit quaternions q (..., 4)."""
    w, u = q[..., :1], q[..., 1:]
    t = 2.0 * np.cross(u, v)
    return v + w * t + np.cross(u, t)


def from_axis_angle(axis: Array, angle: Array | float) -> Array:
    """Return quaternions of turning by angle (...) about unit axes (..., 3)."""
    half = 0.5 * np.asarray(angle, np.float64)[..., None]
    axis = np.asarray(axis, np.float64)
    return np.concatenate([np.cos(half), np.sin(half) * axis], axis=-1)


def yaw_quaternion(angle: Array | float) -> Array:
    """Return quaternions of turning by angle (...) about +Y; positive turns +Z towards +X."""
    return from_axis_angle(np.array([0.0, 1.0, 0.0]), angle)


def turn_floor(vectors: Array, yaw: Array | float) -> Array:
    """Turn floor vectors (..., 2), x and z, about +Y by yaw (...); as yaw_quaternion does."""
    sin, cos = np.sin(yaw), np.cos(yaw)
    x, z = vectors[..., 0], vectors[..., 1]
    return np.stack([cos * x + sin * z, cos * z - sin * x], axis=-1)


def angle(q: Array) -> Array:
    """Return the rotation angle (...) in [0, pi] of unit quaternions (..., 4)."""
    return 2.0 * np.arctan2(np.linalg.norm(q[..., 1:], axis=-1), np.abs(q[..., 0]))


def to_matrix(q: Array) -> Array:
    """Return the (..., 3, 3) matrices of unit quaternions (..., 4)."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def from_matrix(m: Array) -> Array:
    """Return the unit quaternions (..., 4), w >= 0, of rotation matrices (..., 3, 3).

    Source: Bar-Itzhack, "New Method for Extracting the Quaternion from a Rotation Matrix", 2000,
    in the branch-free form of four candidates of which the best conditioned is taken.
    """
    m = np.asarray(m, np.float64)
    t = np.stack(
        [
            1 + m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2],
            1 + m[..., 0, 0] - m[..., 1, 1] - m[..., 2, 2],
            1 - m[..., 0, 0] + m[..., 1, 1] - m[..., 2, 2],
            1 - m[..., 0, 0] - m[..., 1, 1] + m[..., 2, 2],
        ],
        axis=-1,
    )
    a = m[..., 2, 1] - m[..., 1, 2]
    b = m[..., 0, 2] - m[..., 2, 0]
    c = m[..., 1, 0] - m[..., 0, 1]
    d = m[..., 1, 0] + m[..., 0, 1]
    e = m[..., 0, 2] + m[..., 2, 0]
    f = m[..., 2, 1] + m[..., 1, 2]
    rows = np.stack(
        [
            np.stack([t[..., 0], a, b, c], axis=-1),
            np.stack([a, t[..., 1], d, e], axis=-1),
            np.stack([b, d, t[..., 2], f], axis=-1),
            np.stack([c, e, f, t[..., 3]], axis=-1),
        ],
        axis=-2,
    )
    best = np.argmax(t, axis=-1)[..., None, None]
    q = normalize(np.take_along_axis(rows, best, axis=-2)[..., 0, :])
    return np.where(q[..., :1] < 0, -q, q)


def between(a: Array, b: Array) -> Array:
    """Return the smallest rotations (..., 4) that turn vectors a (..., 3) into directions b."""
    a = a / np.maximum(np.linalg.norm(a, axis=-1, keepdims=True), 1e-12)
    b = b / np.maximum(np.linalg.norm(b, axis=-1, keepdims=True), 1e-12)
    a, b = np.broadcast_arrays(a, b)
    w = 1.0 + np.sum(a * b, axis=-1, keepdims=True)
    # Opposite vectors leave the axis open: take any that is at right angles to a.
    helper = np.where(np.abs(a[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    axis = np.where(w < 1e-8, np.cross(a, helper), np.cross(a, b))
    return normalize(np.concatenate([np.where(w < 1e-8, 0.0, w), axis], axis=-1))


def slerp(a: Array, b: Array, t: Array | float) -> Array:
    """Interpolate on the shorter way from a to b (..., 4); t (...) in 0..1."""
    t = np.asarray(t, np.float64)[..., None]
    dot = np.sum(a * b, axis=-1, keepdims=True)
    b = np.where(dot < 0, -b, b)
    theta = np.arccos(np.clip(np.abs(dot), 0.0, 1.0))
    sin = np.sin(theta)
    near = sin < 1e-6
    safe = np.where(near, 1.0, sin)
    wa = np.where(near, 1.0 - t, np.sin((1.0 - t) * theta) / safe)
    wb = np.where(near, t, np.sin(t * theta) / safe)
    return normalize(wa * a + wb * b)


def continuous(q: Array) -> Array:
    """Flip signs along axis 0 of (T, ..., 4) so that neighbours in time are on the same side."""
    if len(q) < 2:
        return q.copy()
    dots = np.sum(q[1:] * q[:-1], axis=-1)
    signs = np.cumprod(np.where(dots < 0, -1.0, 1.0), axis=0)
    result = q.copy()
    result[1:] *= signs[..., None].astype(q.dtype)
    return result


def resample(q: Array, source: Array) -> Array:
    """Sample quaternions (T, ..., 4) at fractional frames source (S,) by slerp."""
    low = np.clip(np.floor(source).astype(int), 0, len(q) - 1)
    high = np.minimum(low + 1, len(q) - 1)
    t = np.broadcast_to(
        (source - low).reshape(-1, *([1] * (q.ndim - 2))), (len(source), *q.shape[1:-1])
    )
    return slerp(q[low], q[high], t)


def matrix_to_sixd(m: Array) -> Array:
    """Return (..., 6): the first two columns of rotation matrices (..., 3, 3).

    Source: Zhou et al., "On the Continuity of Rotation Representations in Neural Networks", 2019.
    """
    return np.concatenate([m[..., :, 0], m[..., :, 1]], axis=-1)


def sixd_to_matrix(v: Array) -> Array:
    """Return the (..., 3, 3) rotation matrices nearest in Gram-Schmidt's sense to (..., 6)."""
    x = v[..., :3] / np.maximum(np.linalg.norm(v[..., :3], axis=-1, keepdims=True), 1e-8)
    y = v[..., 3:] - np.sum(x * v[..., 3:], axis=-1, keepdims=True) * x
    y = y / np.maximum(np.linalg.norm(y, axis=-1, keepdims=True), 1e-8)
    return np.stack([x, y, np.cross(x, y)], axis=-1)
