"""Where a motion ends, as codes that are drawn before its first step. numpy only.

Token by token, a turn goes on turning: what was drawn last is the likeliest to come again. So how
far the whole motion turns and where it ends is drawn first, as three codes, and every token is then
told what of it is left and how fast that must go. A motion's *end* is (x, z, yaw) seen from its
start: metres and radians, yaw not wrapped, so that a round is not nothing.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion.lead import End
from motionllm.tokens.path import bumps

TURN = np.pi / 12  # 15 degrees a code
TURNS = 49  # of -360 to 360 degrees
REACHES = 25  # distances, finer near by:
FARTHEST = 20.0  # metres
WAYS = 24  # directions of 15 degrees, 0 straight ahead, + to the left
SIZES = (TURNS, REACHES, WAYS)  # codes of an end: turn, distance, direction
STRIDE = (REACHES - 1) / FARTHEST**0.5

TURN_LEFT = np.arange(-8, 9) * np.pi / 8
ROOT_LEFT = np.arange(0.0, 4.0, 0.4)  # square roots of metres
SPEEDS = np.arange(0.0, 1.01, 0.125)  # metres a token
RATES = np.arange(-4, 5) * np.pi / 20  # radians a token: 45 degrees/s where it has 0.2 s
NEAR = 0.3  # metres: below this the direction counts less and less
SIZE = len(TURN_LEFT) + len(ROOT_LEFT) + 2 + len(SPEEDS) + len(RATES)


def encode(end: np.ndarray) -> np.ndarray:
    """Return the codes (3,) of an end (x, z, yaw)."""
    x, z, yaw = (float(value) for value in end)
    reach = min(np.hypot(x, z), FARTHEST)
    return np.array(
        [
            int(np.clip(round(yaw / TURN), -(TURNS // 2), TURNS // 2)) + TURNS // 2,
            round(reach**0.5 * STRIDE),
            round(np.arctan2(x, z) / (2 * np.pi) * WAYS) % WAYS,
        ]
    )


def given(end: End) -> tuple[int | None, int | None, int | None]:
    """Return the codes of what of an end is given, None for what is not."""
    turn, reach, way = encode(np.array([*(end.place or (0.0, 0.0)), end.turn or 0.0])).tolist()
    placed = end.place is not None
    return (None if end.turn is None else turn, reach if placed else None, way if placed else None)


def decode(codes: np.ndarray) -> np.ndarray:
    """Return the end (x, z, yaw) of codes (3,)."""
    turn, reach, way = (int(code) for code in codes)
    metres, angle = (reach / STRIDE) ** 2, way * 2 * np.pi / WAYS
    return np.array([metres * np.sin(angle), metres * np.cos(angle), (turn - TURNS // 2) * TURN])


def numbers(codes: np.ndarray, places: np.ndarray, left: np.ndarray | None) -> np.ndarray:
    """Return what enters with tokens: (n, SIZE) float32, about 0 to 1.

    Args:
        codes: of the end, (3,).
        places: x, z, yaw (n, 3) after each token, see `Trail.places`.
        left: tokens (n,) still to come; None if that is open.
    """
    end = decode(codes)
    gap, turn = end[:2] - places[:, :2], end[2] - places[:, 2]
    cos, sin = np.cos(places[:, 2]), np.sin(places[:, 2])
    metres = np.hypot(gap[:, 0], gap[:, 1])
    weight = 1.0 / np.maximum(metres, NEAR)
    table = np.zeros((len(places), SIZE), np.float32)
    parts = [
        bumps(turn, TURN_LEFT),
        bumps(metres**0.5, ROOT_LEFT),
        ((cos * gap[:, 0] - sin * gap[:, 1]) * weight)[:, None],
        ((sin * gap[:, 0] + cos * gap[:, 1]) * weight)[:, None],
    ]
    if left is not None:
        time = np.maximum(left, 1.0)
        parts += [bumps(metres / time, SPEEDS), bumps(turn / time, RATES)]
    filled = np.concatenate(parts, axis=1)
    table[:, : filled.shape[1]] = filled
    return table
