"""Where a further person starts, by the kinds of place of rules.toml. numpy only.

Both the composer of training data and generation without a learnt pair place people by this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from motionllm.motion.root import put_to, wrapped

TRAVELS = 0.8  # metres of net way from which on somebody goes somewhere


class Chance(Protocol):
    """What draws numbers: random.Random, or numpy's Generator."""

    def uniform(self, a: float, b: float, /) -> float:
        """Return a number between two."""
        ...

    def choice(self, seq: Sequence, /) -> float:
        """Return one of some."""
        ...


@dataclass(frozen=True)
class _Pair:
    """Two people of whom the second is to be placed, the first being at 0, 0, 0.

    Attributes:
        metres: the distance that the kind of place asks for.
        paths: roots (T, 3) of both.
        ways: (2,) x and z of their net ways.
        bearings: radians, where these go.
        forward, across: (2,) the first one's way and what is at right angles to it, length 1.
        alike: yaw of the second with which both go the same way, about.
        rng, wide: see `arranged`.
    """

    metres: float
    paths: Sequence[np.ndarray]
    ways: list[np.ndarray]
    bearings: list[float]
    forward: np.ndarray
    across: np.ndarray
    alike: float
    rng: Chance
    wide: float

    def between(self, low: float, high: float) -> float:
        """Draw a number."""
        return self.rng.uniform(low, high)

    def off(self, most: float) -> float:
        """Draw by how much something is off, at most, in either direction."""
        return self.wide * self.between(-most, most)


_Place = tuple[np.ndarray, float]  # where the second starts, (2,) x and z, and its yaw


def arranged(
    kind: str, metres: float, paths: Sequence[np.ndarray], rng: Chance, wide: float = 1.0
) -> np.ndarray | None:
    """Return the root (3,) at which the second person starts, or None where the kind cannot be.

    Args:
        kind: one of PLACES, see rules.toml.
        metres: the distance that the kind asks for.
        paths: roots (T, 3) of both, each starting at 0, 0, 0.
        wide: 1 scatters as people do, more where room is sought for a third one.

    Raises:
        ValueError: if there is no such kind.
    """
    if kind not in _KINDS:
        raise ValueError(f"there is no place {kind!r}; there are {', '.join(PLACES)}")
    bearings = [bearing_of(path) for path in paths]
    side = rng.choice((-1.0, 1.0))
    pair = _Pair(
        metres,
        paths,
        [path[-1, :2] for path in paths],
        bearings,
        direction(bearings[0]),
        direction(bearings[0] + side * np.pi / 2),
        bearings[0] - bearings[1] + rng.uniform(-0.04, 0.04),
        rng,
        wide,
    )
    found = _KINDS[kind](pair)
    if found is None:
        return None
    at, yaw = found
    return np.array([at[0], at[1], float(wrapped(yaw))])


def _facing(pair: _Pair) -> _Place:
    bearing = pair.off(0.2)
    return pair.metres * direction(bearing), np.pi + bearing + pair.between(-0.2, 0.2)


def _beside(pair: _Pair) -> _Place:
    at = pair.metres * pair.across + pair.off(0.25) * pair.forward
    stays = np.linalg.norm(pair.ways[0]) < TRAVELS
    return at, pair.between(-0.3, 0.3) if stays else pair.alike


def _behind(pair: _Pair) -> _Place:
    return -pair.metres * pair.forward + pair.off(0.2) * pair.across, pair.alike


def _backing(pair: _Pair) -> _Place:
    return pair.metres * pair.forward + pair.off(0.15) * pair.across, pair.alike


def _apart(pair: _Pair) -> _Place:
    return -pair.metres * pair.forward + pair.off(0.2) * pair.across, pair.alike + np.pi


def _towards(pair: _Pair) -> _Place:
    yaw = pair.alike + np.pi
    meet = pair.ways[0] + pair.metres * pair.forward + pair.off(0.15) * pair.across
    return meet - turned(pair.ways[1], yaw), yaw


def _past(pair: _Pair) -> _Place:
    yaw = pair.alike + np.pi
    share = pair.between(0.35, 0.65)
    middles = [path[int(len(path) * share), :2] for path in pair.paths]
    return middles[0] + pair.metres * pair.across - turned(middles[1], yaw), yaw


def _approach(pair: _Pair) -> _Place:
    bearing = pair.off(0.5)
    yaw = bearing + np.pi - pair.bearings[1] + pair.between(-0.08, 0.08)
    return pair.metres * direction(bearing) - turned(pair.ways[1], yaw), yaw


def _leave(pair: _Pair) -> _Place:
    bearing = pair.off(0.4)
    yaw = bearing - pair.bearings[1] + pair.between(-0.3, 0.3)
    return pair.metres * direction(bearing), yaw


def _round(pair: _Pair) -> _Place | None:
    centre, radius = circle(pair.paths[1][:, :2])
    if radius < pair.metres:
        return None
    yaw = pair.between(-np.pi, np.pi)
    return -turned(centre, yaw), yaw


_KINDS: dict[str, Callable[[_Pair], _Place | None]] = {
    "facing": _facing, "beside": _beside, "behind": _behind, "towards": _towards, "past": _past,
    "apart": _apart, "approach": _approach, "leave": _leave, "backing": _backing, "round": _round,
}  # fmt: skip
PLACES = tuple(_KINDS)


def bearing_of(path: np.ndarray) -> float:
    """Return where a path (T, 3) from the origin goes: 0 is +Z; 0 too if it goes nowhere."""
    way = path[-1, :2] - path[0, :2]
    return float(np.arctan2(way[0], way[1])) if np.linalg.norm(way) > TRAVELS else 0.0


def direction(bearing: float) -> np.ndarray:
    """Return (x, z) of length 1: a bearing of 0 is +Z, a quarter turn is +X."""
    return np.array([np.sin(bearing), np.cos(bearing)])


def turned(way: np.ndarray, yaw: float) -> np.ndarray:
    """Return a way (x, z) of somebody who starts at a yaw, in the world."""
    return put_to(np.array([0.0, 0.0, yaw]), np.array([way[0], way[1], 0.0]))[:2]


def circle(path: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the centre (2,) of the circle that fits a path (T, 2) best, and how near it comes."""
    table = np.concatenate([2.0 * path, np.ones((len(path), 1))], axis=1)
    centre = np.linalg.lstsq(table, (path**2).sum(axis=1), rcond=None)[0][:2]
    return centre, float(np.linalg.norm(path - centre, axis=1).min())
