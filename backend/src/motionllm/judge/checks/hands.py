"""What the arms do: raised, waved, at the body, reaching, striking. numpy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from motionllm.facts.events import HEAD
from motionllm.facts.signals import oscillations, peaks
from motionllm.judge.clause import Clause
from motionllm.judge.evidence import (
    CHEST,
    ELBOW,
    NOTHING,
    SHOULDER,
    SIDES,
    WRIST,
    Evidence,
    Found,
    soft,
    soft_track,
)
from motionllm.motion.curves import closed, highest, running_mean, runs

# Metres between hands that meet, and that are apart again: bulky hands, and small claps.
CLAPS = ((0.22, 0.24), (0.13, 0.18))
_OTHER = {"left": "right", "right": "left"}
Side = Callable[[str], np.ndarray]


def _of_sides(evidence: Evidence, clause: Clause, track: Side, seconds: float,
              alone: bool = True) -> Found:  # fmt: skip
    """Return what is found on the side that is asked for, on both, or on whichever it is.

    alone: a named side is less well met where the other hand does the same.
    """
    tracks = {side: track(side) for side in SIDES}
    if clause.side == "both":
        return evidence.best(np.minimum(tracks["left"], tracks["right"]), seconds)
    if clause.side in SIDES:
        found = evidence.best(tracks[clause.side], seconds)
        other = evidence.best(tracks[_OTHER[clause.side]], seconds).degree if alone else 0.0
        return Found(found.degree * (1.0 - 0.5 * soft(other, 0.5, 1.0)), found.start, found.end)
    return evidence.best(np.maximum(tracks["left"], tracks["right"]), seconds)


def _up(evidence: Evidence, side: str, over_head: bool = False) -> np.ndarray:
    """Return (T,) 1 where a hand is up: at the shoulder or higher, or above the head."""
    hand = evidence.hand(side)[:, 1]
    if over_head:
        return soft_track(hand - evidence.joints[:, HEAD, 1], -0.1, 0.08)
    return soft_track(hand - evidence.joints[:, SHOULDER[side], 1], -0.12, 0.06)


def raise_hand(evidence: Evidence, clause: Clause) -> Found:
    """A hand goes up and is held there for a moment."""
    over = any(word in clause.words for word in ("above", "over", "overhead", "high"))
    upright = ~evidence.body.tipped
    return _of_sides(evidence, clause, lambda side: _up(evidence, side, over) * upright, 0.3)


def lower(evidence: Evidence, clause: Clause) -> Found:
    """A hand that was up comes down."""
    best = NOTHING
    for side in SIDES if clause.side not in SIDES else (clause.side,):
        up = running_mean(_up(evidence, side), 5)
        down = 1.0 - up
        gone = np.minimum(np.maximum.accumulate(up), down)
        at = int(np.argmax(gone))
        if gone[at] > best.degree:
            was = np.flatnonzero(up[: at + 1] > 0.5)
            start = int(was[-1]) if len(was) else 0
            best = Found(float(gone[at]), start / evidence.fps, (at + 1) / evidence.fps)
    return best


def wave(evidence: Evidence, clause: Clause) -> Found:
    """A hand held up swings to and fro."""

    def swings(side: str) -> np.ndarray:
        wrist = evidence.joints[:, WRIST[side]]
        up = soft_track(wrist[:, 1] - evidence.joints[:, SHOULDER[side], 1], -0.3, -0.1)
        up *= soft_track(wrist[:, 1] - evidence.joints[:, ELBOW[side], 1], -0.02, 0.08)
        local = evidence.local(WRIST[side], SHOULDER[side])
        track = np.zeros(evidence.frames)
        for a, b in runs(closed(up > 0.3, 0.2 * evidence.fps)):
            if b - a >= 0.5 * evidence.fps:
                cycles = oscillations(local[a:b], evidence.fps, amplitude=0.03)
                track[a:b] = soft(cycles, 0.0, 2.0) * up[a:b]
        return track

    return _of_sides(evidence, clause, swings, 0.6)


def _meets(near: np.ndarray, away: np.ndarray) -> list[int]:
    """Return the frames at which hands come together that were apart, from masks (T,)."""
    found, open_ = [], True
    for frame in range(len(near)):
        if away[frame]:
            open_ = True
        elif near[frame] and open_:
            found.append(frame)
            open_ = False
    return found


def clap(evidence: Evidence, clause: Clause) -> Found:
    """The hands meet again and again."""
    apart = np.linalg.norm(evidence.hand("left") - evidence.hand("right"), axis=1)
    wrist = evidence.local(WRIST["left"], CHEST)
    front = (wrist[:, 2] > 0.05) | (wrist[:, 1] > 0.2)  # or overhead
    left, right = (evidence.hand_from(side, CHEST)[:, 0] for side in SIDES)
    front &= left - right > -0.1  # and not crossed: arms that are folded cross twice
    meets = max(
        (_meets(front & (apart < near), (left > right) & (apart > away)) for near, away in CLAPS),
        key=len,
    )
    count = len(meets)
    first, last = (meets[0], meets[-1]) if meets else (0, 0)
    if clause.count:
        degree = soft(abs(count - clause.count), max(1.0, 0.5 * clause.count), 0.0)
    else:
        degree = soft(count, 0.5, 2.0)  # hands that meet once are put together
    return Found(degree, first / evidence.fps, (last + 1) / evidence.fps) if count else NOTHING


def _blows(evidence: Evidence, side: str) -> list[tuple[float, float, float]]:
    """Return (degree, start, end) of each fast stretching of an arm."""
    found: list[tuple[float, float, float]] = []
    speed, reach = evidence.hand_speed(side), evidence.reach(side)
    arm = evidence.local(WRIST[side], SHOULDER[side])
    for peak in peaks(speed, 1.3, 0.22 * evidence.fps):
        a, b = max(0, peak - int(0.35 * evidence.fps)), peak + int(0.3 * evidence.fps) + 1
        top = a + int(np.argmax(reach[a:b]))
        gain = float(reach[top] - reach[a : top + 1].min())
        level = soft(arm[top, 1] / evidence.body.arm_length, -0.75, -0.4)
        ahead = soft(arm[top, 2] / evidence.body.arm_length, 0.1, 0.4)
        degree = soft(speed[peak], 1.3, 2.4) * soft(gain, 0.06, 0.2) * level * ahead
        if degree > 0.2 and (not found or top / evidence.fps - found[-1][2] > 0.2):
            found.append((degree, max(0.0, a / evidence.fps), top / evidence.fps))
    return found


def punch(evidence: Evidence, clause: Clause) -> Found:
    """Fists shot out: how many, and which."""
    blows = {side: _blows(evidence, side) for side in SIDES}
    bowed = any(word in clause.words for word in ("hook", "uppercut", "swing"))
    if bowed:  # a hook stays bent: the fist's speed alone tells
        for side in SIDES:
            speed = evidence.hand_speed(side)
            blows[side] = blows[side] or [
                (soft(speed[p], 1.8, 3.2), p / evidence.fps - 0.2, p / evidence.fps)
                for p in peaks(speed, 2.0, 0.3 * evidence.fps)
            ]
    return _limbs_counted(clause, blows)


def kick(evidence: Evidence, clause: Clause) -> Found:
    """A foot swung up and out, how often, and which."""
    kicks: dict[str, list[tuple[float, float, float]]] = {}
    for index, side in enumerate(SIDES):
        foot, hip = evidence.joints[:, 7 + index], evidence.joints[:, 1 + index]
        leg = np.linalg.norm(foot - hip, axis=1) / evidence.body.leg_length
        height = foot[:, 1] - evidence.joints[:, 8 - index, 1]
        speed = highest(evidence.body.relative_speed(7 + index, 0), int(0.25 * evidence.fps))
        ahead = evidence.local(7 + index)
        away = np.maximum(np.linalg.norm(ahead[:, ::2], axis=1), 1e-6)
        back = ahead[:, 2] / away < -0.6
        degree = soft_track(height, 0.12, 0.3) * soft_track(leg, 0.62, 0.8)
        degree *= soft_track(speed, 1.2, 2.6)
        if "back kick" not in clause.words and clause.direction != "backward":
            degree = np.where(back, 0.0, degree)  # a runner's leg swings up behind
        kicks[side] = [
            (float(degree[a:b].max()), a / evidence.fps, b / evidence.fps)
            for a, b in runs(closed(degree > 0.25, 0.25 * evidence.fps))
        ]
    return _limbs_counted(clause, kicks)


def _limbs_counted(clause: Clause, events: dict[str, list[tuple[float, float, float]]]) -> Found:
    """Return how well events of each side, (degree, start, end), meet a clause's side and count."""
    if clause.side in SIDES:
        wanted, other = events[clause.side], events[_OTHER[clause.side]]
    else:
        wanted, other = sorted(events["left"] + events["right"], key=lambda one: one[1]), []
    if not wanted:
        return NOTHING
    degree = max(one[0] for one in wanted)
    strong = [one for one in wanted if one[0] > 0.5 * degree]
    against = max((one[0] for one in other), default=0.0)
    degree *= 1.0 - 0.5 * soft(against, 0.4, 0.9)
    if clause.side == "both" and not (events["left"] and events["right"]):
        degree *= 0.4
    if clause.count:
        off = abs(len(strong) - clause.count)
        degree *= soft(off, max(1.0, 0.5 * clause.count), 0.0) if off else 1.0
    elif clause.least and len(strong) < clause.least:
        degree *= 0.5
    return Found(degree, min(one[1] for one in strong), max(one[2] for one in strong))


