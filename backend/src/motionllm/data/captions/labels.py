"""Labels of motion files turned into action keys and a style. Standard library only.

The words of a label say what the actor was asked to do in the whole take; what a piece of it
shows is decided with the facts (motionllm.data.captions.write), never here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from motionllm.data.captions.grammar import grammar_file


@dataclass(frozen=True)
class Label:
    """What a clip's label says.

    actions: keys of the grammar in the label's order. style: key of the grammar or None.
    side: left, right, both or "" as the label names it (measurement overrules it).
    text: the label, lower case. known: every word of it was understood.
    description: a sentence of the data's own, if the row has one that adds to the label.
    """

    actions: tuple[str, ...] = ()
    style: str | None = None
    side: str = ""
    text: str = ""
    known: bool = True
    description: str = ""


@lru_cache(maxsize=1)
def _patterns() -> tuple[list[tuple[re.Pattern, tuple[str, ...]]], dict[str, str]]:
    table = grammar_file("labels")
    patterns = [
        (re.compile(rf"(?:{pattern})(?![a-z])"), tuple(key for key in keys.split(",") if key))
        for pattern, keys in table["patterns"]
    ]
    return patterns, table["styles"]


def parse(row: dict) -> Label:
    """Label of a row of clips.csv (needs `label`; `description` is looked at when there)."""
    text = " ".join((row.get("label") or "").lower().split())
    patterns, styles = _patterns()
    content, style = text, None
    named = re.fullmatch(r"(.*), (.+) style", text)
    if named and named.group(2) in styles:
        content, style = named.group(1), styles[named.group(2)]
    actions, known = _actions(content, patterns)
    both = re.search(r"\bboth\b|\bbyebye\b", content)
    sides = set(re.findall(r"\b(left|right)\b", content))
    side = "both" if both or len(sides) == 2 else next(iter(sides), "")
    return Label(actions, style, side, text, known, _own_sentence(row, text))


def _actions(content: str, patterns) -> tuple[tuple[str, ...], bool]:
    actions: list[str] = []
    known, rest = bool(content), content
    while rest := rest.lstrip(" ,;"):
        for pattern, keys in patterns:
            if match := pattern.match(rest):
                actions += [key for key in keys if not actions or key != actions[-1]]
                rest = rest[match.end() :]
                break
        else:
            known = False
            rest = rest.partition(" ")[2]
    return tuple(actions), known


def _own_sentence(row: dict, label: str) -> str:
    """The row's description if it is written as a sentence about somebody."""
    text = " ".join((row.get("description") or "").split())
    subject = r"(?:an?|the|this|someone|somebody|person|he|she|they)\s"
    return text if re.match(subject, text.lower()) and text.lower() != label else ""
