"""What people who were made together show of their sentence, measured. numpy only.

Each one's own part of the sentence is checked on their own motion; how people stand and move to
each other, and whether they do the same, as the sentence's rule says it, is measured between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.english.people import parts
from motionllm.judge.clause import Tick
from motionllm.judge.judge import HOLDS, judged
from motionllm.motion.clip import Clip
from motionllm.people.relations import TOLD, alike, relation
from motionllm.people.rules import Rule


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
    if rule is not None:
        others = clips[1:]
        if rule.same:
            ticks.append(_tick(rule.same, [alike(rule.same, clips[0], clip) for clip in others]))
        ticks.append(_tick(rule.place, [relation(rule.place, clips[0], clip) for clip in others]))
    return Seen(tuple(ticks))


def _tick(kind: str, degrees: list[float]) -> Tick:
    degree = float(np.mean(degrees))
    return Tick(TOLD[kind], round(degree, 3), degree >= HOLDS)


_NAMES = ("first", "second", "others")
