"""Training sets that are made of a training set's recordings, each in a folder below it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from motionllm.data import pieces as piece_files
from motionllm.data.dataset import Dataset, write
from motionllm.english.mirror import mirror_text
from motionllm.motion.clip import Clip

# What each is called, and its share of the samples that a model is trained on.
SHARES = {"joined": 0.2, "at_once": 0.15, "gestures": 0.15}


def made_sets(data: Path) -> list[Dataset]:
    """Return those that were built below a training set, in the order of SHARES."""
    folders = [data / name for name in SHARES]
    return [Dataset(folder) for folder in folders if (folder / "clips.json").is_file()]


class MadeSet:
    """A set that is being made: motions with their captions, each both ways round."""

    def __init__(self) -> None:
        self._clips: list[tuple[dict[str, str], Clip, float]] = []
        self._pieces: list[piece_files.Piece] = []

    def __len__(self) -> int:
        """How many motions there are so far."""
        return len(self._clips)

    @property
    def pieces(self) -> int:
        """How many pieces they are."""
        return len(self._pieces)

    def add(
        self, row: dict[str, str], clip: Clip, key: str, captions: Sequence[str],
        told: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Add a motion.

        Args:
            row: of its clip, see `data.dataset`.
            clip: a whole number of tokens long.
            key, captions, told: of its piece, see `data.pieces`; as it is, not mirrored.
        """
        for mirrored in (False, True):
            turn = mirror_text if mirrored else str
            self._pieces.append(
                piece_files.Piece(
                    len(self._clips), 0, clip.frames, mirrored, key,
                    [turn(text) for text in captions], 0, [turn(text) for text in told],
                )
            )  # fmt: skip
        self._clips.append((row, clip, 0.0))

    def write(self, folder: Path) -> None:
        """Write the set in the place of an earlier one, which goes where there is nothing."""
        shutil.rmtree(folder, ignore_errors=True)
        if self._clips:
            folder.mkdir()
            write(self._clips, folder)
            piece_files.write(self._pieces, folder)
