"""Curves and masks along time: averages, easing, envelopes, stretches. numpy only.

Two averages do nearly the same: `box` (one column, by convolution) and `running_mean` (any columns,
by running sums). They round differently in the last digits, and a clip is to come out the same
byte for byte from one version to the next.
"""

from __future__ import annotations

import numpy as np


def ease(t: np.ndarray) -> np.ndarray:
    """Return the quintic step of t: 0 up to 0, 1 from 1 on, flat and unbent at both ends."""
    t = np.clip(t, 0.0, 1.0)
    return t**3 * (t * (6.0 * t - 15.0) + 10.0)


def box(values: np.ndarray, half: int) -> np.ndarray:
    """Return values (T,) averaged over `half` frames to either side; the ends are held."""
    padded = np.pad(values, half, mode="edge")
    return np.convolve(padded, np.full(2 * half + 1, 1.0 / (2 * half + 1)), "valid")


def running_mean(values: np.ndarray, width: float) -> np.ndarray:
    """Return values (T, ...) averaged over about `width` frames; the ends are held.

    The window reaches no further to either side than there are frames.
    """
    half = int(round(width / 2))
    if half < 1 or len(values) < 2:
        return values
    half = min(half, len(values) - 1)
    padded = np.concatenate(
        [np.repeat(values[:1], half, 0), values, np.repeat(values[-1:], half, 0)]
    )
    total = np.concatenate([np.zeros_like(padded[:1]), np.cumsum(padded, axis=0)])
    count = 2 * half + 1
    return (total[count:] - total[:-count]) / count


def gaussian(values: np.ndarray, sigma: float) -> np.ndarray:
    """Return values (T,) under a Gaussian of `sigma` frames; nothing is there beyond the ends."""
    reach = np.arange(-int(3 * sigma), int(3 * sigma) + 1)
    kernel = np.exp(-0.5 * (reach / sigma) ** 2)
    padded = np.pad(values, len(reach) // 2)
    return np.convolve(padded, kernel / kernel.sum(), "valid")


def bell(half: int) -> np.ndarray:
    """Return the weights (2 half + 1,) of a raised cosine, none of them 0, largest 1."""
    return np.hanning(2 * half + 3)[1:-1]


def highest(values: np.ndarray, half: int) -> np.ndarray:
    """Return the largest of values (T,) within `half` frames to either side."""
    padded = np.pad(values, half, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).max(axis=1)


def box_envelope(amount: np.ndarray, half: int) -> np.ndarray:
    """Return a smooth curve (T,) nowhere under the amount; what it is at an end, it is beyond."""
    return np.maximum(box(highest(amount, half), half), amount)


def bell_envelope(amount: np.ndarray, half: int) -> np.ndarray:
    """Return a smooth curve (T,) nowhere under the amount, which is held beyond its ends.

    It bends more softly than `box_envelope`: people see a body that is moved as a whole.
    """
    beyond = highest(np.pad(amount, half, mode="edge"), half)
    weights = bell(half)
    return np.convolve(beyond, weights / weights.sum(), "valid")


def slopes(values: np.ndarray) -> np.ndarray:
    """Return the slopes (T, ...) a frame of values (T, ...); none of a single frame."""
    return np.gradient(values, axis=0) if len(values) > 1 else np.zeros_like(values)


def stretches(values: np.ndarray) -> list[tuple[int, int]]:
    """Return (start, end) of every stretch of equal values (T,), end exclusive, in order."""
    if not len(values):
        return []
    cuts = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return list(zip(cuts[:-1], cuts[1:], strict=True))


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """Return (start, end) of every stretch of true frames of a mask (T,), end exclusive."""
    return [(start, end) for start, end in stretches(mask) if mask[start]]


def closed(mask: np.ndarray, gap: float) -> np.ndarray:
    """Return a mask (T,) with inner gaps of up to `gap` frames filled."""
    mask = np.array(mask, bool)
    for start, end in runs(~mask):
        if start > 0 and end < len(mask) and end - start <= gap:
            mask[start:end] = True
    return mask
