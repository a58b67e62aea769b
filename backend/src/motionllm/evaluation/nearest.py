"""The rival that needs no training: the training clip whose caption is most like the text.

How captions are compared: `motionllm.english.likeness`. numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from motionllm.data.dataset import Dataset
from motionllm.data.pieces import Piece, piece_clip
from motionllm.english.likeness import Likeness
from motionllm.english.words import terms
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS


class Rival(Protocol):
    """What is measured beside a pack."""

    name: str

    def make(
        self, wanted: list[tuple[str, float]], seeds: int, say: Callable[[str], None], /
    ) -> list[list[Clip]]:
        """Return `seeds` clips for every (text, seconds); `say` takes a line of progress."""
        ...


class NearestCaption:
    """Answers a text with recorded motion.

    Args:
        dataset: the training set.
        pieces: its captioned pieces; those of held-out recordings are not used.
    """

    name = "nearest training clip"

    def __init__(self, dataset: Dataset, pieces: list[Piece]) -> None:
        self._dataset = dataset
        self._pieces = [p for p in pieces if not dataset.records[p.clip].held_out]
        self._likeness = Likeness([piece.captions for piece in self._pieces], terms)

    def find(self, text: str, seconds: float, rank: int = 0) -> Clip:
        """Return the motion of the best caption, cut to the seconds asked for where it is longer.

        Args:
            rank: 0 for the best caption, 1 for the next best of another piece ...: in place of a
                seed. Of captions that are equally good a longer piece is taken first.
        """
        best = self._likeness.scores(text)
        frames = round(seconds * FPS)

        def order(owner: int) -> tuple[float, int, int]:
            length = self._pieces[owner].frames
            return (-round(best[owner], 6), abs(min(length - frames, 0)), owner)

        ranked = sorted(best, key=order) or [0]
        piece = self._pieces[ranked[min(rank, len(ranked) - 1)]]
        return piece_clip(self._dataset, piece, frames)

    def make(
        self, wanted: list[tuple[str, float]], seeds: int, _say: Callable[[str], None], /
    ) -> list[list[Clip]]:
        """Return the `seeds` best clips for every (text, seconds)."""
        return [[self.find(*one, rank) for rank in range(seeds)] for one in wanted]
