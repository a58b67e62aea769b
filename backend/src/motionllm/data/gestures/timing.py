"""When a gesture begins, is there, beats and lets go. numpy only."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from motionllm.data.gestures.table import Gesture
from motionllm.motion.curves import ease
from motionllm.motion.features import FPS

MOST = 6.0  # seconds of a piece
LEAD = (0.3, 0.7)  # seconds before it, arms hanging
TAIL = (0.4, 0.8)  # seconds after it
LET_GO = (0.6, 0.95)
PAUSE = 0.15  # seconds between being there and the first beat
STANDING = 3.6  # seconds that are not cut shorter, so that longer wishes find it
TURN = (0.45, 0.7)  # seconds in which the head goes on to its next pose
GAZE = (0.3, 0.8)  # seconds in which it stays there


@dataclass(frozen=True)
class Timing:
    """Seconds.

    Attributes:
        start: when it begins.
        there: when hands and trunk are where they go.
        leave: when they begin to let go; infinite where it stays so.
        end: when all is as if nothing had been.
        seconds: of the whole.
        beats, rate: how many, and how many a second; the first begins at `there` + PAUSE.
        gaze: (when the head begins to turn, when it is there) for each of its poses.
        lag: by which the other hand is later.
    """

    start: float
    there: float
    leave: float
    end: float
    seconds: float
    beats: int
    rate: float
    gaze: tuple[tuple[float, float], ...]
    lag: float

    @property
    def stays(self) -> bool:
        """Whether the gesture is still on at the end."""
        return not np.isfinite(self.leave)

    def weight(self, time: np.ndarray, lag: float = 0.0) -> np.ndarray:
        """Return how far the gesture is on (T,), 0 to 1, by minimum jerk.

        Source: Flash and Hogan, "The Coordination of Arm Movements", 1985.
        """
        came = ease((time - self.start - lag) / (self.there - self.start))
        if self.stays:
            return came
        return came * (1.0 - ease((time - self.leave - lag) / (self.end - self.leave)))

    def _phase(self, time: np.ndarray) -> np.ndarray:
        """Return (T,) beats done."""
        return np.clip((time - self.there - PAUSE) * self.rate, 0.0, self.beats)

    def swings(self, time: np.ndarray) -> np.ndarray:
        """Return (T,) -1 to 1: to and fro once a beat, beginning and ending softly."""
        done = self._phase(time)
        soft = ease(done / 0.5) * ease((self.beats - done) / 0.5)
        return soft * np.sin(2.0 * np.pi * done)

    def strokes(self, time: np.ndarray) -> np.ndarray:
        """Return (T,) 0 to 1 and back to 0 once a beat."""
        return 0.5 - 0.5 * np.cos(2.0 * np.pi * self._phase(time))


def draw(
    gesture: Gesture, walks: bool, longest: float, rng: random.Random, variant: int
) -> Timing | None:
    """Return a timing that fits in so many seconds, or None where there is none.

    Beats take turns from variant to variant, so that every number of them is made.
    """
    most = min(longest, MOST)
    start = rng.uniform(*LEAD) * (0.7 if walks else 1.0)
    there = start + rng.uniform(*gesture.reach)
    fewest, most_beats = gesture.beats
    beats = fewest + variant % (most_beats - fewest + 1)
    rate = rng.uniform(*gesture.rate)
    gaze = _gaze(gesture, start, there, rng)
    busy = max(
        there + rng.uniform(*gesture.hold),
        there + 2 * PAUSE + beats / rate if beats else 0.0,
        gaze[-1][1] + rng.uniform(*GAZE) if gaze else 0.0,
    )
    stays = rng.random() < gesture.stays
    after = rng.uniform(0.3, 0.8) if stays else rng.uniform(*LET_GO) + rng.uniform(*TAIL)
    if not walks:  # held longer, rather than a short piece
        busy += min(max(0.0, STANDING - busy - after), 1.2)
    seconds = busy + after
    if seconds > most:
        return None
    lag = rng.uniform(0.0, 0.06)
    if stays:
        return Timing(start, there, np.inf, np.inf, seconds, beats, rate, gaze, lag)
    end = min(busy + rng.uniform(*LET_GO), seconds - 0.25)
    return Timing(start, there, busy, end, seconds, beats, rate, gaze, lag)


def _gaze(
    gesture: Gesture, start: float, there: float, rng: random.Random
) -> tuple[tuple[float, float], ...]:
    if not gesture.head:
        return ()
    found = [(start, there)]
    for _ in gesture.head[1:]:
        begin = found[-1][1] + rng.uniform(*GAZE)
        found.append((begin, begin + rng.uniform(*TURN)))
    return tuple(found)


def frames_of(timing: Timing, step: int) -> int:
    """Return frames of the whole, a multiple of `step`, no fewer than it needs."""
    return -(-round(timing.seconds * FPS) // step) * step
