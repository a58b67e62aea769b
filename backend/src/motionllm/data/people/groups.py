"""Groups of people that training learns from: who, which part of which clip, where, what is said.

Written as one JSON line a group. numpy only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from motionllm.data.dataset import Dataset
from motionllm.errors import MotionError
from motionllm.files import replacing
from motionllm.motion.clip import Clip
from motionllm.motion.features import HEIGHT
from motionllm.motion.root import mirrored, placed, put_to, roots

FILE = "people.jsonl"


@dataclass(frozen=True)
class Person:
    """One person of a group: a stretch of a clip, held still before and after.

    Attributes:
        clip: index of the training set's record.
        start, frames: the stretch.
        flipped: whether the clip is mirrored.
        before, after: frames for which the first and the last pose are held.
        x, z, yaw: root at the first frame; the group's first person is at 0, 0, 0.
    """

    clip: int
    start: int
    frames: int
    flipped: bool = False
    before: int = 0
    after: int = 0
    x: float = 0.0
    z: float = 0.0
    yaw: float = 0.0

    @property
    def length(self) -> int:
        """Frames with those held."""
        return self.before + self.frames + self.after


@dataclass(frozen=True)
class Group:
    """People of equal length in one space.

    Attributes:
        rule: name of the rule, or "captured".
        captured: recorded together, not composed.
        held_out: never trained on.
        people: two or more.
        captions: each true of the group.
        take: what it was taken from, for the split and for reports.
    """

    rule: str
    captured: bool
    held_out: bool
    people: tuple[Person, ...]
    captions: list[str]
    take: str = ""


def write(groups: Iterable[Group], path: Path) -> int:
    """Write groups, whole or not at all; return how many.

    Raises:
        MotionError: "output".
    """
    count = 0
    with replacing(path) as part, part.open("w", encoding="utf-8") as file:
        for group in groups:
            file.write(json.dumps(asdict(group)) + "\n")
            count += 1
    return count


def read(data: Path) -> list[Group]:
    """Read the groups of a training set.

    Raises:
        MotionError: "bad_file", where there are none.
    """
    try:
        lines = (data / FILE).read_text("utf-8").splitlines()
    except OSError as error:
        raise MotionError(
            "bad_file", f"{data} holds no groups of people.", "Run 'motionllm data people' first."
        ) from error
    found = []
    for line in lines:
        values = json.loads(line)
        people = tuple(Person(**person) for person in values.pop("people"))
        found.append(Group(people=people, **values))
    return found


def person_roots(dataset: Dataset, person: Person) -> np.ndarray:
    """Return a person's roots (length, 3) in the group's space."""
    record = dataset.records[person.clip]
    first = record.start + person.start
    window = slice(first, first + person.frames)
    path = roots(dataset.rotations[window, 0], dataset.translation[window])
    if person.flipped:
        path = mirrored(path)
    path = np.concatenate(
        [np.repeat(path[:1], person.before, 0), path, np.repeat(path[-1:], person.after, 0)]
    )
    place = np.array([person.x, person.z, person.yaw])
    start = path[0].copy()
    path[:, :2] -= start[:2]
    turn = np.array([0.0, 0.0, place[2] - start[2]])
    moved = put_to(turn, np.concatenate([path[:, :2], np.zeros((len(path), 1))], axis=1))
    return np.concatenate([moved[:, :2] + place[:2], path[:, 2:] + turn[2]], axis=1)


def person_features(dataset: Dataset, person: Person, flip: bool) -> np.ndarray:
    """Return a person's features (length, FEATURES), mirrored where `flip`."""
    record = dataset.records[person.clip]
    first = record.start + person.start
    side = int(person.flipped != flip)
    table = np.asarray(dataset.features[side, first : first + person.frames], np.float32)
    return np.concatenate([held(table[:1], person.before), table, held(table[-1:], person.after)])


def held(pose: np.ndarray, frames: int) -> np.ndarray:
    """Return features (frames, FEATURES) of somebody who keeps a pose (1, FEATURES)."""
    table = np.repeat(pose, frames, axis=0)
    table[:, : HEIGHT.start] = 0.0
    return table


def person_clip(dataset: Dataset, person: Person) -> Clip:
    """Return a person's motion in the group's space."""
    record = dataset.records[person.clip]
    clip = dataset.clip(replace(record, start=record.start + person.start, frames=person.frames))
    clip = clip.mirrored() if person.flipped else clip

    def stretched(values: np.ndarray) -> np.ndarray:
        return np.concatenate(
            [np.repeat(values[:1], person.before, 0), values,
             np.repeat(values[-1:], person.after, 0)]
        )  # fmt: skip

    clip = clip.moved(
        stretched(clip.rotations), stretched(clip.translation), stretched(clip.contacts)
    )
    return placed(clip, np.array([person.x, person.z, person.yaw]))
