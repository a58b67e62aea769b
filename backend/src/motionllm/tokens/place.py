"""Where people are on the floor, alone and seen from one another, in metres and as tokens. numpy.

A *root* is (x, z, yaw): the pelvis over the floor and its heading, metres and radians. A place
token is the root of one person seen from another, as three codes: yaw, x and z.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.clip import Clip, heading

YAWS = 72  # of 5 degrees
REACH = 4.0  # metres: farther places are taken for this
STEP = 0.1  # metres
CELLS = round(2 * REACH / STEP) + 1
SIZES = (YAWS, CELLS, CELLS)  # codes of a place: yaw, x, z
EVERY = 8  # motion tokens (1.6 s) after which a place is given again
DRIFT = 1.5  # cells by which the way that tokens add up may be off by then


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


def wrapped(angle: np.ndarray) -> np.ndarray:
    """Return angles within half a turn to either side."""
    return (np.asarray(angle) + np.pi) % (2.0 * np.pi) - np.pi


def encode(seen: np.ndarray) -> np.ndarray:
    """Return place codes (..., 3) of roots as seen from another (..., 3)."""
    yaw = np.round(seen[..., 2] / (2.0 * np.pi / YAWS)).astype(np.int64) % YAWS
    cells = np.round((np.clip(seen[..., :2], -REACH, REACH) + REACH) / STEP).astype(np.int64)
    return np.concatenate([yaw[..., None], cells], axis=-1)


def decode(codes: np.ndarray) -> np.ndarray:
    """Return the middle (..., 3) of place codes' cells."""
    codes = np.asarray(codes)
    yaw = wrapped(codes[..., :1] * (2.0 * np.pi / YAWS))
    return np.concatenate([codes[..., 1:] * STEP - REACH, yaw], axis=-1)


def leaning(seen: np.ndarray) -> list[np.ndarray]:
    """Return log weights (n, size) of each code of places: nearer to roots (n, 3) is likelier.

    Where somebody has come by their own steps is known but for a drift; a place given again is
    scored on top of that.
    """
    found = []
    for part, size in enumerate(SIZES):
        if part == 0:
            at = seen[:, 2] / (2.0 * np.pi / YAWS)
            gap = (np.arange(size) - at[:, None] + size / 2) % size - size / 2
        else:
            at = (np.clip(seen[:, part - 1], -REACH, REACH) + REACH) / STEP
            gap = np.arange(size) - at[:, None]
        found.append((-0.5 * (gap / DRIFT) ** 2).astype(np.float32))
    return found


def pulled_inside(seen: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the point of a place's cell that is nearest to a root: it is left alone if inside.

    A cell at the edge of what places can say has no outer side.
    """
    middle = decode(codes)
    half = np.array([STEP / 2, STEP / 2, np.pi / YAWS])
    gap = seen - middle
    gap[..., 2] = wrapped(gap[..., 2])
    cells = np.asarray(codes)[..., 1:]
    low = np.concatenate([np.where(cells == 0, -np.inf, -half[:2]), -half[2:]])
    high = np.concatenate([np.where(cells == CELLS - 1, np.inf, half[:2]), half[2:]])
    return middle + np.clip(gap, low, high)


def placed(clip: Clip, root: np.ndarray) -> Clip:
    """Return a clip moved and turned so that frame 0 has the given root (3,)."""
    start = roots_of(clip)[0]
    turn = rotation.yaw_quaternion(root[2] - start[2])
    rotations = clip.rotations.astype(np.float64)
    rotations[:, 0] = rotation.multiply(turn, rotations[:, 0])
    centre = np.array([start[0], 0.0, start[1]])
    moved = rotation.rotate(turn, clip.translation.astype(np.float64) - centre)
    moved += np.array([root[0], 0.0, root[1]])
    return Clip.build(
        clip.fps, rotations, moved, clip.contacts, clip.text, clip.seed, clip.pack, clip.licence
    )
