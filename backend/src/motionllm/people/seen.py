"""What people who were made together show of their sentence, measured. numpy only.

Each one's own part of the sentence is checked on their own motion; where the rule says how people
stand to each other, that is measured between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.english.people import parts
from motionllm.judge.clause import Tick
from motionllm.judge.judge import HOLDS, judged
from motionllm.motion.clip import Clip
from motionllm.motion.root import roots_of
from motionllm.people.rules import Rule

TOWARDS = np.radians(60.0)  # from the line to the other one: still facing
ALIKE = np.radians(45.0)  # between two headings: still side by side
NEAR = 2.5  # metres


@dataclass(frozen=True)
class Seen:
    """What a group shows.

    Attributes:
        ticks: of each person's clauses, and of how they stand to each other.
    """

    ticks: tuple[Tick, ...]

    @property
    def holds(self) -> bool:
        """Whether all of it is there."""
        return all(tick.holds for tick in self.ticks)

    @property
    def degree(self) -> float:
        """Mean degree; 1 where nothing could be measured."""
        degrees = [tick.degree for tick in self.ticks]
        return float(np.mean(degrees)) if degrees else 1.0

    def told(self) -> str:
        """Return what was measured with its ticks, each thing once."""
        said = [f"{tick.words} {'✓' if tick.holds else '✗'}" for tick in self.ticks]
        return ", ".join(dict.fromkeys(said)) or "nothing that can be measured"


def seen(clips: list[Clip], text: str, rule: Rule | None, first: int = 0) -> Seen:
    """Return what people show of a sentence.

    Args:
        clips: in one space, at one rate.
        rule: of the sentence, where it has one.
        first: number of the first person who was made.
    """
    said = parts(text, len(clips))
    ticks: list[Tick] = []
    for index in range(first, len(clips)):
        clip = clips[index]
        verdict = judged(clip.cut(0, clip.frames), said[index])
        ticks += [Tick(f"{_NAMES[min(index, 2)]} {tick.words}", tick.degree, tick.holds)
                  for tick in verdict.ticks]  # fmt: skip
    place = _PLACES.get(rule.place) if rule is not None else None
    if place is not None:
        degree = float(np.mean([place(clips[0], clip) for clip in clips[1:]]))
        ticks.append(Tick(rule.place if rule else "", round(degree, 3), degree >= HOLDS))
    return Seen(tuple(ticks))


_NAMES = ("first", "second", "others")


def _facing(one: Clip, other: Clip) -> float:
    """Return the share of time in which two people are near and look to each other."""
    first, second, between = _roots(one, other)
    line = np.arctan2(between[:, 0], between[:, 1])
    off = np.stack([_apart(first[:, 2], line), _apart(second[:, 2], line + np.pi)])
    near = np.linalg.norm(between, axis=1) < NEAR
    return float(((off < TOWARDS).all(axis=0) & near).mean())


def _beside(one: Clip, other: Clip) -> float:
    """Return the share of time in which two people are near and look the same way."""
    first, second, between = _roots(one, other)
    alike = _apart(first[:, 2], second[:, 2]) < ALIKE
    return float((alike & (np.linalg.norm(between, axis=1) < NEAR)).mean())


_PLACES = {"facing": _facing, "beside": _beside}


def _roots(one: Clip, other: Clip) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both roots (T, 3) while both last, and the way (T, 2) from one to the other."""
    frames = min(one.frames, other.frames)
    first, second = roots_of(one)[:frames], roots_of(other)[:frames]
    return first, second, second[:, :2] - first[:, :2]


def _apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs((a - b + np.pi) % (2.0 * np.pi) - np.pi)