def throw(evidence: Evidence, clause: Clause) -> Found:
    """An arm swung fast from behind or above to in front."""

    def thrown(side: str) -> np.ndarray:
        local = evidence.hand_from(side, SHOULDER[side])
        ahead = local[:, 2]
        lag = max(1, int(0.4 * evidence.fps))
        before = np.array([ahead[max(0, t - lag) : t + 1].min() for t in range(evidence.frames)])
        swung = soft_track(ahead - before, 0.3, 0.6)
        return swung * soft_track(highest(evidence.hand_speed(side), 6), 1.8, 3.2)

    return _of_sides(evidence, clause, thrown, 0.12, alone=False)


def swing(evidence: Evidence, clause: Clause) -> Found:
    """Hands swung fast and far."""
    return _of_sides(evidence, clause, lambda side: soft_track(
        highest(evidence.hand_speed(side), 4), 1.5, 3.0), 0.2, alone=False)  # fmt: skip


def push(evidence: Evidence, clause: Clause) -> Found:
    """Hands that go out in front and stay level."""
    return _of_sides(evidence, clause, lambda side: _ahead(evidence, side), 0.3, alone=False)


def _ahead(evidence: Evidence, side: str) -> np.ndarray:
    local = evidence.hand_from(side, SHOULDER[side]) / evidence.body.arm_length
    return soft_track(local[:, 2], 0.3, 0.65) * soft_track(local[:, 1], -0.75, -0.45)


