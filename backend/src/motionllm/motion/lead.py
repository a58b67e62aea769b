"""Where a motion is to end, as a user says it, and led there exactly. numpy only.

The model draws a motion that knows its end (see motionllm.tokens.destination) and comes near it:
some degrees and decimetres off. What is missing is given to the steps on the way: the turn where
the person turns or walks, the place in proportion to the way gone. The feet are cleaned afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.clip import Clip, heading

MOST_TURN = np.radians(60.0)  # that is added or taken away
LEAST_WAY, MOST_WAY = 0.3, 0.2  # metres, and share of the way, by which the end is moved at most
NEAR_PLACE, NEAR_TURN = 0.25, np.radians(15.0)  # metres, radians: a smaller miss is not told
IDLE = 0.05  # m/s and radians/s: the share of who neither walks nor turns


@dataclass(frozen=True)
class End:
    """Where a motion is to end, seen from its start; None leaves a part to the model.

    Attributes:
        turn: radians, + to the left.
        place: metres (left, ahead).
    """

    turn: float | None = None
    place: tuple[float, float] | None = None


def reached(clip: Clip, end: End) -> Clip:
    """Return a clip from the origin led to its end, as far as that does not tear the steps.

    Its contacts stay; `feet.clean` then makes planted feet stand still again.
    """
    if end.turn is not None:
        clip = _turned(clip, end.turn)
    return clip if end.place is None else _moved(clip, np.array(end.place))


def missed(clip: Clip, end: End) -> tuple[float, float]:
    """Return by how much a clip misses its end: metres, and radians."""
    place, yaw = _ground(clip)[-1], _yaw(clip)[-1]
    metres = 0.0 if end.place is None else float(np.linalg.norm(place - end.place))
    return metres, 0.0 if end.turn is None else abs(float(yaw - end.turn))


def told(clip: Clip, end: End | None) -> str:
    """Return a sentence on how far a clip ends from where it was to end; "" if near enough."""
    if end is None:
        return ""
    metres, radians = missed(clip, end)
    parts = [f"{metres:.1f} m"] if metres > NEAR_PLACE else []
    parts += [f"{np.degrees(radians):.0f} degrees"] if radians > NEAR_TURN else []
    if not parts:
        return ""
    return (
        f"It ends {' and '.join(parts)} from where it was to end: so far in that time, or behind, "
        "this motion does not go. Give it more time, or an end nearer to where it leads by itself."
    )


def _turned(clip: Clip, turn: float) -> Clip:
    yaw, ground = _yaw(clip), _ground(clip)
    lacking = float(np.clip(turn - yaw[-1], -MOST_TURN, MOST_TURN))
    rate = np.abs(np.diff(yaw)) * clip.fps
    speed = np.linalg.norm(np.diff(ground, axis=0), axis=1) * clip.fps
    added = lacking * _share(rate + speed)
    rotations = clip.rotations.astype(np.float64)
    rotations[:, 0] = rotation.multiply(rotation.yaw_quaternion(added), rotations[:, 0])
    steps = rotation.turn_floor(np.diff(ground, axis=0), added[:-1])
    path = np.concatenate([ground[:1], ground[:1] + np.cumsum(steps, axis=0)])
    return _rebuilt(clip, rotations, path)


def _moved(clip: Clip, place: np.ndarray) -> Clip:
    ground = _ground(clip)
    steps = np.linalg.norm(np.diff(ground, axis=0), axis=1)
    gap = place - ground[-1]
    most = LEAST_WAY + MOST_WAY * steps.sum()
    gap *= min(1.0, most / max(float(np.linalg.norm(gap)), 1e-9))
    path = ground + _share(steps * clip.fps)[:, None] * gap
    return _rebuilt(clip, clip.rotations.astype(np.float64), path)


def _share(pace: np.ndarray) -> np.ndarray:
    """Return (T,) from 0 to 1, rising where somebody moves at a pace (T - 1,)."""
    risen = np.concatenate([[0.0], np.cumsum(pace + IDLE)])
    return risen / risen[-1]


def _rebuilt(clip: Clip, rotations: np.ndarray, path: np.ndarray) -> Clip:
    place = clip.translation.astype(np.float64)
    place[:, [0, 2]] = path
    return clip.moved(rotations, place)


def _ground(clip: Clip) -> np.ndarray:
    return clip.translation[:, [0, 2]].astype(np.float64)


def _yaw(clip: Clip) -> np.ndarray:
    """Return the heading (T,) in radians since the first frame, not wrapped."""
    yaw = heading(clip.rotations[:, 0].astype(np.float64))
    return yaw - yaw[0]
