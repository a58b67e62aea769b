"""The rival that needs no training: the training clip whose caption is most like the text.

Standard library and numpy. Captions are compared as bags of words, rare words counting more
(tf-idf, cosine).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Protocol

from motionllm.data.dataset import Dataset
from motionllm.data.pieces import Piece, piece_clip
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
        self._texts = [" ".join(terms(text)) for p in self._pieces for text in p.captions]
        self._owner = [index for index, p in enumerate(self._pieces) for _ in p.captions]
        seen = Counter(word for text in self._texts for word in set(text.split()))
        count = len(self._texts)
        self._rarity = {word: math.log(count / number) for word, number in seen.items()}
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, text in enumerate(self._texts):
            for word, weight in self._vector(text).items():
                self._index[word].append((number, weight))

    def _vector(self, text: str) -> dict[str, float]:
        weights = {
            word: number * self._rarity[word]
            for word, number in Counter(terms(text)).items()
            if word in self._rarity
        }
        size = math.sqrt(sum(weight**2 for weight in weights.values())) or 1.0
        return {word: weight / size for word, weight in weights.items()}

    def find(self, text: str, seconds: float, rank: int = 0) -> Clip:
        """Return the motion of the best caption, cut to the seconds asked for where it is longer.

        Args:
            rank: 0 for the best caption, 1 for the next best of another piece ...: in place of a
                seed. Of captions that are equally good a longer piece is taken first.
        """
        score: dict[int, float] = defaultdict(float)
        for word, weight in self._vector(text).items():
            for number, other in self._index[word]:
                score[number] += weight * other
        best: dict[int, float] = {}
        for number, value in score.items():
            owner = self._owner[number]
            best[owner] = max(best.get(owner, 0.0), value)
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
