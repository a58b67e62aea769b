"""What is said of people who were made together is measured on them."""

import numpy as np

from motionllm.motion.root import placed
from motionllm.people.rules import load_rules
from motionllm.people.seen import seen
from tests.helpers.puppet import Puppet
from tests.judge.test_checks import walking, waving

WAVE = "two people wave to each other"


def across(clip, metres=1.5):
    """Return a clip that begins so far ahead of the origin, turned to it."""
    return placed(clip, np.array([0.0, metres, np.pi]))


def test_people_who_stand_still_have_not_waved():
    rule = load_rules().find(WAVE)
    still = [Puppet(4).clip(), across(Puppet(4).clip())]
    found = seen(still, WAVE, rule)
    assert not found.holds and "✗" in found.told()
    both = [waving("right").clip(), across(waving("right").clip())]
    found = seen(both, WAVE, rule)
    assert found.holds and found.degree > seen(still, WAVE, rule).degree
    assert "first" in found.told() and "second" in found.told()


def test_who_looks_away_is_not_faced():
    rule = load_rules().find(WAVE)
    assert rule.place == "facing"
    away = [waving("right").clip(), placed(waving("right").clip(), np.array([0.0, 1.5, 0.0]))]
    assert not seen(away, WAVE, rule).holds


def test_side_by_side():
    text = "two people walk side by side"
    rule = load_rules().find(text)
    pair = [walking().clip(), placed(walking().clip(), np.array([1.0, 0.0, 0.0]))]
    assert seen(pair, text, rule).holds
    pair = [walking().clip(), across(walking().clip(), 6.0)]
    assert not seen(pair, text, rule).holds
