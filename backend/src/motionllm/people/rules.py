"""The rules by which single clips become groups, and sentences find their rule. numpy only.

rules.toml says it all; this module reads it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from motionllm.english.phrases import choose
from motionllm.english.words import stem, words

PATH = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True)
class Role:
    """What one person of a group does.

    Attributes:
        keys: of pieces that show it.
        text: a sentence for that person alone.
        travel: "still", "forward", "backward", "round" or "" for any.
        seconds: shortest and longest.
        avoid: sources whose clips are too odd for it.
    """

    keys: tuple[str, ...]
    text: str
    travel: str = ""
    seconds: tuple[float, float] = (2.0, 6.0)
    avoid: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """How people are put together.

    Attributes:
        name: its name.
        roles: name of each person's role, the first person's first.
        place: how they stand to each other, see `people.arrange`.
        metres: least and most distance; its meaning depends on the place.
        timing: "together", "turns" (one after the other) or "canon" (the same, later).
        same: "" or how the second's motion follows from the first's: "clip" or "mirrored".
        captions: wordings true of it.
        words: patterns; a sentence that holds them all is of this rule.
        weight: how often it is drawn.
    """

    name: str
    roles: tuple[str, ...]
    place: str
    metres: tuple[float, float]
    captions: tuple[str, ...]
    words: tuple[str, ...]
    timing: str = "together"
    same: str = ""
    weight: float = 1.0

    def fits(self, text: str) -> bool:
        """Tell whether a sentence holds all of the rule's words."""
        return all(holds(word, text) for word in self.words)


@dataclass(frozen=True)
class Rules:
    """Everything in rules.toml.

    Attributes:
        rules: by which groups are composed, in the order in which sentences try them.
        roles: by name.
        captured: part of a recording's label to wordings of it.
        captured_words: pattern of sentences that recordings show.
        beyond: pattern of what nothing here shows.
        fillers: what {two}, {one} and {other} stand for.
    """

    rules: tuple[Rule, ...]
    roles: dict[str, Role]
    captured: dict[str, list[str]]
    captured_words: str
    beyond: str
    fillers: dict[str, str]

    def caption(self, phrase: str, rng) -> str:
        """Return a wording with {two}, {one}, {other} and (a|b) filled in."""
        for name, choices in self.fillers.items():
            phrase = phrase.replace("{" + name + "}", choices)
        return choose(phrase, rng)

    def stems(self) -> set[str]:
        """Return the stems of all words that groups are told in."""
        told = [*self.fillers.values(), *(text for rule in self.rules for text in rule.captions)]
        told += [text for texts in self.captured.values() for text in texts]
        return {stem(word) for text in told for word in words(text)}

    def find(self, text: str) -> Rule | None:
        """Return the first rule whose words a sentence holds."""
        return next((rule for rule in self.rules if rule.words and rule.fits(text)), None)

    def learnt(self, text: str) -> bool:
        """Tell whether a sentence is of a kind that groups were learnt from."""
        if holds(self.beyond, text):
            return False
        return holds(self.captured_words, text) or self.find(text) is not None


def holds(pattern: str, text: str) -> bool:
    """Tell whether a text holds whole words of a pattern."""
    return re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE) is not None


@lru_cache(maxsize=1)
def load_rules() -> Rules:
    """Read rules.toml."""
    table = tomllib.loads(PATH.read_text("utf-8"))
    roles = {
        name: Role(
            tuple(role["keys"]), role["text"], role.get("travel", ""),
            tuple(role.get("seconds", (2.0, 6.0))),
            () if name in table["styled"]["roles"] else tuple(table["styled"]["sources"]),
        )
        for name, role in table["role"].items()
    }  # fmt: skip
    rules = tuple(
        Rule(
            name, tuple(rule["roles"]), rule["place"], tuple(rule["metres"]),
            tuple(rule["captions"]), tuple(rule.get("words", ())), rule.get("timing", "together"),
            rule.get("same", ""), rule.get("weight", 1.0),
        )
        for name, rule in table["rule"].items()
    )  # fmt: skip
    captured = table["captured"]
    words = "|".join(kind["words"] for kind in captured.values() if kind["words"])
    captions = {name: kind["captions"] for name, kind in captured.items()}
    return Rules(rules, roles, captions, words, table["beyond"]["words"], table["fillers"])
