"""Codes made likelier that lead to an end."""

import numpy as np
import pytest

from motionllm.motion.lead import End
from motionllm.motion.root import wrapped
from motionllm.tokens import steer

# What a few codes move in 0.2 s: standing, walking, turning either way on the spot or walking,
# walking backward.
WALK, TURN = 0.26, np.radians(24.0)
MOVES = np.array(
    [[0, 0, 0], [0, WALK, 0], [0, 0, TURN], [0, 0, -TURN], [0, WALK, TURN], [0, WALK, -TURN],
     [0, -WALK, 0]]
)  # fmt: skip


def led(end, goes, length):
    """Return the root after always taking the code that is made likeliest."""
    steering, root = steer.Steering(end, goes, length), np.zeros(3)
    for done in range(length):
        x, z, yaw = MOVES[int(np.argmax(steering.leaning(root, MOVES, done)))]
        along = root[2] + yaw / 2
        root += [np.sin(along) * z + np.cos(along) * x, np.cos(along) * z - np.sin(along) * x, yaw]
    return root


@pytest.mark.parametrize("metres", [1.0, 3.0])
@pytest.mark.parametrize("degrees", [0, 60, 90, -135, 180])
@pytest.mark.parametrize("goes", [0.0, np.pi])
def test_it_leads_there_forward_and_backward(metres, degrees, goes):
    bearing = np.radians(degrees)
    end = steer.with_turn(
        End(place=(metres * np.sin(bearing), metres * np.cos(bearing))), goes, True
    )
    root = led(end, goes, 25)
    assert np.hypot(*(root[:2] - end.place)) < 0.4
    if metres > 2:  # who goes far looks where they go, or away from it
        assert abs(wrapped(root[2] - bearing - goes)) < 1.0


@pytest.mark.parametrize("turn", [-2.0, 2 * np.pi])
def test_a_turn_is_done_in_time_but_not_before(turn):
    assert abs(led(End(turn=turn), 0.0, 40)[2] - turn) < TURN
    early = steer.Steering(End(turn=turn), 0.0, 40).leaning(np.zeros(3), MOVES, 0)
    assert np.ptp(early[:2]) == 0 and np.ptp(early) == pytest.approx(0.0, abs=1e-6)


def test_a_place_and_a_turn_at_once():
    root = led(End(-np.pi / 2, (0.0, 2.5)), 0.0, 30)
    assert np.hypot(root[0], root[1] - 2.5) < 0.45 and abs(root[2] + np.pi / 2) < 0.45


def test_how_somebody_goes_shows_where_they_would_end():
    assert steer.manner(np.array([0.1, -2.0, 0.1])) == pytest.approx(-np.pi)
    assert steer.manner(np.array([1.5, 0.1, 0.0])) == pytest.approx(np.pi / 2)
    assert steer.manner(np.array([0.3, 4.0, 0.2])) == 0.0
    assert steer.manner(np.array([1.0, -2.0, 3.0])) == 0.0  # turned about, then forward
    assert steer.manner(np.array([0.0, -0.2, 0.0])) == 0.0  # goes nowhere


def test_who_turns_about_may_do_it_either_way():
    turns = [steer.with_turn(End(place=(0.2, -3.0)), 0.0, left).turn for left in (True, False)]
    assert turns[0] > 2.6 and turns[1] < -2.6
    assert steer.with_turn(End(place=(2.0, 0.0)), 0.0, False).turn == pytest.approx(np.pi / 2)
    assert steer.with_turn(End(1.0, (0.0, -3.0)), 0.0, False).turn == 1.0


def test_ways_gone_astray_count():
    way = np.zeros((5, 3))
    way[:, 1] = -np.arange(5.0)  # backward, four metres
    assert steer.astray(way, 0.0) == pytest.approx(8.0)
    assert steer.astray(way, np.pi) == pytest.approx(0.0, abs=1e-9)
    way[:, 2] = np.pi
    assert steer.astray(way, 0.0) == pytest.approx(0.0, abs=1e-9)
