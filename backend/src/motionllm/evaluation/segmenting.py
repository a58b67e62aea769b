"""How well cuts fall on changes of action, on recordings of two actions joined. numpy only.

    python -m motionllm.evaluation.segmenting runs/data

Two recordings of different labels are laid end to end, place and heading going on and the seam
blended (motion.join), so that nothing but the action tells it. A cut within TOLERANCE of it counts.
The recordings hold changes of their own (one stands, bows, stands), which cuts rightly find: how
many they are stands beside, and what as many cuts at even distances would hit.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from motionllm.data.dataset import Dataset, Record
from motionllm.evaluation.statistics import mean_interval
from motionllm.motion import segments
from motionllm.motion.clip import Clip
from motionllm.motion.join import BLEND, join

TOLERANCE = 0.5  # seconds
LENGTHS = (3.0, 8.0)  # seconds of each half
PAIRS = 400
MOVING = ("walk", "run", "dash", "jog", "dance")
SOURCES = ("bandai_namco", "accad", "cmu", "mesh2motion")


def pairs(
    data: Dataset, count: int, rng: np.random.Generator
) -> Iterator[tuple[str, str, Clip, float]]:
    """Yield (label, label, joined clip, seam) of recordings whose labels begin differently.

    The seam is the middle of the blend, in seconds.
    """
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in data.records:
        label = record.row["label"].split(",")[0].lower()
        long_enough = record.frames >= LENGTHS[0] * 30
        if record.row["source"] in SOURCES and long_enough and 0 < len(label.split()) <= 4:
            groups[label].append(record)
    labels = sorted(groups)
    while count:
        first, second = (str(label) for label in rng.choice(labels, 2, replace=False))
        if first.split()[0] != second.split()[0]:
            halves = [_part(data, groups[label], rng) for label in (first, second)]
            yield first, second, join(halves), halves[0].seconds + BLEND / 2
            count -= 1


def _part(data: Dataset, records: list[Record], rng: np.random.Generator) -> Clip:
    record = records[rng.integers(len(records))]
    most = round(LENGTHS[1] * 30)
    spare = max(0, record.frames - most)
    start = record.start + int(rng.integers(spare + 1))
    return data.clip(replace(record, start=start, frames=min(record.frames, most)))


def main(arguments: list[str]) -> None:
    """Print the table."""
    data = Dataset(Path(arguments[0]))
    rng = np.random.default_rng(2)
    rows = defaultdict(list)
    for first, second, clip, seam in pairs(data, PAIRS, rng):
        cuts = np.array(segments.cut_points(clip))
        even = np.arange(1, len(cuts) + 1) * clip.seconds / (len(cuts) + 1)
        moves = [any(word in label for word in MOVING) for label in (first, second)]
        for kind in ("all", "moving and standing" if moves[0] != moves[1] else "alike"):
            rows[kind].append((_hits(cuts, seam), _hits(even, seam), len(cuts)))
    print("| pairs | number | seam found within 0.5 s | even cuts | cuts a clip |")
    print("|---|---:|---:|---:|---:|")
    for kind, found in rows.items():
        hits, even, cuts = zip(*found, strict=True)
        mean, low, high = (100 * value for value in mean_interval(hits))
        print(
            f"| {kind} | {len(found)} | {mean:.0f} % ({low:.0f}-{high:.0f}) "
            f"| {100 * np.mean(even):.0f} % | {np.mean(cuts):.1f} |"
        )


def _hits(cuts: np.ndarray, seam: float) -> float:
    return float(len(cuts) > 0 and np.abs(cuts - seam).min() <= TOLERANCE)


if __name__ == "__main__":
    main(sys.argv[1:])
