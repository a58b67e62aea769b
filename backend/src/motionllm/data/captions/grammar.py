"""Reading the grammar files and turning their phrases into sentences. Standard library only.

A phrase may hold (a|b|) to choose from, [verb] to inflect and {their}, {them}, {themself},
{they}, {side}, {clock} to fill in.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).with_name("grammar")
ACTION_FILES = ("locomotion", "gestures", "fighting", "ground", "daily", "dance")
_CHOICE = re.compile(r"\(([^()]*)\)")
_VERB = re.compile(r"\[([^\]]+)\]")
_IRREGULAR_THIRD = {"be": "is", "have": "has", "do": "does", "go": "goes"}
_IRREGULAR_ING = {
    "be": "being",
    "control": "controlling",
    "frolic": "frolicking",
    "lie": "lying",
    "tiptoe": "tiptoeing",
    "uncap": "uncapping",
}
_PRONOUNS = {
    "they": ("they", "their", "them", "themselves"),
    "he": ("he", "his", "him", "himself"),
    "she": ("she", "her", "her", "herself"),
    "you": ("you", "your", "yourself", "yourself"),
}


@lru_cache(maxsize=16)
def grammar_file(name: str) -> dict:
    """One TOML file of the grammar folder."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf8"))


@lru_cache(maxsize=1)
def actions() -> dict[str, dict]:
    """Every action of the grammar by its key."""
    table: dict[str, dict] = {}
    for name in ACTION_FILES:
        table.update(grammar_file(name))
    return table


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


def third(verb: str) -> str:
    """walk -> walks."""
    if verb in _IRREGULAR_THIRD:
        return _IRREGULAR_THIRD[verb]
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + ("es" if re.search(r"(s|x|z|ch|sh|o)$", verb) and verb != "tiptoe" else "s")


def ing(verb: str) -> str:
    """walk -> walking, run -> running, lie -> lying."""
    if verb in _IRREGULAR_ING:
        return _IRREGULAR_ING[verb]
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    last = re.split(r"-", verb)[-1]
    if re.fullmatch(r"(?:qu|[^aeiou])*[aeiouy][^aeiouwxy]", last) or last.endswith("step"):
        return verb + verb[-1] + "ing"
    return verb + "ing"


def inflect(phrase: str, form: str, pronoun: str = "they", plural: bool = False) -> str:
    """Fill verbs and pronouns in. form: base, third or ing; plural keeps "they walk"."""
    how = {"base": str, "third": str if plural else third, "ing": ing}[form]
    forms = iter(range(len(phrase)))

    def verb(match: re.Match) -> str:
        first, word = next(forms) == 0, match[1]
        # "is being seated" is clumsy, a plain "seated" is what people write.
        return "" if word == "be" and form == "ing" and first else how(word)

    they, their, them, self_ = _PRONOUNS[pronoun]
    phrase = _VERB.sub(verb, phrase)
    words = {"they": they, "their": their, "them": them, "themself": self_}
    phrase = re.sub(r"\{(they|their|them|themself)\}", lambda match: words[match[1]], phrase)
    return " ".join(phrase.split())