def pull(evidence: Evidence, _clause: Clause) -> Found:
    """Hands that were out in front come to the body."""
    best = NOTHING
    for side in SIDES:
        ahead = running_mean(_ahead(evidence, side), 5)
        gone = np.minimum(np.maximum.accumulate(ahead), 1.0 - ahead)
        at = int(np.argmax(gone))
        if gone[at] > best.degree:
            best = Found(float(gone[at]), max(0.0, at / evidence.fps - 0.5), at / evidence.fps)
    return best


def reach(evidence: Evidence, clause: Clause) -> Found:
    """An arm stretched out, in front or up."""

    def out(side: str) -> np.ndarray:
        local = evidence.hand_from(side, SHOULDER[side]) / evidence.body.arm_length
        stretched = soft_track(evidence.reach(side), 0.6, 0.8)
        if clause.direction == "up":
            return stretched * soft_track(local[:, 1], 0.0, 0.5)
        if clause.direction == "down" or "ground" in clause.words or "floor" in clause.words:
            return soft_track(evidence.hand(side)[:, 1], 0.8, 0.5)
        return stretched * soft_track(local[:, 2], 0.25, 0.55) * soft_track(local[:, 1], -0.8, -0.5)

    return _of_sides(evidence, clause, out, 0.2, alone=False)


def point(evidence: Evidence, clause: Clause) -> Found:
    """One arm straight and held, level or higher."""

    def held(side: str) -> np.ndarray:
        local = evidence.hand_from(side, SHOULDER[side]) / evidence.body.arm_length
        level = soft_track(local[:, 1], -0.6, -0.25)
        if clause.direction == "down" or "ground" in clause.words or "floor" in clause.words:
            level = soft_track(local[:, 2], 0.3, 0.6) * soft_track(local[:, 1], 0.0, -0.3)
        still = soft_track(evidence.hand_speed(side), 1.2, 0.5)
        away = soft_track(np.linalg.norm(local, axis=1), 0.75, 0.95)
        return level * still * away

    return _of_sides(evidence, clause, held, 0.25)


def arms_out(evidence: Evidence, clause: Clause) -> Found:
    """Arms level and away from the body, to the sides where that is said; one where it is named."""

    def out(side: str) -> np.ndarray:
        sign = 1.0 if side == "left" else -1.0
        local = evidence.hand_from(side, SHOULDER[side]) / evidence.body.arm_length
        level = soft_track(np.abs(local[:, 1]), 0.6, 0.35)
        if aside:
            return soft_track(sign * local[:, 0], 0.4, 0.75) * level
        return soft_track(np.linalg.norm(local[:, ::2], axis=1), 0.4, 0.75) * level

    aside = any(word in clause.words for word in ("side", "spread", "wide", "t-pose", "plane"))
    both = clause if clause.side in SIDES else replace(clause, side="both")
    return _of_sides(evidence, both, out, 0.3)


