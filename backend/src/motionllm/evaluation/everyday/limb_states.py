"""States of one arm or one leg: masks (T,) over the frames of a posture. numpy only.

They take the number of the side, 0 for left; distances are metres of a grown person.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from motionllm.evaluation.everyday.cycles import cycle_marks, main_axis, swinging
from motionllm.evaluation.everyday.posture import OUTWARD, SIDES, J, Posture
from motionllm.motion.curves import closed, highest, running_mean, runs


def joint(p: Posture, side: int, name: str) -> np.ndarray:
    """Return a joint (T, 3) of a side, as `Posture.local`."""
    return p.local[:, J[f"{SIDES[side]}_{name}"]]


def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the distance (T,) of two points."""
    return np.linalg.norm(a - b, axis=1)


def hand_raised(p: Posture, side: int) -> np.ndarray:
    """At the shoulder or higher, or held up in front of it."""
    wrist, shoulder = p.wrist(side)[:, 1], joint(p, side, "shoulder")[:, 1]
    held = (wrist > shoulder - 0.14) & (wrist > joint(p, side, "elbow")[:, 1] + 0.09)
    return closed(((wrist > shoulder - 0.03) | held) & (p.tilt < 60), 0.15 * p.fps)


def hand_overhead(p: Posture, side: int) -> np.ndarray:
    """Higher than the middle of the head."""
    return (p.wrist(side)[:, 1] > p.head[:, 1] + 0.02) & (p.tilt < 70)


def hand_waving(p: Posture, side: int) -> np.ndarray:
    """Held up and swung to and fro."""
    wrist, elbow = p.wrist(side), joint(p, side, "elbow")
    shoulder = joint(p, side, "shoulder")
    high = (wrist[:, 1] > elbow[:, 1] + 0.02) & (wrist[:, 1] > shoulder[:, 1] - 0.2)
    high &= apart(p.palms[:, 0], p.palms[:, 1]) > 0.25  # hands that clap wave at nobody
    mask = np.zeros(len(high), bool)
    for a, b in runs(closed(high & (p.tilt < 60), 0.2 * p.fps)):
        if b - a >= 0.5 * p.fps:
            swing = wrist[a:b] - shoulder[a:b]
            # Along its main axis alone, the raising of the hand may hide what it does then.
            for track in (main_axis(swing, p.fps), *swing.T):
                mask[a:b] |= swinging(track, p.fps, 0.015, 1.5, 0.7)
    return mask


def hand_front(p: Posture, side: int) -> np.ndarray:
    """The arm is stretched out forward."""
    reach = p.reach(side)
    return closed((reach[:, 2] > 0.55) & (reach[:, 1] > -0.65), 0.1 * p.fps)


def hand_forward(p: Posture, side: int) -> np.ndarray:
    """The hand is well before the shoulder."""
    reach = p.reach(side)
    return (reach[:, 2] > 0.45) & (reach[:, 1] > -0.75)


def hand_near(p: Posture, side: int) -> np.ndarray:
    """The arm is bent, the hand before the trunk."""
    reach = p.reach(side)
    return (np.linalg.norm(reach, axis=1) < 0.78) & (reach[:, 1] > -0.75)


def hand_out_side(p: Posture, side: int) -> np.ndarray:
    """The arm is stretched out to its side, about level."""
    reach = p.reach(side)
    return closed((reach[:, 0] > 0.68) & (np.abs(reach[:, 1]) < 0.42), 0.1 * p.fps)


def hand_wide(p: Posture, side: int) -> np.ndarray:
    """The hand is far out to its side, not hanging."""
    reach = p.reach(side)
    return (reach[:, 0] > 0.5) & (reach[:, 1] > -0.75)


def hand_at_head(p: Posture, side: int) -> np.ndarray:
    """The hand is at the head."""
    return closed(apart(p.palms[:, side], p.head) < 0.25, 0.15 * p.fps)


def hand_at_face(p: Posture, side: int) -> np.ndarray:
    """The hand, or what it holds, is before the mouth."""
    mouth = p.head + np.array([0.0, -0.05, 0.1])
    return closed(apart(p.palms[:, side], mouth) < 0.23, 0.15 * p.fps)


