"""Up, down, bent, seated, lying, and the ways between. numpy only.

A state ("is sitting") holds for most of the motion; a change ("sits down") needs both sides of it.
"""

from __future__ import annotations

import numpy as np

from motionllm.judge.clause import Clause
from motionllm.judge.evidence import (
    ANKLE,
    KNEE,
    NOTHING,
    SIDES,
    Evidence,
    Found,
    ordered,
    soft,
    soft_track,
)
from motionllm.motion.curves import running_mean, runs

_FLOOR = ("floor", "ground", "cross-legged", "mat", "grass")


def upright(evidence: Evidence) -> np.ndarray:
    """Return (T,) 1 where somebody stands on straight legs."""
    lift = np.max([evidence.thigh_lift(side) for side in SIDES], axis=0)
    return (
        soft_track(evidence.height, 0.7, 0.85)
        * soft_track(evidence.body.tilt, 60.0, 35.0)
        * soft_track(lift, 60.0, 38.0)
    )


def seated(evidence: Evidence) -> np.ndarray:
    """Return (T,) 1 where the weight is off the feet: hips low, trunk up, thighs about level."""
    low = soft_track(evidence.height, 0.85, 0.72)
    trunk = soft_track(evidence.body.tilt, 65.0, 45.0)
    level = np.mean([evidence.thigh_lift(side) for side in SIDES], axis=0)
    # On the floor the knees come up higher than the hips.
    low_seat = low * soft_track(level, 40.0, 65.0)
    # On a stool the feet hang, or stand on a rung.
    hang = soft_track(evidence.body.foot_height.min(axis=1), 0.05, 0.12)
    still = soft_track(evidence.speed, 0.4, 0.2)
    return trunk * np.maximum(low_seat, hang * still * soft_track(level, 25.0, 45.0))


def lying(evidence: Evidence) -> np.ndarray:
    """Return (T,) 1 where the trunk lies on the ground."""
    chest = evidence.joints[:, 9, 1]
    return soft_track(evidence.body.pelvis_height, 0.5, 0.33) * soft_track(chest, 0.6, 0.4)


def _change(evidence: Evidence, before: np.ndarray, after: np.ndarray) -> Found:
    """Return how well a motion goes from one state to another, each a track (T,)."""
    width = 0.25 * evidence.fps
    first = running_mean(before, width)
    second = running_mean(after, width)
    times = []
    states = runs(second > 0.5)
    for start, end in states:
        earlier = first[max([0, *(stop for _, stop in states if stop <= start)]) : start + 1]
        if len(earlier) and float(earlier.max()) > 0.4:
            degree = min(float(earlier.max()), float(second[start:end].max()))
            was = start - (len(earlier) - 1 - int(np.flatnonzero(earlier > 0.4)[-1]))
            times.append(Found(degree, was / evidence.fps, (start + 1) / evidence.fps))
    if times:
        return ordered(times)
    led = np.maximum.accumulate(first)
    gone = np.minimum(led, second)
    at = int(np.argmax(gone))
    degree = float(gone[at])
    if degree <= 0.0:
        return NOTHING
    was = np.flatnonzero(first[: at + 1] > 0.7 * float(led[at]))
    start = int(was[-1]) if len(was) else 0
    # It ends where the new state is reached.
    reached = np.flatnonzero(second[start:] >= 0.9 * degree)
    end = start + int(reached[0]) if len(reached) else at
    return Found(degree, start / evidence.fps, max(end, start + 1) / evidence.fps)


def sit_down(evidence: Evidence, clause: Clause) -> Found:
    """Stands first, is seated later."""
    return _seat_height(evidence, clause, _change(evidence, upright(evidence), seated(evidence)))


def sit(evidence: Evidence, clause: Clause) -> Found:
    """Is seated for most of the time."""
    return _seat_height(evidence, clause, evidence.share(seated(evidence)))


def sits(evidence: Evidence, clause: Clause) -> Found:
    """Sits down, or is seated: the words leave it open."""
    return max(sit_down(evidence, clause), sit(evidence, clause), key=lambda one: one.degree)


