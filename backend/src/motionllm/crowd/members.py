"""Who is to be placed, by which rules, and who is in its place already. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.crowd.area import Area
from motionllm.motion.bodies import NEAR, ball_gap, balls
from motionllm.motion.clip import Clip

SKIN = 0.06  # metres that bodies keep between their skins


@dataclass(frozen=True)
class Rules:
    """What holds for the whole crowd.

    Attributes:
        area: where all joints of everybody stay.
        frames: of the scene, at 30 a second.
        distance: metres that pelvises keep from each other, at least.
        facing: a point (2,) that standing people face; absent: each anywhere.
        loop: clips are made seamless and repeat; else they play once and hold.
        delay: frames that a clip played once may begin later, at most.
        seed: of all that is left to chance.
    """

    area: Area
    frames: int
    distance: float = 0.5
    facing: np.ndarray | None = None
    loop: bool = False
    delay: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Member:
    """One character to be placed.

    Attributes:
        clip: what it does.
        size: metres of its body for each metre of the clip's.
        fixed: its place (2,) and heading, if it may not be moved.
        shared: its clip is others' as well, so that it had better not be bent.
    """

    clip: Clip
    size: float = 1.0
    fixed: tuple[np.ndarray, float] | None = None
    shared: bool = False


@dataclass(frozen=True)
class Placed:
    """A character in its place.

    Attributes:
        clip: to be written, at the origin facing +Z; a loop if `cyclic`.
        place: (2,) x and z of its origin, metres.
        heading: radians, 0 faces +z.
        start: frame of the scene, counted from 0 at 30 a second, that the clip begins at;
            negative where a loop is under way when the scene begins.
        cyclic: it repeats for as long as the scene lasts.
        as_is: the clip is what everybody with this motion has: neither steered nor begun at a
            phase of its own.
        joints: (F, 22, 3) in all frames of the scene, metres, Y up.
    """

    clip: Clip
    place: np.ndarray
    heading: float
    start: int
    cyclic: bool
    as_is: bool
    joints: np.ndarray


class Taken:
    """The people that are there already, by their number."""

    def __init__(self) -> None:
        self._floor: dict[int, np.ndarray] = {}  # (F, 2) each
        self._balls: dict[int, np.ndarray] = {}  # (F, 30, 3) each

    def add(self, index: int, joints: np.ndarray) -> None:
        """Add a person by its joints (F, 22, 3)."""
        self._floor[index] = joints[:, 0][:, [0, 2]]
        self._balls[index] = balls(joints)

    def without(self, index: int) -> Taken:
        """Return the others."""
        rest = Taken()
        rest._floor = {key: value for key, value in self._floor.items() if key != index}
        rest._balls = {key: value for key, value in self._balls.items() if key != index}
        return rest

    def paths(self, frames: int) -> np.ndarray:
        """Return all pelvises (N, F, 2)."""
        return np.stack(list(self._floor.values())) if self._floor else np.zeros((0, frames, 2))

    def touches(self, joints: np.ndarray) -> bool:
        """Tell whether a body with these joints (F, 22, 3) comes as near as SKIN to another."""
        floor, own = joints[:, 0][:, [0, 2]], balls(joints)
        for index, path in self._floor.items():
            other = self._balls[index]
            apart = np.linalg.norm(path - floor, axis=1)
            near = np.flatnonzero(apart < NEAR)
            if len(near) and ball_gap(own[near], other[near]) < SKIN:
                return True
        return False
