"""The rules by which single clips become groups, and sentences find their rule. numpy only.

rules.toml says it all; this module reads it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from motionllm.data.wording import choose

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
        place: how they stand to each other, see `people.compose`.
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
        return all(re.search(rf"\b(?:{word})\b", text, re.IGNORECASE) for word in self.words)


@dataclass(frozen=True)
class Rules:
    """All rules and roles; `captured` maps part of a label to wordings of recorded pairs."""

    rules: tuple[Rule, ...]
    roles: dict[str, Role]
    captured: dict[str, list[str]]
    fillers: dict[str, str] = field(default_factory=dict)

    def caption(self, phrase: str, rng) -> str:
        """Return a wording with {two}, {one}, {other} and (a|b) filled in."""
        for name, choices in self.fillers.items():
            phrase = phrase.replace("{" + name + "}", choices)
        return choose(phrase, rng)

    def find(self, text: str) -> Rule | None:
        """Return the first rule whose words a sentence holds."""
        return next((rule for rule in self.rules if rule.words and rule.fits(text)), None)


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
    return Rules(rules, roles, table["captured"], table["fillers"])
