"""Motions joined: they go on where the first one ended, and no seam is seen."""

import numpy as np

from motionllm.motion.join import best_seam, join
from tests.helpers.puppet import Puppet, made, smoothstep


def test_joined_clips_go_on_where_the_first_one_ended():
    turned = Puppet(2).go(0.9, 0, 90 * smoothstep(Puppet(2).time, 0.5, 1.5)).clip()
    for blend in (0.0, 0.4):
        whole = join([turned, made("walk", 2)], blend)
        assert whole.frames == 120
        step = np.linalg.norm(np.diff(whole.joints[:, 0], axis=0), axis=1)
        assert step.max() < 0.05
        assert (whole.joints[-1, 0] - whole.joints[60, 0])[0] > 1.4  # on to the left


def test_a_blended_seam_moves_no_faster_than_its_surroundings():
    raised, walking = made("raise", 2), made("walk", 2)

    def jump(whole):
        speed = np.linalg.norm(np.diff(whole.joints, axis=0), axis=-1).max(axis=1)
        return speed[59] / speed[[*range(50, 58), *range(61, 70)]].max()

    assert jump(join([raised, walking], 0.0)) > 2.0
    assert jump(join([raised, walking])) < 1.0
    stop, start = best_seam(walking, walking)
    assert start < 18 and stop > walking.frames - 18
