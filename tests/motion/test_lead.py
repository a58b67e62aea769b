"""Motions led to where they are to end."""

import math

import numpy as np
import pytest

from motionllm.motion import lead
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.motion.feet import clean
from motionllm.motion.lead import End
from tests.helpers.puppet import Puppet


def walk(seconds=4.0, speed=1.0, turn=0.0):
    puppet = Puppet(seconds)
    puppet.go(speed, 0, np.linspace(0.0, turn, puppet.frames))
    return Clip.build(FPS, puppet.rotations, puppet.translation)


@pytest.mark.parametrize("turn", [-10.0, 0.0, 10.0])
@pytest.mark.parametrize("place", [(0.0, 3.6), (0.7, 4.2), (-0.4, 3.5)])
def test_a_walk_is_led_to_its_end(turn, place):
    end = End(math.radians(turn), place)
    found = lead.reached(walk(), end)
    metres, radians = lead.missed(found, end)
    assert metres < 1e-6 and radians < 1e-6
    steps = np.linalg.norm(np.diff(found.translation[:, [0, 2]], axis=0), axis=1) * FPS
    assert steps.max() < 1.6 and steps.min() > 0.4  # nobody is carried or held
    metres, radians = lead.missed(clean(found), end)
    assert metres < 0.02 and radians < 0.02


def test_what_is_not_given_stays():
    clip = walk(turn=20.0)
    turned = lead.reached(clip, End(turn=math.radians(50.0)))
    before, after = (
        np.linalg.norm(np.diff(c.translation[:, [0, 2]], axis=0), axis=1) for c in (clip, turned)
    )
    np.testing.assert_allclose(before, after, atol=1e-6)
    moved = lead.reached(clip, End(place=(0.2, 4.3)))
    np.testing.assert_allclose(moved.rotations, clip.rotations, atol=1e-6)


def test_nobody_is_torn_off_their_feet():
    end = End(math.pi, (0.0, 12.0))
    metres, radians = lead.missed(lead.reached(walk(2.0), end), end)
    assert metres > 8.0 and radians > 2.0  # 2 m are no 12 m
    standing = Clip.build(FPS, Puppet(2.0).rotations, Puppet(2.0).translation)
    found = lead.reached(standing, End(place=(0.0, 2.0)))
    assert np.linalg.norm(found.translation[-1, [0, 2]]) < lead.LEAST_WAY + 1e-6


def test_a_miss_is_told_in_metres_and_degrees():
    end = End(math.radians(90.0), (0.0, -3.0))
    clip = walk(2.0)
    said = lead.told(clip, end)
    metres, radians = lead.missed(clip, end)
    assert f"{metres:.1f} m and {math.degrees(radians):.0f} degrees" in said
    assert lead.told(clip, None) == "" == lead.told(clip, End(0.0, (0.1, 2.0)))
