"""Averages, envelopes and stretches: values known by hand."""

import numpy as np
import pytest

from motionllm.motion import curves

MASK = np.array([0, 1, 1, 0, 0, 1, 0, 1], bool)


def test_stretches_and_runs():
    assert curves.stretches(np.array([2, 2, 0, 1, 1, 1])) == [(0, 2), (2, 3), (3, 6)]
    assert curves.runs(MASK) == [(1, 3), (5, 6), (7, 8)]
    assert curves.runs(~MASK) == [(0, 1), (3, 5), (6, 7)]
    assert curves.runs(np.ones(3, bool)) == [(0, 3)]
    assert curves.runs(np.zeros(3, bool)) == curves.runs(np.zeros(0, bool)) == []


def test_inner_gaps_are_closed_and_the_ends_left():
    assert curves.closed(MASK, 1).tolist() == [False, True, True, False, False, True, True, True]
    assert curves.closed(MASK, 2).tolist() == [False] + 7 * [True]
    assert MASK.sum() == 4  # what was given is not touched


def test_easing_is_flat_at_its_ends():
    t = np.linspace(-0.5, 1.5, 2001)
    value = curves.ease(t)
    assert value[t <= 0].max() == 0.0 and value[t >= 1].min() == 1.0
    assert curves.ease(np.array([0.5]))[0] == 0.5
    assert np.abs(np.gradient(value, t)).max() == pytest.approx(1.875, rel=1e-3)


@pytest.mark.parametrize(
    "average", [lambda v: curves.box(v, 2), lambda v: curves.running_mean(v, 4)]
)
def test_averages_hold_the_ends(average):
    line = np.arange(9.0)
    assert np.allclose(average(line)[2:-2], line[2:-2])
    assert average(line)[0] == pytest.approx(0.6) and average(np.full(9, 3.0)) == pytest.approx(3.0)


def test_a_short_curve_draws_the_window_in():
    three = np.array([0.0, 3.0, 0.0])
    assert np.allclose(curves.running_mean(three, 100.0), [0.6, 0.6, 0.6])
    assert np.allclose(curves.box(three, 4), [1 / 3, 1 / 3, 1 / 3])
    assert curves.running_mean(three, 0.9) is three


@pytest.mark.parametrize("envelope", [curves.box_envelope, curves.bell_envelope])
def test_envelopes_are_nowhere_under_the_amount(envelope):
    amount = np.random.default_rng(0).uniform(0.0, 1.0, 80) ** 4
    above = envelope(amount, 6)
    assert len(above) == 80 and (above >= amount - 1e-12).all()
    assert np.abs(np.diff(above, n=2)).max() < 0.4 * np.abs(np.diff(amount, n=2)).max()


def test_a_gaussian_keeps_the_sum_of_what_is_inside():
    peak = np.zeros(41)
    peak[20] = 1.0
    spread = curves.gaussian(peak, 2.0)
    assert spread.sum() == pytest.approx(1.0) and spread.argmax() == 20
    assert spread[22] / spread[20] == pytest.approx(np.exp(-0.5))
