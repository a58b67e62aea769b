"""Questions that set one hand, or the gaze, against the other side. numpy only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from motionllm.evaluation.everyday.cycles import main_axis, swings
from motionllm.evaluation.everyday.posture import OUTWARD, SIDES, J
from motionllm.evaluation.everyday.states import longest, state, stretches_of

if TYPE_CHECKING:
    from motionllm.evaluation.motion import Motion


def _wrist_speed(motion: Motion, side: str) -> np.ndarray:
    return motion.posture.swiftness(f"{side}_wrist")


def _other(side: str) -> str:
    return SIDES[1 - SIDES.index(side)]


def busier(motion: Motion, side: str) -> bool:
    """This hand moves half as much again as the other."""
    mine, other = (_wrist_speed(motion, one).mean() for one in (side, _other(side)))
    return float(mine) > 1.5 * float(other)


def fast_hand(motion: Motion, side: str, speed: float, more: bool = False) -> bool:
    """The hand, or "both", is once as fast as that, m/s; `more`: and faster than the other."""
    if side == "both":
        return all(float(_wrist_speed(motion, one).max()) >= speed for one in SIDES)
    mine, other = (float(_wrist_speed(motion, one).max()) for one in (side, _other(side)))
    return mine >= speed and (not more or mine > other)


def strikes_more(motion: Motion, side: str) -> bool:
    """This hand strikes more often than the other."""
    mine, other = (len(stretches_of(motion, f"{one}_hand_strike")) for one in (side, _other(side)))
    return mine > other


def reaches_more(motion: Motion, side: str) -> bool:
    """This hand is held out forward for longer than the other."""
    mine, other = (state(motion, f"{one}_hand_forward").sum() for one in (side, _other(side)))
    return bool(mine > other)


def leans_more(motion: Motion, side: str) -> bool:
    """The trunk leans farther to this side than to the other."""
    lean = OUTWARD[SIDES.index(side)] * motion.posture.side
    return float(lean.max()) > -float(lean.min())


def gazes_more(motion: Motion, side: str) -> bool:
    """The face looks longer to this side than to the other."""
    mine, other = (state(motion, f"head_{one}").sum() for one in (side, _other(side)))
    return bool(mine > other)


def lower(motion: Motion, side: str) -> bool:
    """This hand comes lower than the other."""
    heights = [float(motion.posture.wrist(number)[:, 1].min()) for number in range(2)]
    mine = SIDES.index(side)
    return heights[mine] < heights[1 - mine] - 0.05


def hands_near(motion: Motion, metres: float, state_: str) -> bool:
    """While the state holds, the wrists are so near each other."""
    mask = state(motion, state_)
    gap = np.linalg.norm(motion.posture.wrist(0) - motion.posture.wrist(1), axis=1)
    return bool(mask.any()) and float(np.median(gap[mask])) <= metres


def alone_bent(motion: Motion) -> bool:
    """One forearm is held up before the trunk while the other arm hangs."""
    p = motion.posture
    for side in range(2):
        held = state(motion, f"{SIDES[side]}_hand_at_chest_or_up") & (p.elbow(side) < 120)
        hangs = p.wrist(1 - side)[:, 1] < p.local[:, 0, 1] + 0.12
        if longest(motion, held & hangs) >= 0.4:
            return True
    return False


def busy_hand(motion: Motion, times: int) -> bool:
    """A hand at the head goes to and fro so often."""
    p = motion.posture
    for side in range(2):
        track = main_axis(p.palms[:, side] - p.head, p.fps)
        at = state(motion, f"{SIDES[side]}_hand_at_head")
        frames = swings(track, p.fps, 0.012, 0.8).astype(int)
        if at[frames].sum() >= 2 * times:
            return True
    return False


def throws(motion: Motion, side: str) -> bool:
    """The hand comes from beside the head or behind it, and is swung forward fast."""
    p = motion.posture
    number = SIDES.index(side)
    speed = _wrist_speed(motion, side)
    if float(speed.max()) < float(_wrist_speed(motion, _other(side)).max()):
        return False
    reach = p.reach(number)
    for top in np.flatnonzero(speed > 2.3):
        before = reach[max(0, top - round(0.6 * p.fps)) : top + 1]
        after = reach[top : top + round(0.4 * p.fps)]
        drawn = ((before[:, 1] > -0.4) & (before[:, 2] < 0.3)).any()
        if drawn and after[:, 2].max() > 0.4:
            return True
    return False


def swings_arms(motion: Motion, metres: float) -> bool:
    """Both hands swing so far to and fro."""
    p = motion.posture
    ranges = [
        float(np.ptp(np.quantile(main_axis(p.reach(n) * p.arm, p.fps), (0.05, 0.95))))
        for n in range(2)
    ]
    return min(ranges) >= metres


def rises(motion: Motion, metres: float) -> bool:
    """The shoulders are lifted against the neck by so much, and sink again or did before."""
    p = motion.posture
    both = p.local[:, (J["left_shoulder"], J["right_shoulder"]), 1].mean(axis=1)
    hanging = np.maximum(p.wrist(0)[:, 1], p.wrist(1)[:, 1]) < both - 0.1
    if hanging.sum() < 0.5 * p.fps:
        return False
    lift = (both - p.local[:, J["spine3"], 1])[hanging]
    return float(np.quantile(lift, 0.97) - np.quantile(lift, 0.2)) >= metres


def _with_state(motion: Motion, metres: float, **rest: str) -> bool:
    return hands_near(motion, metres, rest["state"])


LIMB_QUESTIONS: dict[str, Callable[..., bool]] = {
    function.__name__: function
    for function in (
        busier, fast_hand, strikes_more, reaches_more, leans_more, gazes_more, lower, alone_bent,
        busy_hand, throws, swings_arms, rises,
    )
} | {"hands_near": _with_state}  # fmt: skip
