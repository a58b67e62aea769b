"""The training set on disk: its records and arrays.

Layout of the folder: `clips.json` (one record a clip, with its place in the arrays),
`rotations.npy` (N, 22, 4), `translation.npy` (N, 3), `contacts.npy` (N, 4) and `features.npy`
(2, N, FEATURES) half precision, the second half mirrored.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import features
from motionllm.motion.clip import Clip

HELD_OUT = 20  # one recording in so many is never trained on
# Too few clips, each of something else, to keep any from training.
UNSPLIT_SOURCES = ("animated_drawings", "deepmimic", "eyes_japan", "kaykit", "mesh2motion")


@dataclass(frozen=True)
class Record:
    """One clip of the training set: frames start..start+frames-1 of the arrays."""

    row: dict[str, str]
    start: int
    frames: int
    offset_s: float  # time in the csv's file of frame 0
    held_out: bool


def is_held_out(row: dict[str, str]) -> bool:
    """Say whether a recording is kept from training; both people of a take are on one side."""
    if row.get("split"):
        return row["split"] != "train"
    if row.get("source") in UNSPLIT_SOURCES:
        return False
    key = row["id"]
    if row.get("partner_id"):
        key = "pair" + key.rsplit("_", 1)[-1]
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % HELD_OUT == 0


def write(clips: list[tuple[dict[str, str], Clip, float]], out: Path) -> None:
    """Write clips at FPS, each with its row of clips.csv and its offset in it, as a set.

    What an earlier set in the folder was is taken away first: one that is broken off is none.

    Raises:
        MotionError: "output".
    """
    try:
        for name in ("clips.json", "pieces.jsonl", "people.jsonl"):
            (out / name).unlink(missing_ok=True)
        _write(clips, out)
    except OSError as error:
        raise MotionError(
            "output",
            f"The training set cannot be written to {out}: {error.strerror or error}.",
            "Make room, or choose another folder, and run the same command again.",
        ) from error


def _write(clips: list[tuple[dict[str, str], Clip, float]], out: Path) -> None:
    total = sum(clip.frames for _, clip, _ in clips)
    shape = 2, total, features.FEATURES
    table = np.lib.format.open_memmap(out / "features.npy", "w+", np.float16, shape)
    _take_room(out / "features.npy")
    records, start = [], 0
    for row, clip, offset in clips:
        stop = start + clip.frames
        table[0, start:stop] = features.clip_to_features(clip)
        table[1, start:stop] = features.clip_to_features(clip.mirrored())
        records.append(vars(Record(row, start, clip.frames, offset, is_held_out(row))))
        start = stop
    table.flush()
    for name in ("rotations", "translation", "contacts"):
        np.save(out / f"{name}.npy", np.concatenate([getattr(clip, name) for _, clip, _ in clips]))
    (out / "clips.json").write_text(json.dumps(records), "utf-8")


def _take_room(path: Path) -> None:
    """Make sure that the disk has what a file mapped into memory says it is long.

    Raises:
        OSError: it has not; found out later, the system would end the program without a word.
    """
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


class Dataset:
    """A written training set.

    Attributes:
        folder: where it is.
        records: one Record a clip.
        features: (2, N, FEATURES) half precision, memory-mapped; index 1 is mirrored.
        rotations, translation: (N, 22, 4) and (N, 3), memory-mapped: each clip from the origin.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            text = (folder / "clips.json").read_text("utf-8")
            self.records = [Record(**record) for record in json.loads(text)]
            self.features = np.load(folder / "features.npy", mmap_mode="r")
            self.rotations, self.translation, self._contacts = (
                np.load(folder / f"{name}.npy", mmap_mode="r")
                for name in ("rotations", "translation", "contacts")
            )
        except OSError as error:
            raise MotionError(
                "bad_file", f"{folder} holds no training set.", "Run 'motionllm data build' first."
            ) from error

    @property
    def commercial(self) -> bool:
        """Whether every clip allows commercial use."""
        return all(record.row.get("commercial_ok", "no") == "yes" for record in self.records)

    def clip(self, record: Record) -> Clip:
        """Return a record's clip."""
        window = slice(record.start, record.start + record.frames)
        return Clip.build(
            features.FPS,
            self.rotations[window],
            self.translation[window],
            self._contacts[window],
            record.row["label"],
            licence=record.row.get("licence", ""),
        )