def hand_at_hip(p: Posture, side: int) -> np.ndarray:
    """The hand is on its hip, the elbow out."""
    hip = p.local[:, 0] + np.array([OUTWARD[side] * 0.17, 0.07, 0.03])
    out = OUTWARD[side] * (joint(p, side, "elbow") - joint(p, side, "shoulder"))[:, 0]
    near = (apart(p.wrist(side), hip) < 0.24) & (p.elbow(side) < 140) & (out > 0.08)
    return closed(near, 0.15 * p.fps)


def hand_at_chest(p: Posture, side: int) -> np.ndarray:
    """The hand is on the chest."""
    chest = p.local[:, J["spine3"]] + np.array([0.0, 0.06, 0.13])
    return closed(apart(p.palms[:, side], chest) < 0.21, 0.15 * p.fps)


def hand_at_chest_or_up(p: Posture, side: int) -> np.ndarray:
    """The hand is before the trunk, over the belt."""
    ahead = (p.wrist(side) - p.local[:, 0])[:, 2]
    return (p.wrist(side)[:, 1] > p.local[:, 0, 1] + 0.12) & (ahead > 0.12)


def hand_low(p: Posture, side: int) -> np.ndarray:
    """The hand is lower than a standing person's knee."""
    return p.wrist(side)[:, 1] < 0.5 * p.scale


def hand_at_knee(p: Posture, side: int) -> np.ndarray:
    """The hand is on its knee or thigh, the trunk bent over it."""
    return closed(
        (apart(p.palms[:, side], joint(p, side, "knee")) < 0.26 * p.scale) & (p.lean > 15),
        0.2 * p.fps,
    )


def hand_forearm_level(p: Posture, side: int) -> np.ndarray:
    """The forearm is held level before the trunk, or the whole arm is."""
    fore = p.wrist(side) - joint(p, side, "elbow")
    level = np.abs(fore[:, 1]) < 0.75 * np.linalg.norm(fore, axis=1)
    return closed(level & (p.reach(side)[:, 2] > 0.25), 0.2 * p.fps)


def hand_front_busy(p: Posture, side: int) -> np.ndarray:
    """The hand works before the trunk."""
    reach = p.reach(side)
    pace = running_mean(p.swiftness(f"{SIDES[side]}_wrist"), 0.3 * p.fps)
    high = p.wrist(side)[:, 1] > p.local[:, 0, 1] + 0.08
    return closed((reach[:, 2] > 0.25) & high & (pace > 0.25), 0.4 * p.fps)


def hand_fast(p: Posture, side: int) -> np.ndarray:
    """The hand is swung."""
    return p.swiftness(f"{SIDES[side]}_wrist") > 2.0


def hand_strike(p: Posture, side: int) -> np.ndarray:
    """The arm shoots out from bent to long, forward or up: one stretch a blow."""
    mask = np.zeros(len(p.height), bool)
    reach = p.reach(side)
    long = np.linalg.norm(reach, axis=1)
    pace = p.swiftness(f"{SIDES[side]}_wrist")
    window, last = int(0.3 * p.fps), -(10**6)
    for top in range(2, len(long)):
        a = max(0, top - window)
        if long[top] < highest(long[a : top + window], 2).max() - 0.01 or top - last < window:
            continue
        begin = a + int(np.argmin(long[a : top + 1]))
        gain = long[top] - long[begin]
        ahead = reach[top, 2] > 0.4 and reach[top, 1] > -0.55
        if gain > 0.22 and long[top] > 0.68 and ahead and pace[begin : top + 1].max() > 1.9:
            mask[max(begin, last + 2) : top + 1] = True
            last = top
    return mask


def hand_tap(p: Posture, side: int) -> np.ndarray:
    """One true frame for each to and fro of a hand that is held before the trunk."""
    up = (p.wrist(side)[:, 1] > p.local[:, 0, 1] + 0.12) & (p.reach(side)[:, 2] > 0.3)
    track = main_axis(p.wrist(side) - joint(p, side, "shoulder"), p.fps)
    return cycle_marks(track, p.fps, 0.018, 0.6) & up


