"""A path for a walker among people whose paths are known. numpy only.

Several starts are walked at once, in the steps of the clip itself. Every fifth of a second each of
them looks ahead along a few rates of turning, and takes the one that keeps it best from the edge
and from others; those that come too close fall out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.crowd.area import Area
from motionllm.crowd.steer import Gait, moves
from motionllm.motion import rotation

DECIDE = 6  # frames between two decisions
AHEAD = 9  # decisions looked ahead: nearly two seconds
RATES = 7  # rates of turning tried
COMFORT = 1.2  # metres that people keep from each other and from the edge where they can
FADE = 0.88  # weight of each decision ahead, times that of the one before
TOO_CLOSE = 40.0  # cost of a look ahead that breaks a rule
TURNING, CHANGING = 0.05, 0.12  # cost of turning at the most, of changing it by as much


@dataclass(frozen=True)
class Starts:
    """Where and when walks begin: one row each.

    Attributes:
        places: (K, 2) metres.
        headings: (K,) radians, 0 faces +z.
        delays: (K,) frames that the person stands before.
    """

    places: np.ndarray
    headings: np.ndarray
    delays: np.ndarray


@dataclass(frozen=True)
class Walk:
    """A walk that keeps to the rules.

    Attributes:
        start: row of the starts.
        yaw: (T,) what steering adds to the clip's own heading, radians; 0 at first.
        floor: (T, 2) path of the pelvis, metres.
        closest: distance to the nearest other pelvis, metres.
    """

    start: int
    yaw: np.ndarray
    floor: np.ndarray
    closest: float


def find_walks(
    gait: Gait, starts: Starts, others: np.ndarray, area: Area, distance: float, most: float
) -> list[Walk]:
    """Return the walks that keep to the rules, those that stay farthest from others first.

    Args:
        gait: at the rate of the others' frames.
        others: (N, F, 2) pelvises of the people that are there, in all frames of the scene.
        distance: metres to keep between pelvises.
        most: fastest turning, radians a second; 0 walks the clip as it is.
    """
    last = gait.frames - 1
    rows = np.arange(len(starts.places))  # of the starts: those that are still on their way
    yaw = np.zeros((len(rows), last + 1))
    floor = np.zeros((len(rows), last + 1, 2))
    floor[:, 0] = starts.places
    rate, closest = np.zeros(len(rows)), _waiting(floor[:, 0], starts.delays, others, True)
    for frame in range(0, last, DECIDE):
        stop = min(frame + DECIDE, last)
        if most > 0.0:
            now = floor[:, frame], starts.headings[rows] + yaw[:, frame], rate
            rate = _choose(gait, frame, now, starts.delays[rows], others, area, distance, most)
        turning = rate[:, None] * gait.ease[None, frame:stop] / gait.fps
        yaw[:, frame + 1 : stop + 1] = yaw[:, frame : frame + 1] + np.cumsum(turning, axis=1)
        steps = moves(gait, yaw[:, frame : stop + 1], frame)
        steps = rotation.turn_floor(steps, starts.headings[rows, None])
        floor[:, frame + 1 : stop + 1] = floor[:, frame : frame + 1] + np.cumsum(steps, axis=1)
        here = floor[:, frame : stop + 1]
        closest = np.minimum(closest, _apart(here, starts.delays[rows], frame, others))
        room = area.room(here) - gait.reach[None, frame : stop + 1]
        good = (closest >= distance) & (room.min(axis=1) >= 0.0)
        rows, yaw, floor = rows[good], yaw[good], floor[good]
        rate, closest = rate[good], closest[good]
        if not len(rows):
            return []
    ends = starts.delays[rows] + gait.frames
    closest = np.minimum(closest, _waiting(floor[:, -1], ends, others, False))
    order = np.argsort(-np.minimum(closest, COMFORT), kind="stable")
    return [
        Walk(int(rows[k]), yaw[k], floor[k], float(closest[k]))
        for k in order
        if closest[k] >= distance
    ]


def _choose(
    gait: Gait, frame: int, now: tuple[np.ndarray, np.ndarray, np.ndarray], delays: np.ndarray,
    others: np.ndarray, area: Area, distance: float, most: float,
) -> np.ndarray:  # fmt: skip
    """Return the rate (K,) of turning that looks best from frame `frame` on.

    Args:
        now: places (K, 2), headings (K,) and rates (K,) in that frame.
    """
    here, facing, before = now
    marks = np.minimum(frame + DECIDE * np.arange(AHEAD + 1), gait.frames - 1)
    travelled = np.concatenate([np.zeros((1, 2)), np.cumsum(gait.steps, axis=0)])
    blocks = travelled[marks[1:]] - travelled[marks[:-1]]
    turned = np.concatenate([[0.0], np.cumsum(gait.ease)]) / gait.fps
    middle = 0.5 * (turned[marks[1:]] + turned[marks[:-1]]) - turned[frame]
    rates = np.linspace(-most, most, RATES)
    facing = facing[:, None, None] + rates[None, :, None] * middle
    ahead = here[:, None, None] + np.cumsum(rotation.turn_floor(blocks, facing), axis=2)
    weight = FADE ** np.arange(AHEAD)
    room = area.room(ahead) - float(gait.reach.max())
    cost = np.maximum(0.0, 1.0 - np.maximum(room, 0.0) / COMFORT) ** 2
    cost = cost + TOO_CLOSE * (room < 0.0)
    if len(others):
        frames = np.minimum(delays[:, None] + marks[1:], others.shape[1] - 1)
        there = others[:, frames]  # (N, K, L, 2)
        apart = np.linalg.norm(ahead[None] - there[:, :, None], axis=-1)
        comfort = max(COMFORT, 1.5 * distance)
        near = np.maximum(0.0, 1.0 - apart / comfort) ** 2
        cost = cost + (2.0 * near + TOO_CLOSE * (apart < distance + 0.1)).sum(axis=0)
    total = (cost * weight).sum(axis=-1)
    total = total + TURNING * (rates / most) ** 2
    total = total + CHANGING * ((rates - before[:, None]) / most) ** 2
    return rates[np.argmin(total, axis=1)]


def _apart(here: np.ndarray, delays: np.ndarray, frame: int, others: np.ndarray) -> np.ndarray:
    """Return (K,) the least distance of paths (K, D, 2) from frame `frame` on to the others."""
    if not len(others):
        return np.full(len(here), np.inf)
    frames = delays[:, None] + frame + np.arange(here.shape[1])
    there = others[:, np.minimum(frames, others.shape[1] - 1)]
    return np.linalg.norm(here[None] - there, axis=-1).min(axis=(0, 2))


def _waiting(
    places: np.ndarray, frames: np.ndarray, others: np.ndarray, before: bool
) -> np.ndarray:
    """Return (K,) the least distance to others of people at places (K, 2) until, or from, frames
    (K,) on: before their walks begin and after these end."""
    closest = np.full(len(places), np.inf)
    for k, frame in enumerate(frames):
        there = others[:, :frame] if before else others[:, frame:]
        if there.size:
            closest[k] = np.linalg.norm(there - places[k], axis=-1).min()
    return closest
