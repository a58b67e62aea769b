"""As few keys as an animator would set: Bezier curves that are fitted, not sampled. numpy only.

Between two keys a curve is the cubic through both with a slope at each, which is what Bezier
handles draw that reach a third of the way. Values and slopes at the keys are those that come
nearest to the motion in the sense of least squares, so that its noise goes; keys are added where a
curve strays farthest, for as long as it strays by more than it may. What it may differs from frame
to frame, for `scene/keys` looks what is seen of it: where hands, feet and head are in space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.motion.curves import slopes

BLOCK = 150  # frames fitted at once; longer motions are cut where all channels then have a key
HELD = 1e-4  # weight of the motion's own slopes, for spans with few frames


@dataclass(frozen=True)
class Curves:
    """Channels drawn by few keys.

    Attributes:
        keys: (T, C), bool.
        values: (T, C, N) what the curves draw.
        slopes: (T, C, N) a frame, of use at keys alone.
    """

    keys: np.ndarray
    values: np.ndarray
    slopes: np.ndarray


def fitted(
    values: np.ndarray, bounds: np.ndarray, keys: np.ndarray | None = None, nearest: int = 1
) -> Curves:
    """Return curves of which no frame is off by more than its bound, as far as keys can do that.

    Args:
        values: (T, C, N) C channels, each of N columns that are keyed together, such as a
            quaternion's four.
        bounds: (T, C) of the distance over a channel's columns, in their unit.
        keys: (T, C), bool, keys that there are in any case.
        nearest: frames that keys which are added are apart from others at least.
    """
    frames, count = values.shape[:2]
    marks = np.zeros((frames, count), bool) if keys is None else keys.copy()
    blocks = max(1, -(-frames // BLOCK))
    edges = np.unique(np.round(np.linspace(0, frames - 1, blocks + 1)).astype(int))
    marks[edges] = True
    drawn, slope = values.copy(), slopes(values)
    for channel in range(count):
        for first, last in zip(edges[:-1], edges[1:], strict=True):
            part = slice(first, last + 1)
            own = (first > 0, last < frames - 1)  # neighbouring blocks share value and slope
            marks[part, channel], drawn[part, channel], slope[part, channel] = _fit(
                values[part, channel], slope[part, channel], bounds[part, channel],
                marks[part, channel], own, nearest,
            )  # fmt: skip
    return Curves(marks, drawn, slope)


def _fit(
    values: np.ndarray, slope: np.ndarray, bounds: np.ndarray, keys: np.ndarray,
    own: tuple[bool, bool], nearest: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Fit one block of a channel (T, N): its keys, what they draw, and slopes.

    Args:
        own: whether the slope at the first and the last frame is the motion's own, as values are.
    """
    if np.linalg.norm(values - values[:1], axis=1).max() <= 1e-9:
        flat = np.zeros_like(slope)
        return keys, values.copy(), flat if not any(own) else slope
    keys = keys.copy()
    while True:
        drawn, found = _least_squares(values, slope, bounds, np.flatnonzero(keys), own)
        off = np.linalg.norm(drawn - values, axis=1) / bounds
        added = _worst(off, keys, nearest)
        if not len(added):
            result = slope.copy()
            result[keys] = found
            return keys, drawn, result
        keys[added] = True


def _worst(off: np.ndarray, keys: np.ndarray, nearest: int) -> np.ndarray:
    """Return the frame where each span that is off by more than 1 is so most, if there is room."""
    marks = np.flatnonzero(keys)
    found = []
    for start, end in zip(marks[:-1], marks[1:], strict=True):
        low, high = start + nearest, end - nearest + 1
        if off[start : end + 1].max() > 1.0 and low < high:
            found.append(low + int(np.argmax(off[low:high])))
    return np.array(found, int)


def _least_squares(
    values: np.ndarray, slope: np.ndarray, bounds: np.ndarray, at: np.ndarray,
    own: tuple[bool, bool],
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return what the best curve with keys at frames (K,) draws, (T, N), and its slopes (K, N)."""
    table_of = basis(len(values), at)
    known = np.concatenate([values[at], slope[at]])
    free = free_of(len(at), own)
    weight = 1.0 / (bounds / bounds.min())
    table = table_of[:, free] * weight[:, None]
    wanted = (values - table_of[:, ~free] @ known[~free]) * weight[:, None]
    square = table.T @ table
    ridge = np.where(np.arange(2 * len(at)) < len(at), 0.0, HELD)[free]
    square[np.diag_indices(len(square))] += ridge
    known[free] = np.linalg.solve(square, table.T @ wanted + ridge[:, None] * known[free])
    return table_of @ known, known[len(at) :]


def free_of(count: int, own: tuple[bool, bool]) -> np.ndarray:
    """Return which of the values, then the slopes, at so many keys are fitted, (2 K,) bool.

    A motion begins and ends as it is, lest loops and what is joined to it jump.

    Args:
        own: whether the slope at the first and the last key is the motion's own as well.
    """
    free = np.ones(2 * count, bool)
    free[[0, count - 1]] = False
    free[[count, -1]] = ~np.array(own)
    return free


def basis(frames: int, at: np.ndarray) -> np.ndarray:
    """Return (T, 2 K): what each key's value, then each key's slope, adds to every frame."""
    frame = np.arange(frames)
    span = np.clip(np.searchsorted(at, frame, side="right") - 1, 0, len(at) - 2)
    length = (at[span + 1] - at[span]).astype(np.float64)
    t = (frame - at[span]) / length
    rise = t * t * (3.0 - 2.0 * t)
    table = np.zeros((frames, 2 * len(at)))
    table[frame, span] = 1.0 - rise
    table[frame, span + 1] = rise
    table[frame, len(at) + span] = length * t * (1.0 - t) ** 2
    table[frame, len(at) + span + 1] = length * t * t * (t - 1.0)
    return table