def hand_bounce(p: Posture, side: int) -> np.ndarray:
    """One true frame for each time that a hand before the trunk goes down and up."""
    track = p.wrist(side) - joint(p, side, "shoulder")
    drift = track - running_mean(track, 1.2 * p.fps)
    marks = cycle_marks(track[:, 1], p.fps, 0.025, 0.7)
    width = 0.8 * p.fps
    upward = running_mean(np.abs(drift[:, 1]), width)
    others = running_mean(np.abs(drift[:, ::2]), width).max(axis=1)
    return marks & (upward > 0.6 * others) & (track[:, 2] > 0.1) & (track[:, 1] < -0.05)


def arm_round(p: Posture, side: int) -> np.ndarray:
    """One true frame for each full circle of a nearly straight arm about its shoulder."""
    reach = p.reach(side)
    mask = np.zeros(len(reach), bool)
    for plane in ((1, 2), (0, 1)):
        across = reach[:, plane]
        angle = np.degrees(np.unwrap(np.arctan2(across[:, 1], across[:, 0])))
        wide = np.linalg.norm(across, axis=1) > 0.4
        for a, b in runs(closed(wide, 0.2 * p.fps)):
            done = np.floor(np.abs(angle[a:b] - angle[a]) / 300)
            mask[a:b] |= np.diff(np.maximum.accumulate(done), prepend=0) > 0
    return mask


def foot_kick(p: Posture, side: int) -> np.ndarray:
    """The leg is swung up, or fast along the ground, and stretched: one stretch a kick."""
    name, other = SIDES[side], SIDES[1 - side]
    ankle = joint(p, side, "ankle")
    leg = apart(ankle, joint(p, side, "hip")) / (0.80 * p.scale)
    over = ankle[:, 1] - p.local[:, J[f"{other}_ankle"], 1]
    pace = p.swiftness(f"{name}_ankle", "pelvis")
    away = np.linalg.norm((ankle - p.local[:, 0])[:, ::2], axis=1)
    high = (over > 0.26) & (leg > 0.8) & (away > 0.38)
    hard = (pace > 3.8) & (away > 0.3) & (over > 0.06)
    stands = (p.foot[:, 1 - side] < 0.3) & (p.local[:, 0, 1] > 0.6)
    mask = closed((high | hard) & stands, 0.25 * p.fps)
    for a, b in runs(mask):
        quick = pace[max(0, a - int(0.3 * p.fps)) : b].max() > 2.3
        ahead = (ankle - p.local[:, 0])[a:b, 2].max() > 0.25
        mask[a:b] = quick and (p.speed[a:b].mean() < 1.3 or (ahead and over[a:b].max() > 0.45))
    return mask


def foot_up(p: Posture, side: int) -> np.ndarray:
    """The foot is held up while the other stands."""
    over = p.foot[:, side] - p.foot[:, 1 - side]
    return closed((over > 0.1) & (p.foot[:, 1 - side] < 0.08) & (p.height > 0.7), 0.1 * p.fps)


def lunge(p: Posture, side: int) -> np.ndarray:
    """The foot stands far ahead of the other one, its knee bent, the body low."""
    stride = joint(p, side, "ankle")[:, 2] - joint(p, 1 - side, "ankle")[:, 2]
    return (stride > 0.5 * p.scale) & (p.height < 0.9) & (p.tilt < 60)


OF_A_SIDE: dict[str, Callable[[Posture, int], np.ndarray]] = {
    function.__name__: function
    for function in (
        hand_raised, hand_overhead, hand_waving, hand_front, hand_forward, hand_near,
        hand_out_side, hand_wide, hand_at_head, hand_at_face, hand_at_hip, hand_at_chest,
        hand_at_chest_or_up, hand_low, hand_at_knee, hand_forearm_level, hand_front_busy,
        hand_fast, hand_strike, hand_tap, hand_bounce, arm_round, foot_kick, foot_up, lunge,
    )
}  # fmt: skip
