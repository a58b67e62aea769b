"""Means with 95 % intervals by the bootstrap. numpy only.

Source: B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993; the percentile interval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

DRAWS = 2000
SEED = 1993  # the interval of the same numbers is the same every time

Interval = tuple[float, float, float]  # a figure, and the lower and upper end of its interval
Numbers = Sequence[float] | np.ndarray
NOTHING: Interval = (float("nan"), float("nan"), float("nan"))


def interval(units: Sequence, statistic: Callable[[list], float], draws: int = DRAWS) -> Interval:
    """Return a statistic and its 95 % interval over units drawn with replacement.

    Args:
        units: what was sampled independently: a prompt with all its seeds, a recording.
        statistic: of a list of units; nan where it has no value.
    """
    if not len(units):
        return NOTHING
    rng = np.random.default_rng(SEED)
    rows = rng.integers(0, len(units), (draws, len(units)))
    drawn = np.array([statistic([units[i] for i in row]) for row in rows])
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, (0.025, 0.975)) if len(drawn) else (np.nan, np.nan)
    return float(statistic(list(units))), float(low), float(high)


def mean_interval(values: Numbers) -> Interval:
    """Return the mean of numbers and its interval; numbers that are nan are left out."""
    numbers = np.asarray(values, float)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return NOTHING
    rng = np.random.default_rng(SEED)
    drawn = numbers[rng.integers(0, len(numbers), (DRAWS, len(numbers)))].mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(numbers.mean()), float(low), float(high)


def ratio_interval(above: Numbers, below: Numbers) -> Interval:
    """Return the ratio of the means of two independent samples and its interval."""
    top, bottom = np.asarray(above, float), np.asarray(below, float)
    top, bottom = top[np.isfinite(top)], bottom[np.isfinite(bottom)]
    if not len(top) or not len(bottom) or not bottom.mean():
        return NOTHING
    rng = np.random.default_rng(SEED)
    tops = top[rng.integers(0, len(top), (DRAWS, len(top)))].mean(axis=1)
    bottoms = bottom[rng.integers(0, len(bottom), (DRAWS, len(bottom)))].mean(axis=1)
    drawn = tops / np.maximum(bottoms, 1e-12)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(top.mean() / bottom.mean()), float(low), float(high)
