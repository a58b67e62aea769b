"""The words of `lexicon.toml` and `styles.toml` as patterns. Standard library only."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from motionllm.english.inflect import forms
from motionllm.english.phrases import expansions

_THEIR = (
    r"(?:(?:his|her|their|its|the|my|your|a|an|both|one|two|left|right|other|of|own|them|him) )"
    r"{0,4}"
)
# Words that end what one clause says.
_GAP = r"(?:(?!(?:and|then|while|before|after|as)\b)[\w'-]+ ){0,4}?"
_TOKEN = re.compile(r"\[[^\]]+\]|\{their\}|\.\.\.|\S+")


@dataclass(frozen=True)
class Act:
    """An entry of the lexicon; see there."""

    name: str
    check: str
    parts: tuple[str, ...]
    alone: str
    pattern: re.Pattern


@cache
def acts() -> tuple[Act, ...]:
    """Return the actions that can be read, in the order of the lexicon."""
    found = []
    for name, entry in entries().items():
        phrases = [phrase for said in entry["say"] for phrase in expansions(said)]
        phrases.sort(key=len, reverse=True)
        pattern = re.compile(r"\b(?:" + "|".join(map(_pattern, phrases)) + r")(?![\w-])")
        found.append(
            Act(name, entry["check"], tuple(entry["parts"]), entry.get("alone", ""), pattern)
        )
    return tuple(found)


@cache
def alone() -> dict[str, str]:
    """Return how actions of the arms or the head are said by themselves, by name."""
    return {act.name: act.alone for act in acts() if act.alone}


@cache
def manners() -> dict[str, str]:
    """Return the check of every word that says how something is done."""
    return {word: entry["check"] for entry in _table("styles").values() for word in entry["say"]}


def entries() -> dict[str, dict]:
    """Return the lexicon as it is written, by action."""
    return _table("lexicon")


def _table(name: str) -> dict:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))


def _pattern(phrase: str) -> str:
    parts = []
    for token in _TOKEN.findall(phrase):
        if token == "...":
            parts.append(_GAP)
        elif token == "{their}":
            parts.append(_THEIR)
        elif token.startswith("["):
            parts.append("(?:" + "|".join(map(re.escape, forms(token[1:-1]))) + ") ")
        else:
            parts.append(re.escape(token) + " ")
    joined = "".join(parts)
    return joined.removesuffix(" ")
