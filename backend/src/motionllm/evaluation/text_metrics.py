"""How near a sentence is to what people wrote: BLEU, ROUGE-L, CIDEr. Standard library.

Every measure takes candidates and, for each, one or more references; words are lower case, with
punctuation off. All return values of 0 to 100, CIDEr of 0 to 1000. The definitions are those of
the reference implementation of the captioning literature (`pycocoevalcap`), which the tests compare
with; it takes the words as given, so that only its tokenizer is not used.
"""

from __future__ import annotations

import math
from collections import Counter

from motionllm.english.words import terms

ORDERS = 4  # longest n-gram
BETA = 1.2  # how much recall counts over precision in ROUGE-L
SIGMA = 6.0  # words more or less than the reference, in CIDEr-D


def _grams(tokens: list[str], order: int) -> Counter:
    return Counter(tuple(tokens[i : i + order]) for i in range(len(tokens) - order + 1))


def bleu(candidates: list[str], references: list[list[str]], order: int = ORDERS) -> float:
    """Return corpus BLEU with n-grams up to `order`, closest reference length.

    Source: K. Papineni et al., "BLEU", ACL 2002; not smoothed.
    """
    right, total = [0] * order, [0] * order
    said = meant = 0
    for candidate, several in zip(candidates, references, strict=True):
        tokens = terms(candidate)
        others = [terms(reference) for reference in several]
        said += len(tokens)
        meant += min((abs(len(other) - len(tokens)), len(other)) for other in others)[1]
        for n in range(1, order + 1):
            grams = _grams(tokens, n)
            best = Counter()
            for other in others:
                best |= _grams(other, n)
            right[n - 1] += sum((grams & best).values())
            total[n - 1] += sum(grams.values())
    if not all(right):
        return 0.0
    precision = sum(math.log(a / b) for a, b in zip(right, total, strict=True)) / order
    brief = min(0.0, 1.0 - meant / max(said, 1))
    return 100.0 * math.exp(precision + brief)


def rouge_l(candidates: list[str], references: list[list[str]]) -> float:
    """Return the mean ROUGE-L: longest common subsequence, best reference.

    Source: C.-Y. Lin, "ROUGE", 2004; beta 1.2 as in the captioning literature.
    """
    scores = []
    for candidate, several in zip(candidates, references, strict=True):
        tokens = terms(candidate)
        precision = recall = 0.0
        for reference in several:
            other = terms(reference)
            common = _common(tokens, other)
            precision = max(precision, common / max(len(tokens), 1))
            recall = max(recall, common / max(len(other), 1))
        weighted = recall + BETA**2 * precision
        scores.append((1 + BETA**2) * precision * recall / weighted if weighted else 0.0)
    return 100.0 * sum(scores) / max(len(scores), 1)


def _common(a: list[str], b: list[str]) -> int:
    row = [0] * (len(b) + 1)
    for word in a:
        before = 0
        for index, other in enumerate(b, 1):
            kept = row[index]
            row[index] = before + 1 if word == other else max(row[index], row[index - 1])
            before = kept
    return row[-1]


def cider(candidates: list[str], references: list[list[str]]) -> float:
    """Return the mean CIDEr-D; rarity of n-grams is taken from the references themselves.

    An n-gram that is said more often than by the reference counts no more for it, and a candidate
    of another length than the reference counts less: what the captioning literature calls CIDEr.

    Source: R. Vedantam et al., "CIDEr", CVPR 2015, section 6; sigma 6.
    """
    said = [_all_grams(text) for text in candidates]
    meant = [[_all_grams(text) for text in several] for several in references]
    seen = Counter(gram for several in meant for gram in set().union(*several))

    def weighted(grams: Counter) -> list[dict[tuple, float]]:
        orders: list[dict[tuple, float]] = [{} for _ in range(ORDERS)]
        for gram, times in grams.items():
            rarity = math.log(len(references) / max(1, seen[gram]))
            orders[len(gram) - 1][gram] = times * rarity
        return orders

    total = 0.0
    for candidate, several in zip(said, meant, strict=True):
        own = weighted(candidate)
        for other in several:
            apart = _pairs(candidate) - _pairs(other)
            alike = sum(map(_clipped_cosine, own, weighted(other)))
            total += alike * math.exp(-(apart**2) / (2 * SIGMA**2)) / len(several)
    return 1000.0 * total / (ORDERS * max(len(references), 1))


def _all_grams(text: str) -> Counter:
    """Return how often a text says each n-gram of every order."""
    tokens = terms(text)
    return sum((_grams(tokens, order) for order in range(1, ORDERS + 1)), Counter())


def _pairs(grams: Counter) -> int:
    """Return the number of pairs of neighbours: a text's length, but for one word."""
    return sum(times for gram, times in grams.items() if len(gram) == 2)


def _clipped_cosine(own: dict[tuple, float], other: dict[tuple, float]) -> float:
    size = math.sqrt(sum(v**2 for v in own.values()) * sum(v**2 for v in other.values()))
    shared = sum(min(value, other.get(gram, 0.0)) * other.get(gram, 0.0)
                 for gram, value in own.items())  # fmt: skip
    return shared / size if size else 0.0
