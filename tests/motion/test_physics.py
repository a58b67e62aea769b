"""Figures of motion: known values, and what must differ."""

import numpy as np
import pytest

from motionllm.motion import physics, rotation, skeleton
from tests.helpers.puppet import Puppet


def test_a_person_who_stands_has_no_faults():
    figures = physics.figures(Puppet(2).clip())
    assert figures == dict.fromkeys(physics.FIGURES, pytest.approx(0.0, abs=1e-3))


def test_sliding_floating_and_sinking_are_told_apart():
    slid, up, down = Puppet(2), Puppet(2), Puppet(2)
    slid.translation[:, 2] += 0.5 * slid.time
    up.translation[:, 1] += 0.045
    down.translation[:, 1] -= 0.025
    assert physics.figures(slid.clip())["skate_cm_s"] == pytest.approx(50.0, rel=0.02)
    assert physics.figures(up.clip())["float_mm"] == pytest.approx(40.0, abs=0.5)
    assert physics.figures(down.clip())["sunk_mm"] == pytest.approx(20.0, abs=0.5)


def test_a_knee_bent_forward_is_beyond_its_limit():
    puppet = Puppet(2).bend("left_knee", (1, 0, 0), np.full(60, -40.0))
    share = physics.figures(puppet.clip())["limits_percent"]
    assert share == pytest.approx(100 / 20, rel=0.1)  # one of the joints that are looked at
    bent = Puppet(2).bend("left_knee", (1, 0, 0), np.full(60, 120.0))
    assert physics.figures(bent.clip())["limits_percent"] == 0.0


def test_jerk_of_a_known_swing():
    puppet = Puppet(4)
    rate = 2 * np.pi * 1.0
    puppet.translation[:, 0] = 0.1 * np.sin(rate * puppet.time)
    expected = 0.1 * rate**3 * 2 / np.pi  # the mean of |cos|
    assert physics.figures(puppet.clip())["jerk_m_s3"] == pytest.approx(expected, rel=0.05)


def test_a_turn_of_the_whole_body_changes_nothing():
    puppet = Puppet(2).bend("left_knee", (1, 0, 0), np.full(60, 50.0))
    turned = Puppet(2).bend("left_knee", (1, 0, 0), np.full(60, 50.0))
    turn = rotation.yaw_quaternion(np.full(60, 1.1))
    turned.rotations[:, 0] = rotation.multiply(turn, turned.rotations[:, 0])
    a, b = physics.figures(puppet.clip()), physics.figures(turned.clip())
    assert a == pytest.approx(b, abs=1e-6)
    assert set(physics._LARGEST) | set(physics._HINGES) <= set(skeleton.JOINT_NAMES)
