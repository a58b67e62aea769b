"""Stretches in which somebody stands or walks with hanging arms, and no others."""

import numpy as np

from motionllm.data.gestures.bases import stretches_of
from tests.helpers.puppet import FPS, Puppet, made, raise_arm, smoothstep


def test_who_stands_and_who_walks_with_hanging_arms_is_found():
    (stands,) = stretches_of(Puppet(4.0).clip(), 7)
    assert (stands.record, stands.walks, stands.start, stands.stop) == (7, False, 0, 4 * FPS)
    (walks,) = stretches_of(made("walk", 4.0), 0)
    assert walks.walks and walks.seconds > 3.5


def test_backward_raised_arms_short_turned_heads_and_low_bodies_are_not():
    assert not stretches_of(made("walk back", 4.0), 0)
    assert not stretches_of(Puppet(2.0).clip(), 0)
    puppet = Puppet(6.0)
    up = smoothstep(puppet.time, 3.0, 3.5)
    (before,) = stretches_of(raise_arm(puppet, "left", up).clip(), 0)
    assert before.start == 0 and before.stop < 3.4 * FPS
    turned = Puppet(4.0)
    turned.bend("neck", (0, 1, 0), np.full(turned.frames, 45.0))
    assert not stretches_of(turned.clip(), 0)
    low = Puppet(4.0)
    low.translation[:, 1] -= 0.2
    assert not stretches_of(low.clip(), 0)
