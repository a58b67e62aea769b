"""Places as codes, and a follower led through them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from motionllm.motion.root import roots_of, seen_from, wrapped
from motionllm.tokens import place
from motionllm.tokens.place import anchored
from tests.helpers.synthetic import gliding

NEAR = st.floats(-3.9, 3.9)


ROOTS = st.tuples(NEAR, NEAR, st.floats(-9.0, 9.0)).map(np.array)


@given(ROOTS)
def test_a_place_token_is_within_half_a_cell(root):
    codes = place.encode(root)
    gap = root - place.decode(codes)
    assert np.abs(gap[:2]).max() <= place.STEP / 2 + 1e-9
    assert abs(wrapped(gap[2])) <= np.pi / place.YAWS + 1e-9
    inside = place.pulled_inside(root, codes)
    assert np.abs(inside[:2] - root[:2]).max() < 1e-9  # what is inside stays where it is
    likeliest = [int(weights[0].argmax()) for weights in place.leaning(root[None])]
    assert np.abs(place.decode(likeliest)[:2] - root[:2]).max() <= place.STEP / 2 + 1e-9


def test_places_beyond_reach_pull_nothing_back():
    far = np.array([1.0, 9.0, 0.0])
    assert np.allclose(place.pulled_inside(far, place.encode(far)), far)
    assert np.allclose(place.pulled_inside(far, place.encode(far * 0.1)), [0.15, 0.95, 0.0])


def test_a_follower_is_led_through_its_places():
    leader, own = gliding(96, 1.0), gliding(96, 0.8)
    wanted = np.array([[0.8, 0.0, 0.0], [0.8, 0.0, 0.0]])
    places = {0: place.encode(wanted[0]), 8: place.encode(wanted[1])}
    led = anchored(own, leader, places, 6)
    seen = seen_from(roots_of(leader), roots_of(led))
    assert np.abs(seen[0] - wanted[0]).max() < 1e-6
    assert abs(seen[48, 1]) <= place.STEP / 2 + 1e-6  # 32 cm behind without it
    jump = np.linalg.norm(np.diff(led.joints[:, 0], axis=0), axis=1)
    assert jump.max() < 2.0 * jump[-1] + 1e-3  # it gets there without a leap
