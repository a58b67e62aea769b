"""How well a pack's tokenizer rebuilds recordings it was never trained on. numpy only."""

from __future__ import annotations

import numpy as np

from motionllm.data.dataset import Dataset, Record
from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer
from motionllm.evaluation.statistics import Interval, interval
from motionllm.evaluation.tables import Table
from motionllm.motion import features
from motionllm.motion.clip import Clip
from motionllm.motion.compare import LONGEST, planted_skate, rebuilding_figures
from motionllm.motion.feet import clean

TIMES = (1, 4, 16)  # training tokens looked at, in times the held-out ones
_FIGURES = {
    "MPJPE, root-aligned, mm": "mpjpe_mm",
    "MPJPE, in the world, mm": "global_mm",
    "angle between local rotations, degrees": "angle_deg",
    "root error at the end, % of the path": "path_percent",
    "foot skate / real": "skate",
    "foot skate / real, cleaned": "skate_cleaned",
}


def tokenizer_table(tokenizer: MotionTokenizer, dataset: Dataset) -> Table:
    """Return the figures of all held-out clips and of each source, weighted by time.

    Intervals draw recordings anew. Foot skate is the mean speed of planted foot joints, planted
    where the recording plants them.
    """
    held = [record for record in dataset.records if record.held_out]
    rows, codes = [], []
    for record in held:
        figures, found = _measure(tokenizer, dataset.clip(record), record)
        rows.append(figures)
        codes.append(found)
    sources = list(dict.fromkeys(row["source"] for row in rows))
    table = Table(
        "Tokenizer, recordings never trained on",
        ["figure", "all", *sources],
        "Weighted by time, clips cut to 10 s; in brackets 95 % intervals over recordings.",
    )
    for title, key in _FIGURES.items():
        cells = [_figure(rows, key)]
        cells += [
            _figure([row for row in rows if row["source"] == source], key) for source in sources
        ]
        table.add(title, *cells)
    count = [str(len(rows))] + [str(sum(r["source"] == source for r in rows)) for source in sources]
    table.add("recordings", *count)
    count = sum(map(len, codes))
    table.add(f"codes in use by these {count} tokens, %", _used(tokenizer, np.concatenate(codes)))
    # How many codes so few tokens can use at all: by as many, and more, of what was trained on.
    seen = _training_codes(tokenizer, dataset, max(TIMES) * count)
    for wanted in (times * count for times in TIMES):
        table.add(f"codes in use by {wanted} training tokens, %", _used(tokenizer, seen[:wanted]))
    return table


def _used(tokenizer: MotionTokenizer, codes: np.ndarray) -> float:
    """Return the share of all codes of all levels that occur in tokens (n, levels), in per cent."""
    levels, size = tokenizer.books.shape[:2]
    return 100.0 * sum(len(np.unique(level)) for level in codes.T) / (levels * size)


def _training_codes(tokenizer: MotionTokenizer, dataset: Dataset, count: int) -> np.ndarray:
    """Return codes (n, levels) of training clips drawn at random, `count` tokens or all."""
    records = [record for record in dataset.records if not record.held_out]
    found: list[np.ndarray] = []
    for index in np.random.default_rng(0).permutation(len(records)):
        if count <= 0:
            break
        clip = dataset.clip(records[index])
        clip = clip.cut(0, min(clip.frames, LONGEST))
        codes = np.asarray(tokenizer.encode_clip(clip)).reshape(-1, len(tokenizer.books))
        found.append(codes[:count])
        count -= len(found[-1])
    return np.concatenate(found)


def _figure(rows: list[dict], key: str) -> Interval:
    if key.startswith("skate"):
        return interval(rows, lambda some: _sum(some, key) / max(_sum(some, "skate_real"), 1e-9))
    good = [row for row in rows if np.isfinite(row[key])]
    return interval(
        good, lambda some: _sum(some, key) / max(sum(row["frames"] for row in some), 1e-9)
    )


def _sum(rows: list[dict], key: str) -> float:
    return float(sum(row["frames"] * row[key] for row in rows))


def _measure(tokenizer: MotionTokenizer, clip: Clip, record: Record) -> tuple[dict, np.ndarray]:
    frames = min(clip.frames, LONGEST) // tokenizer.frames_per_token * tokenizer.frames_per_token
    real = clip.cut(0, frames)
    codes = tokenizer.encode_clip(real)
    made = tokenizer.decode_tokens(codes)
    return rebuilding_figures(made, real) | {
        "source": record.row.get("source", ""),
        "frames": frames,
        "skate_cleaned": planted_skate(clean(made).joints, real.contacts, features.FPS),
    }, np.asarray(codes).reshape(len(codes), -1)