def _near(evidence: Evidence, side: str, point: np.ndarray, none: float, full: float) -> np.ndarray:
    """Return (T,) 1 where a hand is at a point (T, 3)."""
    return soft_track(np.linalg.norm(evidence.hand(side) - point, axis=1), none, full)


def hand_to_head(evidence: Evidence, clause: Clause) -> Found:
    """A hand at the head or the face."""
    head = evidence.joints[:, HEAD] + (evidence.joints[:, HEAD] - evidence.joints[:, 12]) * 0.5
    return _of_sides(
        evidence, clause, lambda side: _near(evidence, side, head, 0.42, 0.24), 0.2, alone=False
    )


def hand_to_chest(evidence: Evidence, clause: Clause) -> Found:
    """A hand on the chest or the belly."""

    def there(side: str) -> np.ndarray:
        front = evidence.hand_from(side, 6)
        aside, high, ahead = np.abs(front[:, 0]), front[:, 1], front[:, 2]
        return (soft_track(aside, 0.28, 0.16) * soft_track(np.abs(high - 0.05), 0.35, 0.22)
                * soft_track(ahead, 0.42, 0.28))  # fmt: skip

    return _of_sides(evidence, clause, there, 0.3, alone=False)


def hands_on_hips(evidence: Evidence, clause: Clause) -> Found:
    """Hands at the hips, elbows out."""

    def there(side: str) -> np.ndarray:
        sign = 1.0 if side == "left" else -1.0
        hip = evidence.joints[:, 1 + SIDES.index(side)]
        hand = soft_track(np.linalg.norm(
            evidence.joints[:, WRIST[side]] - hip, axis=1), 0.4, 0.26)  # fmt: skip
        elbow = sign * evidence.local(ELBOW[side], SHOULDER[side])[:, 0]
        bent = soft_track(evidence.reach(side), 0.97, 0.88)
        return hand * soft_track(elbow, 0.02, 0.1) * bent

    one = clause.side in SIDES or "hand on" in clause.words
    return _of_sides(
        evidence, clause if one else replace(clause, side="both"), there, 0.4, alone=False
    )


def cross_arms(evidence: Evidence, _clause: Clause) -> Found:
    """Each hand over to the other side of the chest."""
    left, right = (evidence.hand_from(side, CHEST) for side in SIDES)
    over = soft_track(right[:, 0] - left[:, 0], -0.15, 0.05)
    high = soft_track(np.minimum(left[:, 1], right[:, 1]), -0.4, -0.2)
    return evidence.best(over * high, 0.4)


def hands_together(evidence: Evidence, _clause: Clause) -> Found:
    """Both hands in one place in front of the body."""
    apart = np.linalg.norm(evidence.hand("left") - evidence.hand("right"), axis=1)
    front = soft_track(evidence.hand_from("left", CHEST)[:, 2], 0.05, 0.15)
    return evidence.best(soft_track(apart, 0.32, 0.18) * front, 0.5)


def guard(evidence: Evidence, clause: Clause) -> Found:
    """Both fists up in front of chest or face, elbows bent."""

    def up(side: str) -> np.ndarray:
        local = evidence.hand_from(side, CHEST)
        return (soft_track(local[:, 1], -0.1, 0.08) * soft_track(local[:, 2], 0.08, 0.2)
                * soft_track(evidence.reach(side), 0.95, 0.8))  # fmt: skip

    named = clause if clause.side in SIDES else replace(clause, side="both")
    return _of_sides(evidence, named, up, 0.3, alone=False)


def carry(evidence: Evidence, clause: Clause) -> Found:
    """A hand or both held still in front of the body, elbows bent."""

    def held(side: str) -> np.ndarray:
        local = evidence.hand_from(side, CHEST)
        return (soft_track(local[:, 2], 0.08, 0.2) * soft_track(local[:, 1], -0.5, -0.3)
                * soft_track(running_mean(evidence.hand_speed(side), 10), 0.9, 0.5))  # fmt: skip

    return _of_sides(evidence, clause, held, 0.8, alone=False)


