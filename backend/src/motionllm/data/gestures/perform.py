"""A gesture done over a recording. numpy only."""

from __future__ import annotations

import numpy as np

from motionllm.data.gestures import arms, turns
from motionllm.data.gestures.table import Gesture, Hand
from motionllm.data.gestures.timing import Timing
from motionllm.motion import rotation
from motionllm.motion.clip import Clip
from motionllm.motion.curves import ease

OTHER = {"left": "right", "right": "left"}
# Powers of a joint's share in the way, collar to wrist: a hand comes up before the arm is out, and
# goes down before the elbow is straight, so that it keeps near the body.
EARLY = np.array([1.0, 1.15, 0.75, 0.75])


def perform(base: Clip, gesture: Gesture, side: str, timing: Timing) -> Clip:
    """Return the base with a gesture done to, or with the hand of, a side.

    Legs and the way over the ground stay as they were recorded. Outside the gesture's time the
    result is the base.
    """
    rotations = base.rotations.astype(np.float64)
    place = base.translation.astype(np.float64)
    time = np.arange(base.frames) / base.fps
    weight = timing.weight(time)
    # Seen from the gesture's side; turns are to the left.
    sign = np.array([1.0, 1.0, -1.0]) if side == "left" else np.array([-1.0, 1.0, 1.0])
    turns.bend_trunk(rotations, weight[:, None] * sign * gesture.trunk)
    turns.turn_head(rotations, sign * _head(gesture, timing, time))
    if gesture.shrug:
        for which in OTHER:
            collar = arms.joints_of(which)[0]
            up = gesture.shrug * weight
            rotations[:, collar] = arms.lift_collar(rotations[:, collar], which, up)
    done = rotations.copy()
    for hand, which, late in (
        (gesture.hand, side, 0.0),
        (gesture.other, OTHER[side], timing.lag),
    ):
        if hand is not None:
            _move_arm(done, rotations, place, hand, which, timing, timing.weight(time, late), time)
    return base.moved(done, place)


def shift_of(hand: Hand, timing: Timing, time: np.ndarray) -> np.ndarray:
    """Return (T, 3) metres by which a hand swings or beats, as it sees them."""
    swing = timing.swings(time)[:, None] * np.array(hand.swing)
    return swing + timing.strokes(time)[:, None] * np.array(hand.beat)


def _move_arm(
    done: np.ndarray,
    rotations: np.ndarray,
    place: np.ndarray,
    hand: Hand,
    side: str,
    timing: Timing,
    weight: np.ndarray,
    time: np.ndarray,
) -> None:
    """Put an arm to where its hand goes, as far as the gesture is on, in place."""
    joints = arms.joints_of(side)
    there = arms.posed(rotations, place, hand, side, shift_of(hand, timing, time))
    done[:, joints] = rotation.slerp(rotations[:, joints], there, weight[:, None] ** EARLY)


def _head(gesture: Gesture, timing: Timing, time: np.ndarray) -> np.ndarray:
    """Return (T, 3) degrees of the head: yaw to the gesture's side, pitch down, roll to it."""
    angles = np.zeros((len(time), 3))
    now = np.zeros(3)
    for pose, (begin, there) in zip(gesture.head, timing.gaze, strict=True):
        step = np.array(pose) - now
        angles += ease((time - begin) / (there - begin))[:, None] * step
        now = np.array(pose)
    if not timing.stays:
        angles *= 1.0 - ease((time - timing.leave) / (timing.end - timing.leave))[:, None]
    angles += timing.swings(time)[:, None] * np.array(gesture.head_swing)
    return angles + timing.strokes(time)[:, None] * np.array(gesture.head_beat)
