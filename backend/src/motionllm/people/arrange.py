"""Where a further person starts, by the kinds of place of rules.toml. numpy only.

Both the composer of training data and generation without a learnt pair place people by this.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion.root import put_to, wrapped

TRAVELS = 0.8  # metres of net way from which on somebody goes somewhere
PLACES = ("facing", "beside", "behind", "towards", "past", "apart", "approach", "leave", "backing",
          "round")  # fmt: skip


def arranged(
    kind: str, metres: float, paths: tuple[np.ndarray, np.ndarray], rng, wide: float = 1.0
) -> np.ndarray | None:
    """Return the root (3,) at which the second person starts, or None where the kind cannot be.

    Args:
        kind: one of PLACES, see rules.toml.
        metres: the distance that the kind asks for.
        paths: roots (T, 3) of both, each starting at 0, 0, 0.
        rng: has .uniform(a, b) and .choice(sequence).
        wide: 1 scatters as people do, more where room is sought for a third one.
    """
    ways = [path[-1, :2] for path in paths]
    bearings = [bearing_of(path) for path in paths]
    side = rng.choice((-1.0, 1.0))
    forward = direction(bearings[0])
    across = direction(bearings[0] + side * np.pi / 2)
    alike = bearings[0] - bearings[1] + rng.uniform(-0.04, 0.04)  # both go the same way

    def off(most: float) -> float:
        return wide * rng.uniform(-most, most)

    if kind == "facing":
        bearing = off(0.2)
        at, yaw = metres * direction(bearing), np.pi + bearing + rng.uniform(-0.2, 0.2)
    elif kind == "beside":
        at, yaw = metres * across + off(0.25) * forward, alike
        if np.linalg.norm(ways[0]) < TRAVELS:
            yaw = rng.uniform(-0.3, 0.3)
    elif kind == "behind":
        at, yaw = -metres * forward + off(0.2) * across, alike
    elif kind == "backing":
        at, yaw = metres * forward + off(0.15) * across, alike
    elif kind == "apart":
        at, yaw = -metres * forward + off(0.2) * across, alike + np.pi
    elif kind == "towards":
        yaw = alike + np.pi
        at = ways[0] + metres * forward + off(0.15) * across - turned(ways[1], yaw)
    elif kind == "past":
        yaw = alike + np.pi
        share = rng.uniform(0.35, 0.65)
        middles = [path[int(len(path) * share), :2] for path in paths]
        at = middles[0] + metres * across - turned(middles[1], yaw)
    elif kind == "approach":
        bearing = off(0.5)
        yaw = bearing + np.pi - bearings[1] + rng.uniform(-0.08, 0.08)
        at = metres * direction(bearing) - turned(ways[1], yaw)
    elif kind == "leave":
        bearing = off(0.4)
        at, yaw = metres * direction(bearing), bearing - bearings[1] + rng.uniform(-0.3, 0.3)
    elif kind == "round":
        centre, radius = circle(paths[1][:, :2])
        if radius < metres:
            return None
        yaw = rng.uniform(-np.pi, np.pi)
        at = -turned(centre, yaw)
    else:
        raise ValueError(f"there is no place {kind!r}; there are {', '.join(PLACES)}")
    return np.array([at[0], at[1], float(wrapped(np.float64(yaw)))])


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
