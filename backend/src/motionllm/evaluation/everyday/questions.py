"""Questions about the states of a motion: which, how long, how often, in what order. numpy only.

Each is called by predicates.holds with the other keys of its table in a data file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from motionllm.evaluation.everyday.limbs import LIMB_QUESTIONS
from motionllm.evaluation.everyday.paths import PATH_QUESTIONS
from motionllm.evaluation.everyday.states import longest, state, stretches_of

if TYPE_CHECKING:
    from motionllm.evaluation.motion import Motion

EDGE = 0.3  # seconds that are a motion's beginning, and its end


def shows(motion: Motion, state_: str, seconds: float = 0.4) -> bool:
    """The state lasts so long at a stretch."""
    return longest(motion, state(motion, state_)) >= seconds


def at_once(motion: Motion, states: list[str], seconds: float) -> bool:
    """All these states hold at the same time, for so long in all, half of it at a stretch."""
    mask = np.logical_and.reduce([state(motion, name) for name in states])
    return motion.posture.seconds(mask) >= seconds and longest(motion, mask) >= seconds / 2


def never(motion: Motion, state_: str, seconds: float = 0.3) -> bool:
    """The state never lasts so long at a stretch."""
    return longest(motion, state(motion, state_)) < seconds


def mostly(motion: Motion, state_: str, share: float) -> bool:
    """The state holds for this share of the motion."""
    return float(state(motion, state_).mean()) >= share


def begins(motion: Motion, state_: str) -> bool:
    """The motion begins in the state."""
    return float(state(motion, state_)[: max(1, round(EDGE * motion.fps))].mean()) >= 0.5


def ends(motion: Motion, state_: str) -> bool:
    """The motion ends in the state."""
    return float(state(motion, state_)[-max(1, round(EDGE * motion.fps)) :].mean()) >= 0.5


def follows(motion: Motion, states: list[str], seconds: list[float]) -> bool:
    """These states come one after the other, each for so long at a stretch."""
    at = 0
    for name, least in zip(states, seconds, strict=True):
        frames = max(1, round(least * motion.fps))
        found = [
            max(start, at) + frames
            for start, end in stretches_of(motion, name)
            if end - max(start, at) >= frames
        ]
        if not found:
            return False
        at = found[0]
    return True


def first(motion: Motion, state_: str, before: str) -> bool:
    """The state begins sooner than the other, which may never come."""
    mine, other = stretches_of(motion, state_), stretches_of(motion, before)
    return bool(mine) and (not other or mine[0][0] < other[0][0])


def longer(motion: Motion, state_: str, than: str) -> bool:
    """In all, the state holds for longer than the other."""
    return state(motion, state_).sum() > state(motion, than).sum()


def counts(motion: Motion, of: str, times: list[int]) -> bool:
    """The state comes so often."""
    return times[0] <= len(stretches_of(motion, of)) <= times[1]


def _named_state(function: Callable[..., bool]) -> Callable[..., bool]:
    """Take the argument `state_` as `state`, which is the module's function here."""

    def asked(motion: Motion, **rest: object) -> bool:
        if "state" in rest:
            rest["state_"] = rest.pop("state")
        return function(motion, **rest)

    return asked


QUESTIONS: dict[str, Callable[..., bool]] = (
    {
        function.__name__: _named_state(function)
        for function in (shows, never, mostly, begins, ends, first, longer)
    }
    | {function.__name__: function for function in (at_once, follows, counts)}
    | PATH_QUESTIONS
    | LIMB_QUESTIONS
)
