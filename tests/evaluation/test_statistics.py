"""Intervals hold the truth about as often as they say."""

import numpy as np
import pytest

from motionllm.evaluation import statistics


def test_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(100):
        _, low, high = statistics.mean_interval(rng.normal(2.0, 1.0, 40))
        inside += low <= 2.0 <= high
    assert 85 <= inside <= 100
    value, low, high = statistics.ratio_interval([2.0, 2.2, 1.8], [1.0, 1.0, 1.0])
    assert value == pytest.approx(2.0) and low <= value <= high
