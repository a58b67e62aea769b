"""Training sets that are made of a training set's recordings, each in a folder below it."""

from __future__ import annotations

from pathlib import Path

from motionllm.data.dataset import Dataset

# What each is called, and its share of the samples that a model is trained on.
SHARES = {"joined": 0.2, "at_once": 0.15, "gestures": 0.15}


def made_sets(data: Path) -> list[Dataset]:
    """Return those that were built below a training set, in the order of SHARES."""
    folders = [data / name for name in SHARES]
    return [Dataset(folder) for folder in folders if (folder / "clips.json").is_file()]
