"""A sentence about several people taken apart: what each of them does. Standard library only."""

from __future__ import annotations

import re

from motionllm.english.inflect import third

_WHO = (
    r"(?:people|persons|friends|men|women|guys|girls|boys|actors|characters|dancers|partners|"
    r"soldiers|children|kids|strangers|colleagues|fighters|boxers|zombies|figures)"
)
_GROUP = re.compile(
    rf"^\s*(?:(?:the\s+)?(?:two|three|four|five|six|both)(?:\s+\w+)?\s+{_WHO}|"
    rf"(?:a|the)\s+(?:couple|pair|group)(?:\s+of\s+{_WHO})?|"
    rf"{_WHO}|they|both(?:\s+of\s+them)?|(?:a|the)\s+\w+\s+and\s+(?:a|the|another)\s+\w+)\s+",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"\b(?:the\s+first(?:\s+\w+)?|one(?:\s+(?:person|man|woman|of\s+them))?|someone|somebody|"
    r"a\s+(?:person|man|woman))\s+(?=\w)",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"[,;]?\s*\b(?:(?:and|while|whilst|as|then|but|and\s+then|when)\s+)?"
    r"(?:the\s+(?:other|second)(?:\s+(?:person|man|woman|one))?|another(?:\s+person)?|"
    r"someone\s+else)\s+(?=\w)",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"\s+(?:(?:to|at|towards?|with|against|from|for|past|behind|beside|next to|opposite|facing)"
    r"\s+)?(?:each\s+other|one\s+another)\b|\s+together\b|\s+side by side\b|\s+at the same time\b",
    re.IGNORECASE,
)


def parts(text: str, people: int) -> list[str]:
    """Return a sentence for each person alone, as well as can be said.

    "One waves and the other bows" gives two different ones; "two people bow to each other" the same
    for all.
    """
    other = _OTHER.search(text)
    one = _ONE.search(text[: other.start()] if other else "")
    if other and one and text[other.end() :].strip():
        first = text[one.end() : other.start()]
        second = text[other.end() :]
        whom = re.compile(r"\s+(?:(?:to|at|for|behind|with)\s+)?(?:him|her|them)\b", re.IGNORECASE)
        said = [f"a person {whom.sub('', clause).strip(' ,;.')}" for clause in (first, second)]
        return [said[min(i, 1)] for i in range(people)]
    rest = _EACH.sub("", text).strip()
    match = _GROUP.match(rest)
    if not match:
        return [rest] * people
    verb, _, tail = rest[match.end() :].partition(" ")
    return [f"a person {_of_one(verb)} {tail}".strip()] * people


def _of_one(verb: str) -> str:
    """Return what several people do as one does it: "walk" as "walks"; what is no verb stays."""
    lower = verb.lower()
    if lower == "are":
        return "is"
    does_already = lower.endswith("s") and not lower.endswith("ss")
    if does_already or lower.endswith(("ing", "ly")) or not lower.isalpha():
        return verb
    return third(verb)
