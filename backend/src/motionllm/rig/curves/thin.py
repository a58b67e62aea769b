"""As few keys as an animator would set: curves of Bezier keys within a bound. numpy only.

Between two keys the curve is the cubic through both with the motion's own slopes, which is what a
Bezier curve draws whose handles reach a third of the way. Keys are added where the error is
largest, until it is within the bound (Ramer, Douglas and Peucker's way, with cubics). All spans
of all channels are split together, so that the work is a few array operations a round.
"""

import numpy as np

from motionllm.motion.curves import slopes


def key_frames(
    values: np.ndarray, bounds: np.ndarray, keys: np.ndarray | None = None
) -> np.ndarray:
    """Return the keys (T, C), bool, so that no frame of a channel is off by more than its bound.

    Args:
        values: (T, C, N) C channels, each of N columns that are keyed together, such as a
            quaternion's four.
        bounds: (C,) of the distance over a channel's columns, in their unit.
        keys: (T, C), bool, keys that there are in any case.
    """
    frames, count = values.shape[:2]
    bounds = np.broadcast_to(bounds, count)
    keys = np.zeros((frames, count), bool) if keys is None else keys.copy()
    keys[0] = keys[-1] = True
    open_ = np.arange(count)  # channels that may need more
    slope = slopes(values)
    while len(open_):
        some = values[:, open_]
        error = np.linalg.norm(_drawn(some, slope[:, open_], keys[:, open_]) - some, axis=-1)
        # One channel after the other; a span is what lies from a key to the next one, and the
        # error at a key is nothing.
        error, marks = error.T.ravel(), keys[:, open_].T.ravel()
        starts = np.flatnonzero(marks)
        worst = np.maximum.reduceat(error, starts)
        bad = worst > bounds[open_[starts // frames]]
        lengths = np.diff(starts, append=len(error))
        place = np.where(error == np.repeat(worst, lengths), np.arange(len(error)), len(error))
        place = np.minimum.reduceat(place, starts)[bad]
        keys[place % frames, open_[place // frames]] = True
        open_ = open_[np.unique(place // frames)]
    return keys


def filled(values: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return the channels (T, C, N) that curves with these keys (T, C) draw."""
    return _drawn(values, slopes(values), keys)


def _drawn(values: np.ndarray, slope: np.ndarray, keys: np.ndarray) -> np.ndarray:
    frames, count = keys.shape
    frame = np.arange(frames)[:, None]
    channel = np.arange(count)
    before = np.maximum.accumulate(np.where(keys, frame, 0), axis=0)
    after = np.minimum.accumulate(np.where(keys, frame, frames - 1)[::-1], axis=0)[::-1]
    length = np.maximum(after - before, 1)[..., None].astype(np.float64)
    t = (frame - before)[..., None] / length
    a, b = values[before, channel], values[after, channel]
    m, n = slope[before, channel] * length, slope[after, channel] * length
    square, cube = t * t, t * t * t
    rise = 3.0 * square - 2.0 * cube
    return a + rise * (b - a) + (cube - 2.0 * square + t) * m + (cube - square) * n
