"""Where the face looks, and how the body moves as a whole. numpy only."""

from __future__ import annotations

import numpy as np

from motionllm.judge.clause import Clause
from motionllm.judge.evidence import NECK, Evidence, Found, soft, soft_track
from motionllm.motion.curves import running_mean

# Degrees up or down, or to a side, at most of a head that looks nowhere: recordings' heads are held
# 20 degrees down by some, and turn and tilt by 20 in walks.
RESTS, LEANS = 20.0, 10.0
LASTS = 0.4  # seconds
ABOVE, BELOW = {"sky", "ceiling"}, {"floor", "ground", "feet"}  # what is looked at


def look(evidence: Evidence, clause: Clause) -> Found:
    """The face turns to where it is said, or here and there."""
    yaw, pitch = evidence.head_yaw, evidence.head_pitch
    # A face that flies past is not seen to look.
    yaw = running_mean((yaw + 180.0) % 360.0 - 180.0, LASTS * evidence.fps)
    said = set(clause.words.split())
    if "shoulder" in said or "behind" in said:
        far = yaw if "left" in said else -yaw if "right" in said else np.abs(yaw)
        return evidence.best(soft_track(far, 30.0, 60.0), LASTS)
    if {"left", "right"} <= said or "side to side" in clause.words:
        both = [evidence.best(soft_track(sign * yaw, 18.0, 38.0), 0.5 * LASTS) for sign in (1, -1)]
        start, end = min(one.start for one in both), max(one.end for one in both)
        return Found(min(one.degree for one in both), start, end)
    if clause.direction in ("left", "right"):
        sign = 1.0 if clause.direction == "left" else -1.0
        return evidence.best(soft_track(sign * yaw, 18.0, 38.0), LASTS)
    height = clause.direction or ("up" if said & ABOVE else "down" if said & BELOW else "")
    if height in ("up", "down"):
        sign = 1.0 if height == "up" else -1.0
        # Against how the head is mostly held, unless it is held so for that; and beyond level.
        held = np.clip(np.median(pitch), -RESTS, RESTS)
        beyond = soft_track(sign * pitch, -2.0, 8.0)
        return evidence.best(soft_track(sign * (pitch - held), 6.0, 18.0) * beyond, 0.2)
    swing = float(np.ptp(yaw)) + 0.3 * float(np.ptp(evidence.body.yaw))
    return Found(soft(swing, 30.0, 70.0), 0.0, evidence.seconds)


def _swings(track: np.ndarray, least: float) -> int:
    """Return how often a track (T,) goes to and fro by at least so much."""
    count, low, high, rising = 0, track[0], track[0], True
    for value in track:
        if rising:
            high = max(high, value)
            if high - value > least:
                count, rising, low = count + 1, False, value
        else:
            low = min(low, value)
            if value - low > least:
                count, rising, high = count + 1, True, value
    return count


def nod(evidence: Evidence, _clause: Clause) -> Found:
    """The head goes down and up again."""
    pitch = running_mean(evidence.head_pitch, 3)
    quick = pitch - running_mean(pitch, 1.2 * evidence.fps)
    often, far = soft(_swings(quick, 6.0), 1.0, 5.0), soft(_swings(quick, 10.0), 0.0, 4.0)
    return Found(max(often, far), 0.0, evidence.seconds)


def shake_head(evidence: Evidence, _clause: Clause) -> Found:
    """The head turns to and fro."""
    yaw = np.degrees(np.unwrap(np.radians(running_mean(evidence.head_yaw, 3))))
    quick = yaw - running_mean(yaw, 1.2 * evidence.fps)
    return Found(soft(_swings(quick, 10.0), 1.0, 4.0), 0.0, evidence.seconds)


def tilt_head(evidence: Evidence, clause: Clause) -> Found:
    """The head leans to a side, to the one that is named."""
    roll = evidence.head_roll - np.clip(np.median(evidence.head_roll), -LEANS, LEANS)
    roll = {"left": -roll, "right": roll}.get(clause.direction, np.abs(roll))
    return evidence.best(soft_track(roll, 8.0, 18.0), 0.2)


def moves(evidence: Evidence, _clause: Clause) -> Found:
    """Something of the body moves."""
    speed = np.linalg.norm(np.gradient(evidence.joints[:, [NECK, 20, 21]], axis=0), axis=-1)
    return evidence.best(soft_track(speed.max(axis=1) * evidence.fps, 0.05, 0.2), 1.0)


def _pace(evidence: Evidence) -> float:
    """Return a median speed, m/s, of whatever moves: of the way, or of the limbs."""
    ground = evidence.speed[evidence.speed > 0.25]
    if len(ground) > 0.4 * evidence.frames:
        return float(np.median(ground))
    points = evidence.joints[:, [20, 21, 7, 8, 0]]
    speed = np.linalg.norm(np.gradient(points, axis=0), axis=-1).max(axis=1) * evidence.fps
    return float(np.quantile(speed, 0.8)) * 0.8


def slow(evidence: Evidence, _clause: Clause) -> Found:
    """Slower than people are wont to."""
    return Found(soft(_pace(evidence), 1.3, 0.8), 0.0, evidence.seconds)


def fast(evidence: Evidence, _clause: Clause) -> Found:
    """Faster than people are wont to."""
    points = evidence.joints[:, [20, 21, 7, 8]]
    limbs = np.linalg.norm(np.gradient(points, axis=0), axis=-1).max(axis=1) * evidence.fps
    quickest = float(np.quantile(limbs, 0.93))
    return Found(max(soft(_pace(evidence), 0.9, 1.5), soft(quickest, 1.8, 3.2)), 0.0,
                 evidence.seconds)  # fmt: skip


def low(evidence: Evidence, _clause: Clause) -> Found:
    """Hips lower than in walking, or the trunk bent."""
    bent = np.maximum(
        soft_track(evidence.height, 0.97, 0.9), soft_track(evidence.body.lean, 8.0, 20.0)
    )
    return evidence.share(bent)


def unsteady(evidence: Evidence, _clause: Clause) -> Found:
    """The trunk sways, the way bends."""
    tilt = np.std(evidence.body.tilt) + 0.2 * np.std(evidence.body.yaw)
    return Found(soft(float(tilt), 2.5, 6.0), 0.0, evidence.seconds)


CHECKS = {
    "look": look, "nod": nod, "shake_head": shake_head, "tilt_head": tilt_head, "moves": moves,
    "slow": slow, "fast": fast, "low": low, "unsteady": unsteady,
}  # fmt: skip
