"""Two things at once from two takes: the arms, or the head, of one laid over the other. numpy only.

A model that was trained on single actions hardly ever does two at once. Where a sentence asks for
what different parts of the body do, each half is drawn by itself, and the upper one's local
rotations replace those of the other while it lasts, eased in and out. Feet, hips and trunk stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from motionllm.judge.clause import Clause, Reading
from motionllm.judge.evidence import Evidence, Found
from motionllm.judge.lexicon import alone
from motionllm.motion.clip import Clip
from motionllm.motion.curves import ease
from motionllm.motion.lay_over import ARM, HEAD, lay_over

EASE = 0.35  # seconds
LEAST = 0.4  # seconds of something that can be kept up
BUSY = 0.45  # of the busier arm's movement that makes the other one part of it
# What is done and over; all else goes on as long as the legs do.
_ONCE = {"punch", "throw", "push", "pull", "reach", "lower", "nod", "shake_head", "shrug", "swing"}
_UPPER = {"arms", "head"}
_HANDS = {"left": "the left hand", "right": "the right hand", "both": "both hands", "": "one hand"}


@dataclass(frozen=True)
class Halves:
    """A sentence as what the legs do and what is done above, at once.

    Attributes:
        below, above: what to draw for each.
        base: the clauses but the one that is laid over.
        over: the clause that is laid over.
    """

    below: str
    above: str
    base: Reading
    over: Clause


def halves(reading: Reading) -> Halves | None:
    """Return a sentence's two halves; None where it does not ask for two things at once."""
    at_once = [
        clause for clause in reading.clauses
        if clause.together and not clause.negated and set(clause.parts) <= _UPPER
    ]  # fmt: skip
    upper_first = [
        clause for clause in reading.clauses[:1]
        if set(clause.parts) <= _UPPER and clause.parts and not clause.negated
        and any(other.together and "legs" in other.parts for other in reading.clauses[1:])
    ]  # fmt: skip
    for over in (*at_once, *upper_first):
        rest = tuple(clause for clause in reading.clauses if clause is not over)
        acts = [clause for clause in rest if not clause.manner]
        free = all(not set(clause.parts) & set(over.parts) for clause in acts)
        if acts and free and over.act in alone():
            above = alone()[over.act].replace("{hand}", _HANDS[over.side])
            return Halves(_said(rest), f"a person {above}", Reading(reading.text, rest),
                          replace(over, together=False, step=0))  # fmt: skip
    return None


def _said(clauses: tuple[Clause, ...]) -> str:
    """Return clauses as a sentence, in their order."""
    parts: list[str] = []
    for clause in clauses:
        if clause.manner and parts:
            if clause.words not in parts[-1]:
                parts[-1] += f" {clause.words}" if clause.words.endswith("ly") else ""
        elif not clause.negated:
            parts.append(clause.words)
    return "a person " + ", then ".join(parts)


def laid_over(below: Clip, above: Clip, clause: Clause, found: Found) -> Clip:
    """Return a clip that does what `below` does, with what `above` shows of a clause.

    Args:
        below, above: at one rate. What goes on lasts as long as `below`; of what is done once the
            shorter one's length is kept.
        clause: what is taken from `above`.
        found: when it happens there.
    """
    frames = below.frames if clause.check not in _ONCE else min(below.frames, above.frames)
    if clause.check not in _ONCE and found.end - found.start > LEAST:
        above = above.sampled(above.fps, _kept_up(found, frames, above))
        weight = np.ones(frames)
    else:
        weight = _weight(found, frames, below.fps)
    return lay_over(below, above, _joints(above, clause), weight)


def _kept_up(found: Found, frames: int, above: Clip) -> np.ndarray:
    """Return which frame (T,) of a take to show at each time, so that what it does goes on.

    Before and after it, time runs to and fro within it.
    """
    first = min(found.start + 0.3 * EASE, 0.5 * (found.start + found.end)) * above.fps
    last = min(max(found.end - 0.3 * EASE, 0.5 * (found.start + found.end)) * above.fps,
               above.frames - 1.0)  # fmt: skip
    span = max(last - first, 1.0)
    phase = (np.arange(frames) - first) % (2.0 * span)
    return np.clip(first + np.where(phase > span, 2.0 * span - phase, phase), 0, above.frames - 1)


def _weight(found: Found, frames: int, fps: float) -> np.ndarray:
    """Return (T,) 1 while something happens, eased to 0 before and after."""
    time = np.arange(frames) / fps
    rise = np.ones(frames) if found.start < EASE else ease((time - found.start) / EASE + 1.0)
    fall = np.ones(frames)
    if frames / fps - found.end > EASE:
        fall = ease((found.end - time) / EASE + 1.0)
    return np.minimum(rise, fall)


def _joints(above: Clip, clause: Clause) -> tuple[int, ...]:
    """Return which joints a clause needs: of one arm, of both, of the head."""
    joints: tuple[int, ...] = HEAD if "head" in clause.parts else ()
    if "arms" not in clause.parts:
        return joints
    if clause.side in ARM:
        return joints + ARM[clause.side]
    evidence = Evidence(above)
    hangs = np.array([0.0, -1.0, 0.0])
    used = {}
    for side, (_, shoulder, _, wrist) in ARM.items():
        arm = evidence.joints[:, wrist] - evidence.joints[:, shoulder]
        lifted = np.linalg.norm(arm / evidence.body.arm_length - hangs, axis=1).mean()
        used[side] = float(evidence.hand_speed(side).mean() + lifted)
    busier = max(used, key=lambda side: used[side])
    for side, amount in used.items():
        if side == busier or clause.side == "both" or amount > BUSY * used[busier]:
            joints += ARM[side]
    return joints
