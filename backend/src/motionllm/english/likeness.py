"""Which of many captioned things a text is most like, by words. Standard library only.

Captions are compared as bags of words, rare words counting more (tf-idf, cosine).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence


class Likeness:
    """Captions, ready to be compared with.

    Args:
        captions: those of each thing.
        split: a text's words, as they are compared.
    """

    def __init__(
        self, captions: Iterable[Sequence[str]], split: Callable[[str], list[str]]
    ) -> None:
        self._split = split
        said = [
            (owner, Counter(split(text))) for owner, some in enumerate(captions) for text in some
        ]
        self._owner = [owner for owner, _ in said]
        seen = Counter(word for _, bag in said for word in bag)
        self._rarity = {word: math.log(len(said) / number) for word, number in seen.items()}
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, (_, bag) in enumerate(said):
            for word, weight in self._vector(bag).items():
                self._index[word].append((number, weight))

    def scores(self, text: str) -> dict[int, float]:
        """Return the likeness of each thing that shares a word with a text: its best caption's."""
        of_caption: dict[int, float] = defaultdict(float)
        for word, weight in self._vector(Counter(self._split(text))).items():
            for number, other in self._index.get(word, ()):
                of_caption[number] += weight * other
        best: dict[int, float] = {}
        for number, value in of_caption.items():
            owner = self._owner[number]
            best[owner] = max(best.get(owner, 0.0), value)
        return best

    def _vector(self, bag: Counter[str]) -> dict[str, float]:
        rarity = self._rarity
        weights = {word: times * rarity[word] for word, times in bag.items() if word in rarity}
        size = math.sqrt(sum(weight**2 for weight in weights.values())) or 1.0
        return {word: weight / size for word, weight in weights.items()}
