"""Gaps and overlaps of bodies: geometry whose answers are known."""

import numpy as np
import pytest

from motionllm.motion import bodies, skeleton
from tests.helpers.synthetic import gliding


def test_bodies_meet_where_skins_do():
    one = gliding(1)
    arm = 2.0 * np.abs(one.joints[0, skeleton.JOINTS["left_wrist"], 0])
    apart = bodies.gaps(one.joints, gliding(1, at=(arm + 0.17, 0.0, 0.0)).joints).min()
    assert apart == pytest.approx(0.17 - 2 * 0.035, abs=1e-3)  # two wrists of 3.5 cm
    through = gliding(1, at=(0.0, 0.1, np.pi)).joints
    assert bodies.depth(one.joints, through)[0] > 0.1
    assert not bodies.touching(one.joints, gliding(1, at=(0.0, 5.0, 0.0)).joints).any()
