"""People recorded together: pairs of takes with `partner_id`, in the space they share. numpy only.

`data.build` turns every clip to the origin; here the files are read once more for where each began.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from motionllm.data.dataset import Dataset
from motionllm.data.people.groups import Group, Person, person_roots
from motionllm.data.sources.bvh_folder import BvhFolder
from motionllm.data.sources.folder import Fits
from motionllm.english.phrases import choose
from motionllm.motion.bvh import BvhFile
from motionllm.motion.features import FPS
from motionllm.motion.root import roots, seen_from
from motionllm.people.rules import load_rules
from motionllm.rig.from_bvh import Calibration, motion_in_space

HOLD_EVERY = 4  # one pair of takes in so many is never trained on
SHORTEST, LONGEST, STEP = 3.0, 7.0, 1.0  # seconds: windows of a take, and from one to the next
CAPTIONS = 6
CALIBRATION = 12  # files


def pairs(dataset: Dataset) -> list[tuple[int, int]]:
    """Return indices of the records of every two that were recorded together."""
    index = {record.row["id"]: i for i, record in enumerate(dataset.records)}
    found = set()
    for i, record in enumerate(dataset.records):
        partner = index.get(record.row.get("partner_id", ""))
        if partner is not None and record.frames == dataset.records[partner].frames:
            found.add((min(i, partner), max(i, partner)))
    return sorted(found)


def starts(mocap: Path, dataset: Dataset) -> dict[int, np.ndarray]:
    """Return the first root (3,) of every paired record in the space of its recording."""
    members = sorted({i for pair in pairs(dataset) for i in pair})
    files = BvhFolder(mocap)
    read = {i: files.read(dataset.records[i].row) for i in members}
    fits: dict[str, Fits[BvhFile, Calibration]] = {}
    for i in members:
        family = dataset.records[i].row["skeleton"]
        if family not in fits:
            same = [read[j] for j in members if dataset.records[j].row["skeleton"] == family]
            fits[family] = Fits(files, family, same[:CALIBRATION])
    found = {}
    for i in members:
        row = dataset.records[i].row
        fit = fits[row["skeleton"]].of(read[i])
        rotations, translation = motion_in_space(read[i], fit, row["id"])
        found[i] = roots(rotations[:1, 0], translation[:1])[0]
    return found


def captured_groups(
    mocap: Path, dataset: Dataset, say: Callable[[str], None] = print
) -> Iterator[Group]:
    """Yield windows of all paired takes, both people in turn as the first one."""
    captions = load_rules().captured
    places = starts(mocap, dataset)
    found = pairs(dataset)
    say(f"{len(found)} pairs of takes recorded together")
    for number, pair in enumerate(found):
        record = dataset.records[pair[0]]
        held_out = number % HOLD_EVERY == HOLD_EVERY - 1
        rng = random.Random(record.row["id"])
        label = record.row["label"]
        wordings = next((w for key, w in captions.items() if key in label), captions["other"])
        whole = [
            Person(i, 0, record.frames, x=places[i][0], z=places[i][1], yaw=places[i][2])
            for i in pair
        ]
        paths = [person_roots(dataset, person) for person in whole]
        begin, stop = 0, record.frames
        while begin + SHORTEST * FPS <= stop:
            length = min(rng.randint(int(SHORTEST * FPS), int(LONGEST * FPS)), stop - begin)
            texts = [choose(wordings[rng.randrange(len(wordings))], rng) for _ in range(CAPTIONS)]
            for first, second in ((0, 1), (1, 0)):
                seen = seen_from(paths[first][begin], paths[second][begin])
                yield Group(
                    "captured", True, held_out,
                    (
                        Person(pair[first], begin, length),
                        Person(pair[second], begin, length, x=float(seen[0]), z=float(seen[1]),
                               yaw=float(seen[2])),
                    ),
                    list(dict.fromkeys(texts)), record.row["id"],
                )  # fmt: skip
            begin += int(STEP * FPS) if not held_out else length  # held-out windows do not overlap
