"""Drawing a motion towards the end that is asked for. numpy only.

The model is told where a motion is to end, and comes near it where that lies on its own way. An end
aside or behind it misses by metres, since few recordings go there. How a code moves the person is
known, so codes that lead there are made likelier, as far as the model finds them likely at all:
those that turn to where the end lies first, then those that arrive in time.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion.lead import End
from motionllm.motion.root import wrapped

TURNING, GOING = 6.0, 14.0  # nats that count a radian off the way, and a metre off the pace
FASTEST = np.radians(30.0)  # a token of 0.2 s: nobody is asked to turn faster
EASY = np.radians(12.0)  # likewise: what is left of a turn can be done at this rate
ARRIVED = 0.35  # metres: nearer than this the direction does not count
MANNER = np.pi / 4  # ways to go: ahead, aside, backward, and between
STRAIGHT, FAR = np.radians(45.0), 0.5  # radians, metres: an end that says which way one goes
PACE, HURRY = 0.28, 1.25  # metres a token that anybody may go; times one's own pace, whoever runs
ABOUT = np.radians(150.0)  # from here on either way round is as good


def manner(own: np.ndarray) -> float:
    """Return in which direction of their own somebody goes: radians, 0 forward, + to the left.

    Args:
        own: x, z, yaw (3,) of where they would end by themselves.
    """
    if np.hypot(own[0], own[1]) < FAR or abs(own[2]) > STRAIGHT:
        return 0.0
    way = float(np.arctan2(own[0], own[1])) - 0.5 * float(own[2])
    return float(wrapped(round(way / MANNER) * MANNER))


def with_turn(end: End, goes: float, left_about: bool) -> End:
    """Return an end with the turn that leads to its place, where none is given.

    Args:
        goes: as `manner` gives it.
        left_about: which way round, for who has to turn about.
    """
    if end.place is None or end.turn is not None:
        return end
    turn = 0.0
    if np.hypot(*end.place) > ARRIVED:
        turn = float(wrapped(np.arctan2(*end.place) - goes))
    if abs(turn) > ABOUT and (turn > 0) != left_about:
        turn -= float(np.copysign(2.0 * np.pi, turn))
    return End(turn, end.place)


def astray(places: np.ndarray, goes: float) -> float:
    """Return the metres of a way that are gone otherwise than somebody goes, backward ones twice.

    Args:
        places: x, z, yaw (n, 3) after each token.
        goes: as `manner` gives it.
    """
    steps = np.diff(places[:, :2], axis=0)
    along = np.arctan2(steps[:, 0], steps[:, 1]) - goes
    facing = 0.5 * (places[1:, 2] + places[:-1, 2])
    return float((np.hypot(*steps.T) * (1.0 - np.cos(along - facing))).sum())


class Steering:
    """What makes those codes of a motion likelier that lead to its end.

    Args:
        end: seen from the first token's start; with a turn.
        goes: as `manner` gives it.
        length: tokens of the motion; None if that is open.
        own: metres that they would go by themselves: a walk is not made a run to be in time.

    Attributes:
        goes: as given.
    """

    def __init__(self, end: End, goes: float, length: int | None, own: float = 0.0) -> None:
        self._turn = float(end.turn or 0.0)
        self._place = None if end.place is None else np.array(end.place)
        self.goes = goes
        self._length = length
        self._pace = HURRY * max(PACE, own / length if length else 0.0)

    def leaning(self, root: np.ndarray, moves: np.ndarray, done: int) -> np.ndarray:
        """Return what to add to the logits (codes,) of a token's next code.

        Args:
            root: x, z, yaw (3,) before the token.
            moves: x, z in the frame of that heading, and yaw (codes, 3): what each code moves.
            done: tokens before it.
        """
        left = None if self._length is None else max(self._length - done, 1)
        to_come = self._turn - root[2]
        if self._place is None:
            after = np.abs(to_come - moves[:, 2])
            late = np.maximum(after - EASY * (0.0 if left is None else left - 1.0), 0.0)
            return (-TURNING * late).astype(np.float32)
        gap = self._place - root[:2]
        metres = float(np.hypot(*gap))
        last = left is not None and (left - 1) * FASTEST <= abs(to_come)
        if metres > ARRIVED and not last:
            about = float(wrapped(np.arctan2(*gap) - self.goes - root[2]))
            if abs(about) > ABOUT and about * to_come < 0.0:
                about += float(np.copysign(2.0 * np.pi, to_come))  # the way round that was chosen
            to_come = about
        off = np.abs(moves[:, 2] - np.clip(to_come, -FASTEST, FASTEST))
        there = np.linalg.norm(gap - _on_floor(root[2], moves), axis=1)
        wanted = 0.0 if left is None else metres * (left - 1) / left
        pace = np.abs(there - max(wanted, metres - self._pace))
        return -(TURNING * off + GOING * pace).astype(np.float32)


def _on_floor(yaw: float, moves: np.ndarray) -> np.ndarray:
    """Return the steps x, z (codes, 2) of who starts at a yaw, turning evenly."""
    along = yaw + 0.5 * moves[:, 2]
    cos, sin = np.cos(along), np.sin(along)
    x, z = moves[:, 0], moves[:, 1]
    return np.stack([cos * x + sin * z, cos * z - sin * x], axis=1)
