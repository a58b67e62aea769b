"""Phrases with alternatives in brackets: one drawn, or all of them. Standard library only."""

from __future__ import annotations

import re

_CHOICE = re.compile(r"\(([^()]*)\)")


def pick(items, rng):
    """One item of a sequence; rng needs .random() only."""
    return items[int(rng.random() * len(items))]


def choose(phrase: str, rng) -> str:
    """Resolve every (a|b|) of a phrase."""
    while match := _CHOICE.search(phrase):
        phrase = phrase[: match.start()] + pick(match[1].split("|"), rng) + phrase[match.end() :]
    return " ".join(phrase.split())


def expansions(phrase: str) -> list[str]:
    """Every phrase that `choose` can give."""
    match = _CHOICE.search(phrase)
    if not match:
        return [" ".join(phrase.split())]
    found = []
    for option in match[1].split("|"):
        found += expansions(phrase[: match.start()] + option + phrase[match.end() :])
    return found