def _seat_height(evidence: Evidence, clause: Clause, found: Found) -> Found:
    """Lower the degree where the seat is not what the words say it is."""
    if not found.degree:
        return found
    on = seated(evidence) > 0.5
    if not on.any():
        return found
    height = float(np.median(evidence.body.pelvis_height[on]))
    floor = any(word in clause.words for word in _FLOOR)
    if floor:
        fits = soft(height, 0.45, 0.28)
    else:
        feet = float(np.median(evidence.body.foot_height[on].min(axis=1)))
        high = "stool" in clause.words or "high" in clause.words
        chair = "chair" in clause.words or "bench" in clause.words or "sofa" in clause.words
        fits = 1.0 if high else soft(feet, 0.3, 0.12)  # feet that hang show a stool in the air
        fits *= soft(height, 0.2, 0.35) if chair else 1.0
    return found.scaled(0.4 + 0.6 * fits)


def stand_up(evidence: Evidence, clause: Clause) -> Found:
    """Is down first (seated, lying, crouched or bent over), stands later."""
    down = np.maximum(soft_track(evidence.height, 0.85, 0.7), seated(evidence))
    down = np.maximum(down, lying(evidence))
    if "chair" in clause.words or "seat" in clause.words or "bench" in clause.words:
        down = np.maximum(down * 0.6, seated(evidence))
    return _change(evidence, down, upright(evidence))


def lie_down(evidence: Evidence, _clause: Clause) -> Found:
    """Is up first (standing or seated), lies later."""
    up = np.maximum(upright(evidence), 0.8 * soft_track(evidence.body.tilt, 60.0, 40.0))
    return _change(evidence, up, lying(evidence))


def lie(evidence: Evidence, _clause: Clause) -> Found:
    """Lies for most of the time."""
    return evidence.share(lying(evidence))


def lies(evidence: Evidence, clause: Clause) -> Found:
    """Lies down, or lies: the words leave it open."""
    return max(lie_down(evidence, clause), lie(evidence, clause), key=lambda one: one.degree)


def fall(evidence: Evidence, _clause: Clause) -> Found:
    """Goes from standing to the ground, or nearly, quickly."""
    found = _change(evidence, upright(evidence), soft_track(evidence.body.pelvis_height, 0.7, 0.45))
    drop = (
        -np.gradient(running_mean(evidence.body.pelvis_height, 0.2 * evidence.fps)) * evidence.fps
    )
    return Found(found.degree * soft(float(drop.max()), 0.3, 0.8), found.start, found.end)


def kneel(evidence: Evidence, clause: Clause) -> Found:
    """A knee on the ground, or both."""
    knees = [evidence.joints[:, KNEE[side], 1] for side in SIDES]
    down = np.max(knees, axis=0) if "knees" in clause.words else np.min(knees, axis=0)
    up = soft_track(evidence.body.tilt, 75.0, 55.0)
    return evidence.best(soft_track(down, 0.3, 0.17) * up, 0.4)


def crouch(evidence: Evidence, clause: Clause) -> Found:
    """Hips low over the feet; as often as is said."""
    low = soft_track(evidence.height, 0.9, 0.74) * soft_track(evidence.body.tilt, 75.0, 55.0)
    low *= soft_track(np.max([evidence.knee_bend(side) for side in SIDES], axis=0), 40.0, 70.0)
    found = evidence.best(low, 0.25)
    if clause.count or clause.least or "squats" in clause.words:
        deep = low > 0.5 * max(found.degree, 0.1)
        times = int((np.diff(deep.astype(int)) == 1).sum() + deep[0])
        wanted = clause.count or 2
        exact = abs(times - wanted) if clause.count else max(0, wanted - times)
        return Found(found.degree * soft(exact, 2.0, 0.0), found.start, found.end)
    return found


def bend(evidence: Evidence, clause: Clause) -> Found:
    """The trunk leans far forward while somebody stands."""
    stands = soft_track(evidence.height, 0.55, 0.7)
    aside = clause.direction in ("left", "right", "side", "backward", "left_right")
    lean = evidence.body.tilt if aside else evidence.body.lean
    none, full = (10.0, 22.0) if aside else (16.0, 32.0)
    return evidence.best(soft_track(lean, none, full) * stands, 0.2)


def touch_toes(evidence: Evidence, _clause: Clause) -> Found:
    """Hands down at the feet, knees hardly bent."""
    lowest = np.min([evidence.hand(side)[:, 1] for side in SIDES], axis=0)
    straight = soft_track(np.max([evidence.knee_bend(s) for s in SIDES], axis=0), 90.0, 50.0)
    return evidence.best(soft_track(lowest, 0.6, 0.3) * straight
                         * soft_track(evidence.body.lean, 25.0, 45.0), 0.15)  # fmt: skip


