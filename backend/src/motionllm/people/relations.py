"""How two people stand, move and act to each other, measured on their motions. numpy only.

One measure a kind of place of `people.arrange` and a word of `Rule.same`; each gives a degree from
0 to 1: from the judge's HOLDS on it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.clip import Clip
from motionllm.motion.root import roots_of, seen_from, wrapped
from motionllm.people.arrange import TRAVELS

TOWARDS = np.radians(60.0)  # from the line to the other one: still facing
ALIKE = np.radians(45.0)  # between two headings: still the same way
NEAR = 2.5  # metres: with each other
FOLLOWS = 4.5  # metres: still behind somebody who walks ahead
CLOSER = 0.8  # metres by which who comes must come nearer, and who leaves must get away
PASSES = np.radians(180.0)  # as far as one gets round somebody whom one walks past
SAME_POSE = 0.2  # metres, a mean over elbows, wrists, knees and ankles: just the same motion
LATEST = 2.0  # seconds after which who copies somebody has begun
MOVING = (4, 5, 7, 8, 18, 19, 20, 21)  # knees, ankles, elbows, wrists


@dataclass(frozen=True)
class _Pair:
    """Two people while both are there.

    Attributes:
        first, second: roots (T, 3).
        distance: (T,) between them, metres.
        seen: (T, 3) the second as the first sees them: to the left, ahead, turned by.
        back: (T, 3) the first as the second sees them.
    """

    first: np.ndarray
    second: np.ndarray
    distance: np.ndarray
    seen: np.ndarray
    back: np.ndarray

    @classmethod
    def of(cls, one: Clip, other: Clip) -> _Pair:
        """Return two clips in one space at one rate."""
        frames = min(one.frames, other.frames)
        first, second = roots_of(one)[:frames], roots_of(other)[:frames]
        seen, back = seen_from(first, second), seen_from(second, first)
        return cls(first, second, np.hypot(seen[:, 0], seen[:, 1]), seen, back)

    @property
    def looks(self) -> tuple[np.ndarray, np.ndarray]:
        """For each of both, (T,) how far they look past the other, radians."""
        one, other = (np.abs(np.arctan2(way[:, 0], way[:, 1])) for way in (self.seen, self.back))
        return one, other

    @property
    def alike(self) -> np.ndarray:
        """(T,) whether both head the same way."""
        return np.abs(self.seen[:, 2]) < ALIKE

    def way(self, path: np.ndarray) -> float:
        """Return metres that somebody gets on in all."""
        return float(np.linalg.norm(path[-1, :2] - path[0, :2]))

    @property
    def closer(self) -> float:
        """Metres by which they are nearer at the end than at the start."""
        return float(self.distance[0] - self.distance[-1])


def relation(place: str, one: Clip, other: Clip) -> float:
    """Return from 0 to 1 how much of a kind of place two people in one space show."""
    return float(np.clip(_PLACES[place](_Pair.of(one, other)), 0.0, 1.0))


def alike(same: str, one: Clip, other: Clip) -> float:
    """Return from 0 to 1 how much the second does what the first does, up to LATEST later.

    Args:
        same: "clip", or "mirrored" for what a mirror would do.
    """
    first = _around(one.mirrored() if same == "mirrored" else one)
    second = _around(other)
    off = []
    for delay in range(0, max(1, min(round(LATEST * one.fps), len(second) // 2)), 3):
        frames = min(len(first), len(second) - delay)
        gaps = np.linalg.norm(first[:frames] - second[delay : delay + frames], axis=-1)
        off.append(float(gaps.mean()))
    return float(np.clip(1.0 - min(off) / (2.0 * SAME_POSE), 0.0, 1.0))


def _around(clip: Clip) -> np.ndarray:
    """Return (T, 8, 3) limbs about the pelvis, in the heading of each frame."""
    away = clip.joints[:, MOVING].astype(np.float64) - clip.joints[:, :1]
    away[..., [0, 2]] = rotation.turn_floor(away[..., [0, 2]], -roots_of(clip)[:, 2, None])
    return away


def _facing(pair: _Pair) -> float:
    one, other = pair.looks
    return float(((one < TOWARDS) & (other < TOWARDS) & (pair.distance < NEAR)).mean())


def _beside(pair: _Pair) -> float:
    across = np.abs(pair.seen[:, 0]) > np.abs(pair.seen[:, 1])
    return float((pair.alike & (pair.distance < NEAR) & across).mean())


def _behind(pair: _Pair) -> float:
    after = (pair.seen[:, 1] < -0.2) & (pair.looks[1] < TOWARDS) & (pair.distance < FOLLOWS)
    goes = min(1.0, pair.way(pair.second) / TRAVELS)
    return float((after & pair.alike).mean()) * goes


def _backing(pair: _Pair) -> float:
    one, other = pair.looks
    ahead = (one < TOWARDS) & (pair.distance < FOLLOWS)
    steps = np.diff(pair.second[:, :2], axis=0)
    facing = np.stack([np.sin(pair.second[:-1, 2]), np.cos(pair.second[:-1, 2])], axis=1)
    backward = -float((steps * facing).sum())
    return float((ahead & (other < TOWARDS)).mean()) * min(1.0, max(0.0, backward) / TRAVELS)


def _towards(pair: _Pair) -> float:
    one, other = (look[: max(1, len(look) // 4)].mean() for look in pair.looks)
    if max(one, other) > TOWARDS:
        return 0.0
    both = min(1.0, min(pair.way(pair.first), pair.way(pair.second)) / TRAVELS)
    return min(pair.closer / CLOSER, 1.0) * both * float(pair.distance[-1] < NEAR)


def _past(pair: _Pair) -> float:
    least = int(pair.distance.argmin())
    nearest = float(pair.distance[least])
    passes = min(float(pair.distance[0]), float(pair.distance[-1])) - nearest
    opposite = np.abs(wrapped(pair.seen[least, 2] - np.pi)) < 2.0 * ALIKE
    return min(passes / CLOSER, 1.0) * float(opposite and nearest < NEAR)


def _apart(pair: _Pair) -> float:
    both = min(1.0, min(pair.way(pair.first), pair.way(pair.second)) / TRAVELS)
    return min(-pair.closer / CLOSER, 1.0) * both


def _approach(pair: _Pair) -> float:
    comes = min(1.0, pair.way(pair.second) / TRAVELS)
    return min(pair.closer / CLOSER, 1.0) * comes * float(pair.distance[-1] < NEAR)


def _leave(pair: _Pair) -> float:
    return min(-pair.closer / CLOSER, 1.0) * min(1.0, pair.way(pair.second) / TRAVELS)


def _round(pair: _Pair) -> float:
    away = pair.second[:, :2] - pair.first[:, :2]
    angle = np.unwrap(np.arctan2(away[:, 0], away[:, 1]))
    return (float(np.ptp(angle)) - PASSES) / PASSES


_PLACES: dict[str, Callable[[_Pair], float]] = {
    "facing": _facing, "beside": _beside, "behind": _behind, "towards": _towards, "past": _past,
    "apart": _apart, "approach": _approach, "leave": _leave, "backing": _backing, "round": _round,
}  # fmt: skip

# What each is called where a user is told of it.
TOLD = {
    "facing": "facing each other", "beside": "side by side", "behind": "one behind the other",
    "towards": "towards each other", "past": "past each other", "apart": "away from each other",
    "approach": "second comes up to first", "leave": "second leaves", "round": "round the first",
    "backing": "second backs away", "clip": "the same", "mirrored": "mirrored",
}  # fmt: skip
