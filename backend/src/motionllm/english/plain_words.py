"""Verbs that a pack never learnt said in plainer ones that mean the same. Standard library only.

`plain_verbs.txt` is derived from WordNet; its notice stands in it, see install/plain_verbs.py.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache
from pathlib import Path

from motionllm.english.inflect import forms
from motionllm.english.words import stem

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_DETERMINERS = re.compile(
    r"an?|the|his|her|their|its|my|your|our|this|that|these|those|some|another|one|two|three"
)


def plainly(text: str, known: Set[str]) -> str:
    """Return a text with the verbs that are not known said in known ones, in the same form.

    Args:
        known: stems of known words, see `english.words.stem`.
    """
    before = ""

    def said(match: re.Match) -> str:
        nonlocal before
        word, last = match[0].lower(), before
        before = word
        verb, plainer = _plainer().get(word, ("", ""))
        if stem(word) in known or stem(verb) not in known:
            return match[0]
        if _DETERMINERS.fullmatch(last) and not word.endswith("ing"):
            return match[0]  # "a slug" is a thing
        return plainer

    return _WORD.sub(said, text)


@cache
def _plainer() -> dict[str, tuple[str, str]]:
    """Return for every form of the table's verbs the plainer one, and that in the same form."""
    found: dict[str, tuple[str, str]] = {}
    lines = Path(__file__).with_name("plain_verbs.txt").read_text("utf-8").splitlines()
    for line in lines:
        if not line.startswith("#"):
            verb, plainer = line.split()
            for form, said in zip(forms(verb), forms(plainer), strict=True):
                found.setdefault(form, (plainer, said))
    return found
