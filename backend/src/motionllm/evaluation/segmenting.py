"""How well cuts fall on changes of action, on recordings of two actions joined. numpy only.

    python -m motionllm.evaluation.segmenting runs/data

Two recordings of different labels are laid end to end, place and heading going on and poses
cross-faded, so that nothing but the action tells the seam. A cut within TOLERANCE of it counts.
The recordings hold changes of their own (one stands, bows, stands), which cuts rightly find: how
many they are stands beside, and what as many cuts at even distances would hit.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from motionllm.data.dataset import Dataset, Record
from motionllm.evaluation.statistics import mean_interval
from motionllm.motion import rotation, segments
from motionllm.motion.clip import Clip, heading, to_origin

TOLERANCE = 0.5  # seconds
FADE = 0.4  # seconds over which the poses of one clip become the other's
LENGTHS = (3.0, 8.0)  # seconds of each half
PAIRS = 400
MOVING = ("walk", "run", "dash", "jog", "dance")
SOURCES = ("bandai_namco", "accad", "cmu", "mesh2motion")


def join(first: Clip, second: Clip, fade: float = FADE) -> tuple[Clip, float]:
    """Return two clips of one frame rate as one, and the second of the seam's middle."""
    n = round(fade * first.fps)
    rotations, places = to_origin(
        second.rotations.astype(np.float64), second.translation.astype(np.float64)
    )
    turn = rotation.yaw_quaternion(heading(first.rotations[:, 0].astype(np.float64))[-n])
    rotations[:, 0] = rotation.multiply(turn, rotations[:, 0])
    places = rotation.rotate(turn, places) + first.translation[-n] * [1.0, 0.0, 1.0]
    share = ((np.arange(n) + 1.0) / (n + 1))[:, None]
    before = first.rotations[-n:].astype(np.float64)
    after = rotations[:n]
    after = np.where((before * after).sum(-1, keepdims=True) < 0, -after, after)
    mixed = rotation.normalize((1 - share[..., None]) * before + share[..., None] * after)
    way = (1 - share) * first.translation[-n:] + share * places[:n]
    clip = Clip.build(
        first.fps,
        np.concatenate([first.rotations[:-n], mixed, rotations[n:]]),
        np.concatenate([first.translation[:-n], way, places[n:]]),
    )
    return clip, (first.frames - n / 2) / first.fps


def pairs(data: Dataset, count: int, rng: np.random.Generator):
    """Yield (label, label, joined clip, seam) of recordings whose labels begin differently."""
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
            yield first, second, *join(*halves)
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
