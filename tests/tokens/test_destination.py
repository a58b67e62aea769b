"""Ends of motions as codes, and what of them is left at a token."""

import numpy as np
import pytest

from motionllm.motion.lead import End
from motionllm.tokens import destination


@pytest.mark.parametrize(
    "end",
    [(0.0, 0.0, 0.0), (0.0, 3.0, 0.0), (-1.2, 0.4, -1.5), (2.0, -2.0, 3.1), (0.3, 0.2, 2 * np.pi)],
)
def test_an_end_survives_its_codes(end):
    codes = destination.encode(np.array(end))
    assert all(0 <= code < size for code, size in zip(codes, destination.SIZES, strict=True))
    found = destination.decode(codes)
    assert abs(found[2] - end[2]) <= destination.TURN / 2 + 1e-9
    metres = np.hypot(*end[:2])
    assert np.linalg.norm(found[:2] - end[:2]) <= 0.1 + 0.25 * metres
    np.testing.assert_array_equal(destination.encode(found), codes)


def test_what_is_too_far_is_held_at_the_last_code():
    codes = destination.encode(np.array([0.0, 90.0, 50.0]))
    assert codes.tolist() == [destination.TURNS - 1, destination.REACHES - 1, 0]


def test_a_mirrored_end_is_on_the_other_side():
    left, right = (
        destination.decode(destination.encode(np.array([s * 2.0, 1.0, s * 1.6]))) for s in (1, -1)
    )
    np.testing.assert_allclose(left * [-1, 1, -1], right, atol=1e-9)


def test_what_is_left_is_seen_from_where_one_stands():
    codes = destination.encode(np.array([4.0, 4.0, np.pi / 2]))  # ahead, then to the left
    end = destination.decode(codes)
    places = np.array([[0.0, 0.0, 0.0], [0.0, end[1], np.pi / 2], end])
    numbers = destination.numbers(codes, places, np.array([20.0, 10.0, 0.0]))
    turn = numbers[:, : len(destination.TURN_LEFT)]
    assert destination.TURN_LEFT[turn.argmax(axis=1)].tolist() == pytest.approx(
        [np.pi / 2, 0.0, 0.0]
    )
    at = len(destination.TURN_LEFT) + len(destination.ROOT_LEFT)
    np.testing.assert_allclose(numbers[1, at : at + 2], [0.0, 1.0], atol=1e-6)  # straight ahead
    np.testing.assert_allclose(numbers[2, at : at + 2], 0.0, atol=1e-6)  # arrived
    speeds = numbers[:, at + 2 : at + 2 + len(destination.SPEEDS)]
    assert destination.SPEEDS[speeds[1].argmax()] == pytest.approx(end[0] / 10, abs=0.07)


def test_without_a_length_nothing_is_said_of_speed():
    codes = destination.encode(np.array([0.0, 3.0, 1.0]))
    numbers = destination.numbers(codes, np.zeros((2, 3)), None)
    known = len(destination.TURN_LEFT) + len(destination.ROOT_LEFT) + 2
    assert numbers[:, :known].any()
    assert not numbers[:, known:].any()


def test_codes_of_what_is_given():
    whole = destination.encode(np.array([1.0, 2.0, 0.5])).tolist()
    assert destination.given(End(0.5, (1.0, 2.0))) == tuple(whole)
    assert destination.given(End(turn=0.5)) == (whole[0], None, None)
    assert destination.given(End(place=(1.0, 2.0))) == (None, *whole[1:])
