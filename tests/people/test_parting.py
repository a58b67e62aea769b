"""People who stand in each other are parted, and others left alone."""

import numpy as np

from motionllm.motion import bodies
from motionllm.people import parting
from tests.helpers.synthetic import gliding


def test_people_in_each_other_are_parted_and_others_left_alone():
    one, other = gliding(60), gliding(60, at=(0.0, 0.12, np.pi))
    parted = parting.parted(other, [one])
    assert bodies.depth(one.joints, parted.joints).max() < parting.TOLERATED + 0.02
    away = gliding(60, at=(0.0, 3.0, np.pi))
    assert parting.parted(away, [one]) is away
