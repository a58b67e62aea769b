"""Where a motion's action changes: a long clip in pieces of one action each. numpy only.

Five times a second the motion is described by what tells actions apart: how fast the root moves
and turns, how high it is, how the trunk leans, where hands and feet are and how busy they are.
Pieces are found by optimal partition: the cuts that make the descriptions within a piece most
alike, each cut paid for by a penalty, so that a motion of one action is left whole.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.clip import Clip, heading
from motionllm.motion.curves import running_mean, slopes
from motionllm.motion.skeleton import JOINTS

RATE = 5  # descriptions a second
SMOOTH = 0.5  # seconds of the window that steps and swings are averaged over, about
PENALTY = 8.0  # cost of a cut, in squared units of the description times seconds
SHORTEST = 1.4  # seconds of a piece
LONGEST = 120.0  # seconds of a piece that are looked at; a longer action is cut there at last
_HANDS = [JOINTS["left_wrist"], JOINTS["right_wrist"]]
_FEET = [JOINTS["left_ankle"], JOINTS["right_ankle"]]
_QUIET = 0.1  # m/s: slower than this counts as still


def cut_points(clip: Clip, penalty: float = PENALTY) -> list[float]:
    """Return the seconds at which the action changes, in order, without start and end.

    Args:
        clip: any motion; where it is placed does not matter.
        penalty: what a cut costs: a higher one gives fewer pieces.
    """
    described = _described(clip)
    edges = _partition(described, penalty * RATE, round(SHORTEST * RATE))
    return [edge / RATE for edge in edges]


def pieces(clip: Clip) -> list[tuple[float, float]]:
    """Return start and end in seconds of each piece of one action; together they are the clip."""
    edges = [0.0, *cut_points(clip), clip.seconds]
    return list(zip(edges, edges[1:], strict=False))


def cut(clip: Clip, start: float, end: float) -> Clip:
    """Return the clip from start to end in seconds, at the origin facing +Z."""
    first = round(start * clip.fps)
    return clip.cut(first, max(first + 2, min(clip.frames, round(end * clip.fps))))


def _described(clip: Clip) -> np.ndarray:
    """Return (N, D): the motion at RATE a second, every column in units of a clear difference."""
    rotations = clip.rotations[:, 0].astype(np.float64)
    yaw = heading(rotations)
    place = clip.translation.astype(np.float64)
    floor = place * [1.0, 0.0, 1.0]
    unturn = rotation.yaw_quaternion(-yaw)
    joints = rotation.rotate(unturn[:, None], clip.joints.astype(np.float64) - floor[:, None])
    ahead = rotation.rotate(unturn, slopes(place) * clip.fps)
    spine = joints[:, JOINTS["neck"]] - joints[:, JOINTS["pelvis"]]
    hands, feet = joints[:, _HANDS], joints[:, _FEET]
    columns = [
        _smooth(ahead[:, [2]], clip.fps) / 0.4,
        _smooth(ahead[:, [0]], clip.fps) / 0.4,
        _smooth(slopes(yaw[:, None]) * clip.fps, clip.fps) / 0.8,
        _smooth(place[:, [1]], clip.fps) / 0.12,
        _smooth(spine[:, [0, 2]], clip.fps) / 0.15,
        _smooth((hands - joints[:, [JOINTS["pelvis"]]]).reshape(clip.frames, -1), clip.fps) / 0.25,
        _smooth(feet[:, :, 1], clip.fps) / 0.15,
        _activity(hands, clip.fps) / 0.9,
        _activity(feet, clip.fps) / 0.9,
    ]
    described = np.concatenate(columns, axis=1)
    count = max(1, round(clip.seconds * RATE))
    middle = (np.arange(count) + 0.5) / RATE * clip.fps - 0.5
    rows = np.arange(clip.frames)
    return np.stack([np.interp(middle, rows, column) for column in described.T], axis=1)


def _activity(places: np.ndarray, fps: float) -> np.ndarray:
    """Return the logarithm of how fast each of some joints moves, (T, N, 3) to (T, N)."""
    speed = np.linalg.norm(slopes(places) * fps, axis=-1)
    return np.log(_QUIET + _smooth(speed, fps))


def _smooth(values: np.ndarray, fps: float) -> np.ndarray:
    """Average twice over SMOOTH seconds along time; the ends are held."""
    return running_mean(running_mean(values, SMOOTH * fps), SMOOTH * fps)


def _partition(rows: np.ndarray, penalty: float, shortest: int) -> list[int]:
    """Return the inner edges of the cheapest partition of rows (N, D) into like stretches.

    A stretch costs the squared distances of its rows from their mean, and `penalty` once.

    Source: B. Jackson et al., "An Algorithm for Optimal Partitioning of Data on an Interval",
    IEEE Signal Processing Letters 12(2), 2005.
    """
    count = len(rows)
    total = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    squares = np.concatenate([[0.0], np.cumsum((rows**2).sum(axis=1))])
    best = np.full(count + 1, np.inf)
    best[0] = -penalty
    before = np.zeros(count + 1, int)
    for end in range(min(shortest, count), count + 1):
        starts = np.arange(max(0, end - round(LONGEST * RATE)), max(1, end - shortest + 1))
        length = end - starts
        spread = squares[end] - squares[starts]
        spread -= ((total[end] - total[starts]) ** 2).sum(axis=1) / length
        costs = best[starts] + spread + penalty
        chosen = int(costs.argmin())
        best[end], before[end] = costs[chosen], starts[chosen]
    edges: list[int] = []
    end = count
    while before[end] > 0:
        end = int(before[end])
        edges.append(end)
    return edges[::-1]
