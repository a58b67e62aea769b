"""A motion that is judged, with its measurements, each computed once. numpy only."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from motionllm.evaluation.everyday.posture import Posture
from motionllm.facts.events import SIDES
from motionllm.facts.facts import Facts, measure
from motionllm.facts.signals import Body
from motionllm.motion.clip import Clip
from motionllm.motion.contacts import detect_contacts


class Motion:
    """A motion with its measurements, each computed once and when asked for.

    Contacts are found anew from the joints, so that recorded and generated motion are judged
    alike.

    Args:
        joints: (T, 22, 3) metres, Y up, floor at 0, starting towards +Z.
        fps: frames a second.
        rotations: (T, 22, 4) local joint rotations; without them nothing is known of the gaze.
    """

    def __init__(self, joints: np.ndarray, fps: float, rotations: np.ndarray | None = None) -> None:
        self.joints = np.asarray(joints, np.float64)
        self.fps = float(fps)
        self.rotations = rotations
        self.states: dict[str, np.ndarray] = {}  # masks that everyday/states.py found

    @classmethod
    def of(cls, clip: Clip) -> Motion:
        """Take the joints of a clip."""
        return cls(clip.joints, clip.fps, clip.rotations)

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.joints) / self.fps

    @cached_property
    def facts(self) -> Facts:
        """What captions would be written from."""
        return measure(self.joints, self.fps, detect_contacts(self.joints, self.fps))

    @cached_property
    def body(self) -> Body:
        """Heading, speed and leaning over time."""
        return Body(self.joints, self.fps)

    @cached_property
    def posture(self) -> Posture:
        """What the everyday suite's predicates measure."""
        return Posture(self.joints, self.fps, self.rotations)

    @cached_property
    def hands_up(self) -> np.ndarray:
        """(T, 2) bool: left, right hand held up, as captions understand it."""
        found = np.zeros((len(self.joints), 2), bool)
        for event in self.facts.of("raise"):
            first, last = round(event.start * self.fps), round(event.end * self.fps)
            found[first:last, SIDES.index(event.side)] = True
        return found

    def part(self, start: float, end: float) -> Motion:
        """Return seconds start..end."""
        window = slice(round(start * self.fps), round(end * self.fps))
        rotations = None if self.rotations is None else self.rotations[window]
        return Motion(self.joints[window], self.fps, rotations)
