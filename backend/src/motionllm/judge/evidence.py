"""A motion as the checks see it: its facts, and where its hands, head and feet are, frame by frame.

numpy only. Frames: Y up, metres, the clip starts facing +Z; "local" is seen from the body's heading
at each frame: left, up, forward. Arms are measured in arm lengths.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from motionllm.facts import events
from motionllm.facts.events import PELVIS, SIDES
from motionllm.facts.facts import Facts, measure
from motionllm.facts.signals import Body, to_local
from motionllm.motion import rotation
from motionllm.motion.clip import Clip
from motionllm.motion.curves import running_mean, runs

WRIST, ELBOW, SHOULDER, ANKLE, KNEE, HIP = (
    dict(zip(SIDES, pair, strict=True))
    for pair in (
        events.WRISTS, events.ELBOWS, events.SHOULDERS, events.ANKLES, events.KNEES, events.HIPS
    )
)  # fmt: skip
CHEST, NECK = 9, 12
_TO_HEAD = (0, 3, 6, 9, 12, 15)  # joints from the pelvis to the head
HAND = 0.09  # metres from the wrist to the middle of the hand, along the forearm


@dataclass(frozen=True)
class Found:
    """What a check found.

    Attributes:
        degree: from 0 to 1.
        start, end: seconds between which it happens; of no meaning where the degree is 0.
        again: other times at which it happens, none of them better.
    """

    degree: float
    start: float = 0.0
    end: float = 0.0
    again: tuple[Found, ...] = ()

    def scaled(self, factor: float) -> Found:
        """Return the same with every degree so many times as high."""
        others = tuple(one.scaled(factor) for one in self.again)
        return Found(self.degree * factor, self.start, self.end, others)


NOTHING = Found(0.0)


def ordered(times: Iterable[Found]) -> Found:
    """Return the best of some times with the others behind it; NOTHING where there is none."""
    sorted_ = sorted(times, key=lambda one: -one.degree)
    if not sorted_ or sorted_[0].degree <= 0.0:
        return NOTHING
    best = sorted_[0]
    return Found(best.degree, best.start, best.end, tuple(sorted_[1:]))


def soft(value: float, none: float, full: float) -> float:
    """Return 0 at `none`, 1 at `full` (which may be the smaller), and what lies between."""
    return float(np.clip((value - none) / (full - none), 0.0, 1.0))


def soft_track(values: np.ndarray, none: float, full: float) -> np.ndarray:
    """Return `soft` of every value of (T,)."""
    return np.clip((values - none) / (full - none), 0.0, 1.0)


class Evidence:
    """One motion, measured when it is asked.

    Attributes:
        clip: at 30 frames a second.
        body, facts: see motionllm.facts.
        fps, frames, seconds: of the clip.
    """

    def __init__(self, clip: Clip) -> None:
        self.clip = clip = clip.at_rate(30.0)
        self.fps, self.frames, self.seconds = clip.fps, clip.frames, clip.seconds
        self.joints = clip.joints.astype(np.float64)
        self.body = Body(self.joints, clip.fps)

    @cached_property
    def facts(self) -> Facts:
        """What the captions' facts say."""
        return measure(self.joints, self.fps, self.clip.contacts)

    @cached_property
    def height(self) -> np.ndarray:
        """Pelvis height (T,) over the standing one."""
        return self.body.pelvis_height / self.body.standing

    @cached_property
    def speed(self) -> np.ndarray:
        """Speed over the ground (T,), m/s."""
        return self.body.speed

    def local(self, joint: int, origin: int = PELVIS) -> np.ndarray:
        """Return a joint (T, 3) seen from another in the body's heading: left, up, forward."""
        return to_local(self.joints[:, joint] - self.joints[:, origin], self.body.yaw)

    def hand(self, side: str) -> np.ndarray:
        """Return the middle of a hand (T, 3), the forearm prolonged."""
        elbow, wrist = self.joints[:, ELBOW[side]], self.joints[:, WRIST[side]]
        forearm = wrist - elbow
        length = np.maximum(np.linalg.norm(forearm, axis=1, keepdims=True), 1e-6)
        return wrist + forearm / length * HAND

    def hand_from(self, side: str, joint: int) -> np.ndarray:
        """Return a hand (T, 3) seen from a joint in the body's heading: left, up, forward."""
        return to_local(self.hand(side) - self.joints[:, joint], self.body.yaw)

    def hand_speed(self, side: str) -> np.ndarray:
        """Return the speed (T,) of a wrist as seen from the chest, m/s."""
        return self.body.relative_speed(WRIST[side])

    def foot_speed(self, side: str) -> np.ndarray:
        """Return the speed (T,) of an ankle over the ground, m/s."""
        track = self.joints[:, ANKLE[side]]
        return np.linalg.norm(np.gradient(track, axis=0), axis=1) * self.fps

    def reach(self, side: str) -> np.ndarray:
        """Return how far an arm is stretched (T,): 1 is straight."""
        arm = self.joints[:, WRIST[side]] - self.joints[:, SHOULDER[side]]
        return np.linalg.norm(arm, axis=1) / self.body.arm_length

    def knee_bend(self, side: str) -> np.ndarray:
        """Return how far a knee is bent (T,) degrees; 0 is straight."""
        hip, knee, ankle = (self.joints[:, table[side]] for table in (HIP, KNEE, ANKLE))
        return _angle(knee - hip, ankle - knee)

    def thigh_lift(self, side: str) -> np.ndarray:
        """Return the angle (T,) of a thigh from straight down, degrees; 90 is level."""
        thigh = self.joints[:, KNEE[side]] - self.joints[:, HIP[side]]
        return _angle(thigh, np.array([0.0, -1.0, 0.0]))

    @cached_property
    def _head(self) -> np.ndarray:
        """Directions (T, 3) of the face, seen from the body's heading: left, up, forward."""
        return self._of_head((0.0, 0.0, 1.0))

    def _of_head(self, axis: tuple[float, float, float]) -> np.ndarray:
        """Return where (T, 3) an axis of the head points: left, up, forward of the heading."""
        world = self.clip.rotations[:, 0].astype(np.float64)
        for joint in _TO_HEAD[1:]:
            world = rotation.multiply(world, self.clip.rotations[:, joint].astype(np.float64))
        turned = rotation.rotate(world, np.broadcast_to(axis, (self.frames, 3)))
        return to_local(turned, self.body.yaw)

    @cached_property
    def head_yaw(self) -> np.ndarray:
        """Heading of the face (T,) against the body's, degrees, + to the left."""
        return np.degrees(np.arctan2(self._head[:, 0], self._head[:, 2]))

    @cached_property
    def head_pitch(self) -> np.ndarray:
        """How far the face looks up (T,) degrees, - down."""
        return np.degrees(np.arcsin(np.clip(self._head[:, 1], -1, 1)))

    @cached_property
    def head_roll(self) -> np.ndarray:
        """How far the head leans to the right (T,) degrees, - to the left."""
        return np.degrees(np.arcsin(np.clip(self._of_head((1.0, 0.0, 0.0))[:, 1], -1, 1)))

    def best(self, track: np.ndarray, seconds: float) -> Found:
        """Return the stretch of at least so many seconds in which a track (T,) is highest.

        The degree is the mean over the best such stretch; start and end are those of the stretch
        around it in which the track is over a half of that.
        """
        width = max(1, min(self.frames, round(seconds * self.fps)))
        sums = np.concatenate([[0.0], np.cumsum(track)])
        means = (sums[width:] - sums[:-width]) / width
        first = int(np.argmax(means))
        degree = float(means[first])
        if degree <= 0.0:
            return NOTHING
        middle = first + width // 2
        smooth = running_mean(track, width)
        above = smooth > 0.5 * degree
        above[middle] = True
        times = []
        for start, end in runs(above):
            if start <= middle < end:
                start, end = min(start, first), max(end, first + width)
                times.append(Found(degree, start / self.fps, end / self.fps))
            else:
                times.append(
                    Found(min(degree, float(smooth[start:end].max())), start / self.fps,
                          end / self.fps)
                )  # fmt: skip
        return ordered(times)

    def share(self, track: np.ndarray, needed: float = 0.6) -> Found:
        """Return how much of the clip a track (T,) holds; a share of `needed` is all."""
        degree = soft(float(track.mean()), 0.0, needed)
        over = np.flatnonzero(track > 0.5)
        if not len(over):
            return Found(degree, 0.0, self.seconds) if degree else NOTHING
        return Found(degree, over[0] / self.fps, (over[-1] + 1) / self.fps)


def _angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the angles (T,) in degrees between vectors (T, 3) or (3,)."""
    a = a / np.maximum(np.linalg.norm(a, axis=-1, keepdims=True), 1e-9)
    b = b / np.maximum(np.linalg.norm(b, axis=-1, keepdims=True), 1e-9)
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=-1), -1, 1)))
