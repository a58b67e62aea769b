"""Are the predicates right? Each is tried on recordings whose labels say what they show.

numpy only. Labels name what the actor was asked to do, and no predicate reads them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from motionllm.data.dataset import Dataset, Record
from motionllm.data.pieces import Piece, piece_clip
from motionllm.evaluation.expectations import Expectation, mirror
from motionllm.evaluation.motion import Motion
from motionllm.motion import skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.motion.join import join
from motionllm.progress import say_nothing

LONGEST = 10.0  # seconds of a clip that are looked at
MOST = 150  # clips of one kind
MOST_ORDERED = 30  # where every place to cut a sequence is tried
JOINED_SECONDS = 4.0  # of each part of a joined clip
OF_A_LABEL = 2  # recordings, where any are drawn
UPPER = [
    skeleton.JOINTS[name]
    for name in skeleton.JOINT_NAMES
    if any(part in name for part in ("collar", "shoulder", "elbow", "wrist", "neck", "head"))
]


@dataclass(frozen=True)
class Trial:
    """How one expectation did on recordings; counts of clips."""

    name: str
    accepted: int
    right: int
    rejected: int
    wrong: int

    @property
    def passes(self) -> bool:
        """Whether right and wrong clips are told apart in 95 % of the cases or more."""
        return (
            self.right > 0
            and self.accepted >= 0.95 * self.right
            and self.rejected >= 0.95 * self.wrong
        )


class Recordings:
    """Clips of a training set by label, both ways round, as Motions; measured once each."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._motions: dict[tuple[int, bool], Motion] = {}

    def find(self, patterns: tuple[str, ...], most: int) -> list[tuple[Record, bool]]:
        """Return up to `most` clips, a fixed random choice, whose whole label fits a pattern.

        Every clip is there twice, once mirrored and with its label mirrored.
        """
        if not patterns:
            return []
        fits = re.compile("|".join(f"(?:{pattern})" for pattern in patterns)).fullmatch
        found = [
            (record, mirrored)
            for record in self._dataset.records
            for mirrored in (False, True)
            if fits(mirror(record.row["label"]) if mirrored else record.row["label"])
        ]
        # A clip without a side is one clip, not two.
        found = [
            (record, mirrored)
            for record, mirrored in found
            if not mirrored or mirror(record.row["label"]) != record.row["label"]
        ]
        random.Random(0).shuffle(found)
        return found[:most]

    def clip(self, record: Record, mirrored: bool, seconds: float = LONGEST) -> Clip:
        """Return the first seconds of a clip."""
        clip = self._dataset.clip(record)
        clip = clip.cut(0, min(clip.frames, int(seconds * FPS)))
        return clip.mirrored() if mirrored else clip

    def motion(self, record: Record, mirrored: bool) -> Motion:
        """Return a clip's measurements."""
        key = (record.start, mirrored)
        if key not in self._motions:
            self._motions[key] = Motion.of(self.clip(record, mirrored))
        return self._motions[key]

    def over(self, patterns: tuple[str, ...], most: int) -> list[Motion]:
        """Return motions with the lower body of a clip of the first pattern, the rest of the other.

        What is under the chest stays with the legs, so that the arms go with a trunk that walks.
        """
        choices = [self.find((pattern,), MOST) for pattern in patterns]
        if len(choices) != 2 or not all(choices):
            return []
        rng = random.Random(2)
        found = []
        for _ in range(most):
            legs, arms = (self.clip(*rng.choice(some), JOINED_SECONDS) for some in choices)
            frames = min(legs.frames, arms.frames)
            rotations = legs.rotations[:frames].copy()
            rotations[:, UPPER] = arms.rotations[:frames, UPPER]
            found.append(Motion.of(legs.cut(0, frames).moved(rotations, legs.translation[:frames])))
        return found

    def others(self, most: int) -> list[tuple[str, Motion]]:
        """Return (label, motion) of any recordings, few of a label, so that rare ones count."""
        by_label: dict[str, list[Record]] = {}
        for record in self._dataset.records:
            by_label.setdefault(record.row["label"], []).append(record)
        rng = random.Random(3)
        drawn = [
            record
            for some in by_label.values()
            for record in rng.sample(some, min(OF_A_LABEL, len(some)))
        ]
        rng.shuffle(drawn)
        return [(record.row["label"], self.motion(record, False)) for record in drawn[:most]]

    def told(self, pieces: list[Piece], patterns: tuple[str, ...], most: int) -> list[Motion]:
        """Return what people described with words that a pattern finds, both ways round."""
        if not patterns:
            return []
        said = re.compile("|".join(f"(?:{pattern})" for pattern in patterns)).search
        found = [p for p in pieces if any(said(text.lower()) for text in p.captions[: p.human])]
        random.Random(4).shuffle(found)
        return [Motion.of(piece_clip(self._dataset, piece)) for piece in found[:most]]

    def joined(self, patterns: tuple[str, ...], most: int) -> list[Motion]:
        """Return motions made of one clip of each pattern, one after the other."""
        choices = [self.find((pattern,), MOST) for pattern in patterns]
        if not choices or not all(choices):
            return []
        rng = random.Random(1)
        return [
            Motion.of(
                join([self.clip(*rng.choice(found), JOINED_SECONDS) for found in choices], 0.0)
            )
            for _ in range(most)
        ]


def try_one(expectation: Expectation, recordings: Recordings) -> Trial:
    """Try an expectation on the recordings that it names."""
    ordered = any(question["is"] == "in_order" for question in expectation.ask)
    most = MOST_ORDERED if ordered else MOST
    right = [recordings.motion(*found) for found in recordings.find(expectation.accept, most)]
    wrong = [recordings.motion(*found) for found in recordings.find(expectation.reject, 2 * most)]
    right += recordings.joined(expectation.joined, most)
    backwards = expectation.joined[::-1]
    if backwards != expectation.joined:
        wrong += recordings.joined(backwards, most)
    return Trial(
        expectation.name,
        sum(expectation.met(motion) for motion in right),
        len(right),
        sum(not expectation.met(motion) for motion in wrong),
        len(wrong),
    )


def try_all(
    expectations: dict[str, Expectation],
    dataset: Dataset,
    say: Callable[[str], None] = say_nothing,
) -> list[Trial]:
    """Try every expectation; of two mirror images the one with "left" first in its name."""
    recordings = Recordings(dataset)
    trials = []
    for name, expectation in expectations.items():
        if (
            mirror(name) != name
            and name.find("right") >= 0
            and (name.find("left") < 0 or name.find("right") < name.find("left"))
        ):
            continue  # its mirror image, tried on the mirrored clips
        say(name)
        trials.append(try_one(expectation, recordings))
    return trials