def hands_front(evidence: Evidence, clause: Clause) -> Found:
    """Hands at work in front of the body."""

    def there(side: str) -> np.ndarray:
        local = evidence.hand_from(side, CHEST)
        return soft_track(local[:, 2], 0.1, 0.25) * soft_track(local[:, 1], -0.55, -0.35)

    return _of_sides(evidence, clause, there, 0.6, alone=False)


def hands_busy(evidence: Evidence, clause: Clause) -> Found:
    """Hands that move in front of the body."""

    def busy(side: str) -> np.ndarray:
        return soft_track(running_mean(evidence.hand_speed(side), 12), 0.3, 0.8)

    return _of_sides(evidence, clause, busy, 0.5, alone=False)


def check_watch(evidence: Evidence, clause: Clause) -> Found:
    """A wrist before the chest, the elbow bent, and held there."""

    def there(side: str) -> np.ndarray:
        wrist = evidence.local(WRIST[side], CHEST)
        before = soft_track(wrist[:, 2], 0.1, 0.2) * soft_track(np.abs(wrist[:, 0]), 0.35, 0.2)
        high = soft_track(wrist[:, 1], -0.4, -0.2) * soft_track(wrist[:, 1], 0.35, 0.2)
        return before * high * soft_track(evidence.hand_speed(side), 1.0, 0.5)

    return _of_sides(evidence, clause, there, 0.3)


def hands_behind_back(evidence: Evidence, clause: Clause) -> Found:
    """Hands behind the hips, near each other's side."""

    def there(side: str) -> np.ndarray:
        wrist = evidence.local(WRIST[side])
        behind = soft_track(wrist[:, 2], -0.02, -0.12) * soft_track(np.abs(wrist[:, 0]), 0.3, 0.2)
        height = soft_track(wrist[:, 1], -0.3, -0.15) * soft_track(wrist[:, 1], 0.4, 0.25)
        return behind * height

    one = clause.side in SIDES
    return _of_sides(evidence, clause if one else replace(clause, side="both"), there, 0.4)


def _lowest_before(values: np.ndarray, frames: int) -> np.ndarray:
    """Return the least of values (T,) in the frame and in so many frames before it."""
    padded = np.pad(values, (frames, 0), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, frames + 1).min(axis=1)


def shrug(evidence: Evidence, _clause: Clause) -> Found:
    """Both shoulders lifted and let go, within a moment; arms that swing lift them by 2 cm."""
    rise = [running_mean(evidence.local(SHOULDER[side], CHEST)[:, 1], 3) for side in SIDES]
    both = np.minimum(*rise)
    moment = round(1.6 * evidence.fps)
    lift = both - np.maximum(_lowest_before(both, moment), _lowest_before(both[::-1], moment)[::-1])
    at = int(np.argmax(lift)) / evidence.fps
    return Found(soft(float(lift.max()), 0.015, 0.04), max(0.0, at - 0.5), at + 0.5)


def stretch(evidence: Evidence, _clause: Clause) -> Found:
    """Arms or trunk far out of where they hang."""
    arms = np.max([evidence.reach(s) * _up(evidence, s) for s in SIDES], axis=0)
    out = np.max([soft_track(np.abs(evidence.hand_from(s, SHOULDER[s])[:, 0]), 0.25, 0.5)
                  for s in SIDES], axis=0)  # fmt: skip
    trunk = soft_track(evidence.body.tilt, 15.0, 35.0)
    return evidence.best(np.maximum(np.maximum(arms, out), trunk), 0.5)


def swing_arms(evidence: Evidence, clause: Clause) -> Found:
    """Arms that move, more than walking moves them."""
    # Walking swings them by itself.
    walking = 0.0 if "swing" in clause.words else soft_track(evidence.speed, 0.3, 0.8) * 0.6

    def moves(side: str) -> np.ndarray:
        return soft_track(running_mean(evidence.hand_speed(side), 15) - walking, 0.2, 0.6)

    return _of_sides(evidence, clause, moves, 0.8, alone=False)


CHECKS = {
    "raise": raise_hand, "lower": lower, "wave": wave, "clap": clap, "punch": punch, "kick": kick,
    "throw": throw, "swing": swing, "push": push, "pull": pull, "reach": reach, "point": point,
    "arms_out": arms_out, "hand_to_head": hand_to_head, "hand_to_chest": hand_to_chest,
    "hands_on_hips": hands_on_hips, "cross_arms": cross_arms, "hands_together": hands_together,
    "guard": guard, "carry": carry, "hands_front": hands_front, "hands_busy": hands_busy,
    "check_watch": check_watch, "hands_behind_back": hands_behind_back, "shrug": shrug,
    "stretch": stretch, "swing_arms": swing_arms,
}  # fmt: skip
