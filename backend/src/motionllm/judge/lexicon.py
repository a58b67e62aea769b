"""The words of `lexicon.toml` and `styles.toml` as patterns. Standard library only."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from motionllm.english.inflect import ing, third
from motionllm.english.phrases import expansions

_PAST = {
    "bend": "bent", "blow": "blew", "bring": "brought", "catch": "caught", "come": "came",
    "creep": "crept", "do": "did", "drink": "drank", "drive": "drove", "eat": "ate",
    "fall": "fell", "fight": "fought", "fling": "flung", "flee": "fled", "get": "got",
    "give": "gave", "go": "went", "hit": "hit", "hold": "held", "keep": "kept", "kneel": "knelt",
    "lay": "laid", "leap": "leapt", "lie": "lay", "make": "made", "put": "put", "rise": "rose",
    "run": "ran", "say": "said", "set": "set", "shake": "shook", "sit": "sat", "sleep": "slept",
    "speed": "sped", "spin": "spun", "spring": "sprang", "stand": "stood", "strike": "struck",
    "stride": "strode", "sweep": "swept", "swing": "swung", "take": "took", "throw": "threw",
    "write": "wrote",
}  # fmt: skip
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


def forms(verb: str) -> list[str]:
    """Return a verb in every form that captions use."""
    doubled = ing(verb).removesuffix("ing")
    past = _PAST.get(verb) or (verb[:-1] + "ied" if re.search(r"[^aeiou]y$", verb) else
                               (verb + "d" if verb.endswith("e") else doubled + "ed"))  # fmt: skip
    return list(dict.fromkeys([third(verb), ing(verb), past, verb]))


@cache
def acts() -> tuple[Act, ...]:
    """Return the actions that can be read, in the order of the lexicon."""
    found = []
    for name, entry in _table("lexicon").items():
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