def pick_up(evidence: Evidence, clause: Clause) -> Found:
    """Stands, a hand goes down low, comes up again."""
    lowest = running_mean(
        np.min([evidence.hand(side)[:, 1] for side in SIDES], axis=0), 0.15 * evidence.fps
    )
    scale = evidence.body.standing
    floor = any(word in clause.words for word in ("floor", "ground", "box"))
    down = soft_track(lowest / scale, *((0.75, 0.5) if floor else (0.95, 0.75)))
    high = soft_track(lowest / scale, 0.6, 0.8)
    before = np.maximum.accumulate(high)
    after = np.maximum.accumulate(high[::-1])[::-1]
    low = np.minimum(down, np.maximum(before, 0.6)) * np.maximum(after, 0.6)
    return evidence.best(low * soft_track(evidence.body.tilt, 100.0, 85.0), 0.1)


def floor(evidence: Evidence, _clause: Clause) -> Found:
    """Exercise on the ground."""
    return evidence.share(soft_track(evidence.body.pelvis_height, 0.6, 0.4))


def push_up(evidence: Evidence, _clause: Clause) -> Found:
    """Level on hands and toes, chest going up and down."""
    level = soft_track(evidence.body.tilt, 50.0, 70.0)
    hands = soft_track(np.max([evidence.joints[:, w, 1] for w in (20, 21)], axis=0), 0.5, 0.25)
    return evidence.best(level * hands * soft_track(evidence.joints[:, 9, 1], 0.9, 0.6), 1.0)


def upside_down(evidence: Evidence, clause: Clause) -> Found:
    """The head lower than the hips, or the body rolled over."""
    below = evidence.joints[:, 0, 1] - evidence.joints[:, 15, 1]
    over = evidence.best(soft_track(below, -0.15, 0.1), 0.1)
    if "roll" in clause.words:
        down = evidence.best(soft_track(evidence.body.tilt, 50.0, 75.0), 0.4)
        return max(over, down, key=lambda one: one.degree)
    return over


def one_leg(evidence: Evidence, clause: Clause) -> Found:
    """One foot held up for a while; the side is that of the foot that is up."""
    best = NOTHING
    for index, side in enumerate(SIDES):
        lifted = "lift" in clause.words or "rais" in clause.words
        if clause.side in SIDES and (side == clause.side) != lifted:
            continue
        up = soft_track(evidence.body.foot_height[:, index], 0.05, 0.15)
        planted = soft_track(evidence.foot_speed(SIDES[1 - index]), 0.5, 0.2)
        found = evidence.best(up * planted, 0.35 if lifted else 0.6)
        best = max(best, found, key=lambda one: one.degree)
    return best


def twist(evidence: Evidence, _clause: Clause) -> Found:
    """The shoulders turn against the hips."""
    joints = evidence.joints
    shoulders, hips = joints[:, 16] - joints[:, 17], joints[:, 1] - joints[:, 2]
    yaws = [np.degrees(np.unwrap(np.arctan2(-v[:, 2], v[:, 0]))) for v in (shoulders, hips)]
    apart = (yaws[0] - yaws[1] + 180.0) % 360.0 - 180.0
    return Found(soft(float(np.ptp(apart)), 20.0, 50.0), 0.0, evidence.seconds)


def dodge(evidence: Evidence, _clause: Clause) -> Found:
    """The head goes quickly aside, back or down while the feet hardly move."""
    head = evidence.joints[:, 15] - evidence.joints[:, [ANKLE["left"], ANKLE["right"]]].mean(axis=1)
    speed = np.linalg.norm(np.gradient(running_mean(head, 3), axis=0), axis=1) * evidence.fps
    return evidence.best(soft_track(speed, 0.35, 0.9), 0.2)


CHECKS = {
    "sit_down": sit_down, "sit": sit, "sits": sits, "stand_up": stand_up, "lie_down": lie_down,
    "lie": lie, "lies": lies, "fall": fall, "kneel": kneel, "crouch": crouch, "bend": bend,
    "touch_toes": touch_toes, "pick_up": pick_up, "floor": floor, "push_up": push_up,
    "upside_down": upside_down, "one_leg": one_leg, "twist": twist, "dodge": dodge,
}  # fmt: skip
