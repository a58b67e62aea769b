"""What a caption names: actions, styles, sides and directions, by the words of the grammar.

Standard library, besides the grammar. A caption names an action if it holds all the words of one
of the action's phrases, in any form and order.
"""

from __future__ import annotations

from functools import lru_cache

from motionllm.data.captions.grammar import actions, grammar_file
from motionllm.english.inflect import ing, third
from motionllm.english.phrases import expansions
from motionllm.english.words import terms

_IGNORED = frozenset(
    terms(
        "a an the and or of to with at in on as if by for his her their its your my them him it "
        "they he she is are be being someone somebody something person up down themself side "
        "clock some few one's that so out around over again then"
    )
)
_BACKWARD = frozenset(("back", "backward", "backwards", "reverse"))
_IRREGULAR = {"lying": "lie", "lain": "lie", "feet": "foot", "men": "man", "arms": "arm",
              "hands": "hand", "legs": "leg"}  # fmt: skip


@lru_cache(maxsize=1)
def _bases() -> dict[str, str]:
    """Inflected verbs of the grammar to their base; other words stay as they are."""
    found = dict(_IRREGULAR)
    for phrase in _all_phrases():
        for part in phrase.split("[")[1:]:
            verb = part.split("]")[0]
            for form in (third(verb), ing(verb), verb):
                found.setdefault(form, verb)
    return found


def _phrases(entry: dict) -> list[str]:
    return [text for key in ("say", "sided", "calm", "noun", "slow", "fast")
            for text in entry.get(key, [])]  # fmt: skip


@lru_cache(maxsize=1)
def _all_phrases() -> list[str]:
    return [phrase for entry in actions().values() for phrase in _phrases(entry)]


def stems(text: str) -> frozenset[str]:
    """Return the words of a text that say something, verbs in their base form."""
    bases = _bases()
    plain = terms(text.replace("[", " ").replace("]", " ").replace("{side}", " "))
    return frozenset(bases.get(word, word) for word in plain if word not in _IGNORED)


@lru_cache(maxsize=512)
def _action_stems(key: str) -> frozenset[frozenset[str]]:
    found = {stems(text) for phrase in _phrases(actions()[key]) for text in expansions(phrase)}
    return frozenset(some for some in found if some)


@lru_cache(maxsize=64)
def _style_stems(key: str) -> frozenset[frozenset[str]]:
    entry = grammar_file("styles")[key]
    lists = ("adjective", "who", "adverb", "tail", "gait")
    found = {stems(text) for name in lists for text in entry.get(name, [])}
    return frozenset(some - {"man", "woman", "guy"} for some in found if some - {"man"})


def names_action(caption: str, key: str) -> bool:
    """Say whether a caption names an action of the grammar."""
    said = stems(caption)
    return any(phrase <= said for phrase in _action_stems(key))


def names_style(caption: str, key: str) -> bool:
    """Say whether a caption names a style of the grammar."""
    said = stems(caption)
    return any(phrase <= said for phrase in _style_stems(key) if phrase)


def sides(caption: str) -> set[str]:
    """Return the sides that a caption names."""
    return {word for word in terms(caption) if word in ("left", "right")}


def says_backward(caption: str) -> bool:
    """Say whether a caption speaks of going backwards."""
    return bool(_BACKWARD & set(terms(caption)))
