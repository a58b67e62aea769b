"""Words of a text, and their stems. Standard library only."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORDS = re.compile(r"[a-z]+(?:'[a-z]+)?")
_LETTERS = re.compile(r"L[LM]*(?:'L[LM]*)?")  # in the general categories of a text
_TERMS = re.compile(r"[a-z0-9'-]+")
_ENDINGS = ("ingly", "edly", "ing", "ied", "ies", "ed", "es", "ly", "s", "e", "y")
SHORTEST_STEM = 3


def words(text: str) -> list[str]:
    """Return a text's words, lower case, without numbers and punctuation.

    Words of any script are whole: their letters, with the marks that belong to them. Where a script
    puts no space between words, what stands together is one.
    """
    text = unicodedata.normalize("NFC", text).lower().replace("\u2019", "'")
    if text.isascii():
        return _WORDS.findall(text)
    kinds = "".join(unicodedata.category(letter)[0] if letter != "'" else "'" for letter in text)
    return [text[found.start() : found.end()] for found in _LETTERS.finditer(kinds)]


def terms(text: str) -> list[str]:
    """Return a text's words as captions are compared by: numbers and hyphens stay in them."""
    return _TERMS.findall(text.lower())


@lru_cache(maxsize=16384)  # texts use few words, and often
def stem(word: str) -> str:
    """Return a word without its ending, so that waves, waved and waving are one.

    Rough on purpose: what it confuses are words of one family.
    """
    word = word.removesuffix("'s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            word = word[: -len(ending)]
            break
    # running, stopped: the consonant before the ending is doubled
    if len(word) > SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word
