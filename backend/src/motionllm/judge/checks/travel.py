"""Where the feet go: walking, running, turning, jumping, stopping. numpy only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motionllm.facts.events import Event
from motionllm.judge.clause import Clause
from motionllm.judge.evidence import NOTHING, SIDES, Evidence, Found, ordered, soft, soft_track
from motionllm.motion.curves import closed, running_mean, runs

_DIRECTIONS = {
    "forward": ("forward", "forward_left", "forward_right"),
    "backward": ("backward", "backward_left", "backward_right"),
    "left": ("left", "forward_left", "backward_left"),
    "right": ("right", "forward_right", "backward_right"),
}
_STRAIGHT = {"forward": 0.0, "left": 90.0, "backward": 180.0, "right": -90.0}


def _counted(found: int, clause: Clause) -> float:
    """Return how well a number agrees with what is asked; 1 where nothing is."""
    if clause.count:
        return soft(abs(found - clause.count), max(1.0, 0.5 * clause.count), 0.0)
    return 1.0 if found >= clause.least else 0.4


def walk(evidence: Evidence, clause: Clause) -> Found:
    """Travel on foot at a walk, as far and where to as the clause says."""
    moving = soft_track(evidence.speed, 0.15, 0.35)
    for event in evidence.facts.of("move"):
        if event.gait == "run":  # who runs does not walk
            moving[int(event.start * evidence.fps) : int(event.end * evidence.fps)] *= 0.35
    return _travel(evidence, clause, moving)


def run(evidence: Evidence, clause: Clause) -> Found:
    """Travel at a run: fast, or with both feet off the ground between steps."""
    easy = any(word in clause.words for word in ("jog", "trot", "easy", "back", "reverse", "side"))
    none, full = (0.6, 1.2) if easy else (0.9, 1.7)
    return _travel(evidence, clause, soft_track(evidence.speed, none, full))


def _travel(evidence: Evidence, clause: Clause, moving: np.ndarray) -> Found:
    upright = ~evidence.body.tipped & (evidence.height > 0.55)
    track = moving * upright
    if clause.direction in _STRAIGHT and not _by_turning(evidence, clause):
        track = track * _towards(evidence, clause.direction)
    found = evidence.best(track, 0.8 if clause.count else 1.0)
    if not found.degree:
        return NOTHING
    way = float((evidence.speed * track).sum() / evidence.fps)
    factor = soft(way, 0.1, 0.5)
    if clause.count and "step" in clause.words:
        factor *= 0.3 + 0.7 * soft(abs(evidence.facts.steps - clause.count), 2.5, 0.5)
    if clause.metres:
        factor *= 0.3 + 0.7 * soft(abs(way - clause.metres) / clause.metres, 0.8, 0.25)
    return found.scaled(factor)


def _towards(evidence: Evidence, direction: str) -> np.ndarray:
    """Return (T,) how well the way at each frame leads to a side of the body."""
    velocity = evidence.body.local_velocity
    angle = np.degrees(np.arctan2(velocity[:, 0], velocity[:, 1]))
    off = np.abs((angle - _STRAIGHT[direction] + 180.0) % 360.0 - 180.0)
    return soft_track(off, 75.0, 45.0)


def _by_turning(evidence: Evidence, clause: Clause) -> bool:
    """Tell whether somebody goes to a side as people do: by turning there, and walking ahead."""
    if clause.direction not in ("left", "right"):
        return False
    sign = 1.0 if clause.direction == "left" else -1.0
    way = sign * (evidence.joints[-1, 0, 0] - evidence.joints[0, 0, 0])
    return sign * evidence.facts.yaw > 30.0 and way > 0.2


def sidestep(evidence: Evidence, clause: Clause) -> Found:
    """Steps to a side without turning there."""
    sides = SIDES if clause.direction not in SIDES else (clause.direction,)
    moving = soft_track(evidence.speed, 0.1, 0.3)
    tracks = [moving * _towards(evidence, side) for side in sides]
    return evidence.best(np.max(tracks, axis=0), 0.6)


def in_place(evidence: Evidence) -> np.ndarray:
    """Return (T,) 1 where nobody gets anywhere within a second or so."""
    ground = evidence.body.ground
    slow = running_mean(
        np.linalg.norm(np.gradient(running_mean(ground, evidence.fps), axis=0), axis=1)
        * evidence.fps,
        0.5 * evidence.fps,
    )
    return soft_track(slow, 0.55, 0.25)


def _lifts(evidence: Evidence, least: float) -> np.ndarray:
    """Return (T,) 1 where the feet are lifted in turns."""
    up = []
    for side, index in zip(SIDES, range(2), strict=True):
        foot = evidence.body.foot_height[:, index]
        up.append(closed((foot > least) & (evidence.knee_bend(side) > 30.0), 2))
    starts = sorted((a, side) for side, mask in zip(SIDES, up, strict=True) for a, _ in runs(mask))
    track = np.zeros(evidence.frames)
    for (a, one), (b, other) in zip(starts, starts[1:], strict=False):
        if one != other and b - a < 1.2 * evidence.fps:
            track[a:b] = 1.0
    return track


def march(evidence: Evidence, clause: Clause) -> Found:
    """Knees lifted in turns; on the spot where the words say so."""
    lifted = _lifts(evidence, 0.07)
    raised = np.max([evidence.thigh_lift(side) for side in SIDES], axis=0)
    high = soft_track(running_mean(raised, evidence.fps), 15.0, 30.0)
    here = "place" in clause.words or "spot" in clause.words
    return evidence.best(lifted * high * (in_place(evidence) if here else 1.0), 1.5)


def run_in_place(evidence: Evidence, _clause: Clause) -> Found:
    """Quick steps that lead nowhere."""
    lifted = _lifts(evidence, 0.06)
    busy = np.max([evidence.foot_speed(side) for side in SIDES], axis=0)
    quick = soft_track(running_mean(busy, evidence.fps), 0.7, 1.3)
    return evidence.best(lifted * quick * in_place(evidence), 1.2)


def turn(evidence: Evidence, clause: Clause) -> Found:
    """The heading changes, by as much and to the side that is said."""
    sides = (clause.direction,) if clause.direction in SIDES else SIDES
    times = []
    for side in sides:
        for degrees, start, end in _turns(evidence, 1.0 if side == "left" else -1.0):
            degree = _angle_met(degrees, 25.0 if "slight" in clause.words else clause.degrees)
            times.append(Found(degree, start, end))
    return ordered(times)


def _turns(evidence: Evidence, sign: float) -> list[tuple[float, float, float]]:
    """Return (degrees, start, end) of every stretch in which the heading goes to one side.

    A swing back of less than a third of it does not end it. Its start and end are where a tenth and
    nine tenths of it are done.
    """
    gone = sign * evidence.body.yaw
    found, bottom, top = [], 0, 0
    for frame in range(1, len(gone) + 1):
        fell = frame == len(gone) or gone[top] - gone[frame] > max(
            20.0, (gone[top] - gone[bottom]) / 3.0
        )
        if frame < len(gone) and gone[frame] > gone[top]:
            top = frame
        if fell or (frame < len(gone) and top == bottom and gone[frame] <= gone[bottom]):
            if gone[top] - gone[bottom] > 15.0:
                done = (gone[bottom : top + 1] - gone[bottom]) / (gone[top] - gone[bottom])
                start = bottom + int(np.argmax(done > 0.1))
                end = bottom + int(np.argmax(done > 0.9)) + 1
                found.append((float(gone[top] - gone[bottom]), start / evidence.fps,
                              end / evidence.fps))  # fmt: skip
            if frame < len(gone):
                bottom = top = frame
    return found


def _angle_met(most: float, asked: float) -> float:
    if not asked:
        return soft(most, 20.0, 55.0)
    low = soft(most, 0.4 * asked, 0.75 * asked)
    return low * soft(most, 1.7 * asked + 25.0, 1.25 * asked + 15.0)


def spin(evidence: Evidence, clause: Clause) -> Found:
    """A whole turn or more, quickly."""
    found = turn(evidence, replace(clause, degrees=0.0))
    swing = float(np.ptp(evidence.body.yaw))
    return Found(found.degree * soft(swing, 150.0, 300.0), found.start, found.end)


def circle(evidence: Evidence, clause: Clause) -> Found:
    """A way that bends round and comes back, at least most of a round."""
    sides = (clause.direction,) if clause.direction in SIDES else SIDES
    half = "half" in clause.words or "semi" in clause.words
    times = []
    for side in sides:
        for degrees, start, end in _turns(evidence, 1.0 if side == "left" else -1.0):
            a, b = int(start * evidence.fps), int(end * evidence.fps)
            way = float(evidence.speed[a:b].sum() / evidence.fps)
            wide = soft(way / np.radians(degrees), 0.1, 0.28) * soft(way, 0.5, 1.4)
            round_ = soft(degrees, 60.0, 130.0) if half else soft(degrees, 140.0, 250.0)
            times.append(Found(round_ * wide, start, end))
    return ordered(times)


def stop(evidence: Evidence, _clause: Clause) -> Found:
    """Somebody who moved stands still."""
    speed = evidence.speed
    fastest = np.maximum.accumulate(speed)
    still = soft_track(speed / np.maximum(fastest, 0.3), 0.55, 0.25) * (fastest > 0.35)
    points = evidence.joints[:, [0, 20, 21, 7, 8]]
    limbs = np.linalg.norm(np.gradient(points, axis=0), axis=-1).max(axis=1) * evidence.fps
    limbs = running_mean(limbs, 0.2 * evidence.fps)
    calm = soft_track(limbs, 0.4, 0.2) * (np.maximum.accumulate(limbs) > 0.6)
    return evidence.best(np.maximum(still, calm), 0.2)


def stand(evidence: Evidence, _clause: Clause) -> Found:
    """On the feet, not going anywhere."""
    upright = soft_track(evidence.height, 0.7, 0.83) * ~evidence.body.tipped
    still = soft_track(evidence.speed, 0.6, 0.3)
    return evidence.best(upright * still, min(0.6, 0.5 * evidence.seconds))


def jump(evidence: Evidence, clause: Clause) -> Found:
    """Both feet leave the ground and the body rises and falls; as often as is said."""
    jumps = evidence.facts.of("jump")
    jumps += [hop for hop in _hops(evidence) if all(hop.end <= j.start or hop.start >= j.end
                                                    for j in jumps)]  # fmt: skip
    if not jumps:
        return NOTHING
    least = 2 if clause.least or "rope" in clause.words or "bounc" in clause.words else 0
    degree = _counted(len(jumps), clause) if clause.count or least else 1.0
    if least and len(jumps) < least:
        degree = 0.4
    start, end = min(j.start for j in jumps), max(j.end for j in jumps)
    if clause.direction in _STRAIGHT:
        a, b = int(start * evidence.fps), min(int(end * evidence.fps) + 8, evidence.frames - 1)
        a = max(0, a - 8)
        track = _towards(evidence, clause.direction)[a:b]
        weight = evidence.speed[a:b]
        way = float(weight.sum() / evidence.fps)
        led = float((track * weight).sum() / max(weight.sum(), 1e-6))
        degree *= 0.3 + 0.7 * soft(way, 0.1, 0.3) * soft(led, 0.1, 0.5)
    times = [Found(degree, one.start, one.end) for one in jumps]
    return Found(degree, start, end, tuple(times) if len(times) > 1 else ())


def _hops(evidence: Evidence) -> list[Event]:
    """Small jumps: both feet off the ground together, the pelvis thrown up a little."""
    feet = evidence.body.foot_height.min(axis=1)
    found = []
    for a, b in runs(closed((feet > 0.035) & ~evidence.body.tipped, 2)):
        if not 3 <= b - a <= 1.2 * evidence.fps or evidence.speed[a:b].mean() > 2.2:
            continue
        around = slice(max(0, a - 8), min(evidence.frames, b + 8))
        rise = float(evidence.body.pelvis_height[a:b].max()
                     - evidence.body.pelvis_height[around].min())  # fmt: skip
        if rise > 0.05:
            found.append(Event("jump", a / evidence.fps, b / evidence.fps, "", rise))
    return found


def hop_one(evidence: Evidence, clause: Clause) -> Found:
    """Hops during which one foot stays up."""
    best = NOTHING
    for index in range(2):
        standing = 1 - index
        if clause.side in SIDES and SIDES[standing] != clause.side:
            continue
        up = evidence.body.foot_height[:, index] > 0.1
        other = evidence.body.foot_height[:, standing]
        flights = [run for run in runs(closed(up & (other > 0.03), 2)) if run[1] - run[0] >= 2]
        if flights:
            found = evidence.best(closed(up, 6).astype(float), 0.8)
            degree = found.degree * soft(len(flights), 0.0, 2.0)
            if degree > best.degree:
                best = Found(degree, flights[0][0] / evidence.fps, flights[-1][1] / evidence.fps)
    return best


def jacks(evidence: Evidence, clause: Clause) -> Found:
    """Arms and legs go out and up together, and back."""
    apart = np.linalg.norm(evidence.joints[:, 7] - evidence.joints[:, 8], axis=1)
    high = np.mean([evidence.hand_from(s, 16 + i)[:, 1] for i, s in enumerate(SIDES)], axis=0)
    wide = soft_track(apart, 0.4, 0.7)
    up = soft_track(high, -0.1, 0.15)
    count = len(runs(closed(wide * up > 0.3, 3)))
    closed_too = soft(float(np.quantile(apart, 0.15)), 0.55, 0.35)
    degree = soft(count, 0.0, 2.0) * closed_too * (_counted(count, clause) if clause.count else 1)
    return Found(degree, 0.0, evidence.seconds)


def skip(evidence: Evidence, _clause: Clause) -> Found:
    """Travel with hops between the steps."""
    found = evidence.best(soft_track(evidence.speed, 0.4, 0.9), 1.0)
    return Found(found.degree * soft(len(_hops(evidence)) + evidence.facts.jumps
                                     + 6 * evidence.facts.flight, 0.2, 1.5), found.start,
                 found.end)  # fmt: skip


def crawl(evidence: Evidence, _clause: Clause) -> Found:
    """Low and level, moving on hands and knees."""
    low = soft_track(evidence.height, 0.75, 0.6)
    tipped = soft_track(evidence.body.tilt, 35.0, 55.0)
    hands = np.min([evidence.joints[:, w, 1] for w in (20, 21)], axis=0)
    return evidence.best(low * tipped * soft_track(hands, 0.4, 0.2), 1.0)


def climb(evidence: Evidence, _clause: Clause) -> Found:
    """The feet stand higher, or lower, at the end than at the beginning."""
    feet = running_mean(evidence.body.foot_height.min(axis=1), 0.5 * evidence.fps)
    gain = float(feet.max() - feet.min())
    return Found(max(soft(gain, 0.1, 0.3), soft(float(np.ptp(evidence.height)), 0.12, 0.3)
                     * 0.5), 0.0, evidence.seconds)  # fmt: skip


def dance(evidence: Evidence, _clause: Clause) -> Found:
    """Legs, hips and arms all busy."""
    points = [0, 7, 8, 20, 21]
    speed = np.linalg.norm(np.gradient(evidence.joints[:, points], axis=0), axis=-1) * evidence.fps
    hands = running_mean(speed[:, 3:].mean(axis=1), evidence.fps)
    feet = running_mean(speed[:, 1:3].mean(axis=1), evidence.fps)
    busy = soft_track(hands, 0.3, 0.8) * soft_track(feet, 0.1, 0.4)
    # A way that leads straight on at one pace is a walk or a run.
    net = float(np.linalg.norm(evidence.body.ground[-1] - evidence.body.ground[0]))
    straight = soft(net / max(evidence.seconds, 1e-6), 0.5, 0.9)
    return evidence.best(busy * (1.0 - 0.7 * straight), 2.0)


CHECKS = {
    "walk": walk, "run": run, "sidestep": sidestep, "march": march, "run_in_place": run_in_place,
    "turn": turn, "spin": spin, "circle": circle, "stop": stop, "stand": stand, "jump": jump,
    "hop_one": hop_one, "jacks": jacks, "skip": skip, "crawl": crawl, "climb": climb,
    "dance": dance,
}  # fmt: skip
