"""Captions cut to a name, to tags, to what follows their subject. Standard library only."""

from __future__ import annotations

import re

_PERSON = (
    r"^\s*(an?|the|some)?\s*((young|old|tired|happy)\s+)?"
    r"(person|man|woman|lady|guy|boy|girl|figure|character|human|someone|somebody)\s+"
)
_WHO = re.compile(_PERSON, re.IGNORECASE)
_SUBJECT = re.compile(_PERSON + r"(is\s+)?", re.IGNORECASE)
_COMMON = {
    "and", "are", "but", "for", "from", "has", "her", "him", "his", "into", "its", "not", "off",
    "one", "onto", "out", "over", "she", "the", "their", "them", "then", "there", "they", "this",
    "was", "were", "while", "who", "with", "without", "some", "another", "each", "other",
}  # fmt: skip


def without_subject(caption: str) -> str:
    """Return what a caption says of its person, as "is walking"; all of it if it names nobody."""
    return _WHO.sub("", caption) or caption


def label(caption: str, most: int = 60) -> str:
    """Return a name for a motion: its caption without the subject, no longer than so many bytes."""
    text = _SUBJECT.sub("", " ".join(caption.split()).rstrip(". ")) or caption
    while len(text.encode()) > most:
        text = text.rpartition(" ")[0] or text[:-1]
    return text.rstrip(" ,.;")


def tags(caption: str) -> list[str]:
    """Return the words of a caption that one would look for, each once."""
    words = re.findall(r"[^\W\d_]+", _SUBJECT.sub("", caption.lower()))
    return [word for word in dict.fromkeys(words) if len(word) > 2 and word not in _COMMON]
