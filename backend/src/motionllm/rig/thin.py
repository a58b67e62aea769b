"""As few keys as an animator would set: curves of Bezier keys within a bound. numpy only.

Between two keys the curve is the cubic through both with the motion's own slopes, which is what a
Bezier curve draws whose handles reach a third of the way. Keys are added where the error is
largest, until it is within the bound (Ramer, Douglas and Peucker's way, with cubics).
"""

import numpy as np


def slopes(values: np.ndarray) -> np.ndarray:
    """Return the slopes (T, N) a frame of channels (T, N), level where a channel turns round."""
    if len(values) < 3:
        return np.gradient(values, axis=0) if len(values) > 1 else np.zeros_like(values)
    return np.gradient(values, axis=0)


def key_frames(values: np.ndarray, bound: float, keys: np.ndarray | None = None) -> np.ndarray:
    """Return the frames (K,) that need keys so that no frame is further off than the bound.

    Args:
        values: (T, N) channels that are keyed together, such as a quaternion's four.
        bound: of the distance over all N channels, in their unit.
        keys: frames that have keys in any case, the first and the last among them.
    """
    frames = len(values)
    if frames < 3:
        return np.arange(frames)
    slope = slopes(values)
    keys = [0, frames - 1] if keys is None else keys.tolist()
    spans = list(zip(keys[:-1], keys[1:], strict=True))
    while spans:
        start, stop = spans.pop()
        if stop - start < 2:
            continue
        curve = cubic(values, slope, start, stop)
        error = np.linalg.norm(curve - values[start : stop + 1], axis=1)
        worst = int(np.argmax(error))
        if error[worst] <= bound:
            continue
        # A key next to another one says little: split near the worst frame, inside the span.
        middle = start + min(max(worst, 1), stop - start - 1)
        keys.append(middle)
        spans += [(start, middle), (middle, stop)]
    return np.array(sorted(keys))


def cubic(values: np.ndarray, slope: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Return the cubic (stop - start + 1, N) between two keys, at every frame."""
    length = stop - start
    t = (np.arange(length + 1) / length)[:, None]
    a, b = values[start], values[stop]
    m, n = slope[start] * length, slope[stop] * length
    return (
        (2 * t**3 - 3 * t**2 + 1) * a
        + (t**3 - 2 * t**2 + t) * m
        + (3 * t**2 - 2 * t**3) * b
        + (t**3 - t**2) * n
    )


def filled(values: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return the channels (T, N) that curves with these keys draw."""
    slope = slopes(values)
    result = values.copy()
    for start, stop in zip(keys[:-1], keys[1:], strict=True):
        result[start : stop + 1] = cubic(values, slope, start, stop)
    return result
