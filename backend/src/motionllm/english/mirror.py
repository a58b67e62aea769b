"""Captions of mirrored motion: left and right change places. Standard library only."""

from __future__ import annotations

import re

_PAIRS = (
    ("left", "right"),
    ("lefts", "rights"),
    ("leftward", "rightward"),
    ("leftwards", "rightwards"),
    ("leftmost", "rightmost"),
    ("lefty", "righty"),
    ("left-handed", "right-handed"),
    ("clockwise", "counterclockwise"),
    ("clockwise", "counter-clockwise"),
    ("clockwise", "anticlockwise"),
    ("clockwise", "anti-clockwise"),
    ("clockwise", "counter clockwise"),
    ("clockwise", "anti clockwise"),
)
_SWAP: dict[str, str] = {}
for _a, _b in _PAIRS:
    _SWAP.setdefault(_a, _b)
    _SWAP[_b] = _a
_SWAP["clockwise"] = "counterclockwise"
_WORDS = re.compile(
    r"(?<![\w])(" + "|".join(sorted(map(re.escape, _SWAP), key=len, reverse=True)) + r")(?![\w])",
    re.IGNORECASE,
)
# Where the word is no side: "what is left", "left behind", "has left the room", "right away",
# "right before stopping", "all right", "a right angle".
_REMAINS = re.compile(r"\b(?:nothing|anything|something|what is|what's|space|time) $", re.I)
_HAS = re.compile(r"\b(?:has|have|had|having|he|she|they|who|then|just) $", re.I)
_PLACE = re.compile(
    r"^ (?:the (?!hand|arm|leg|foot|knee|elbow|side)(?!\w+ (?:hand|arm|leg|foot))|it\b|a\b)", re.I
)
_SIDE = re.compile(
    r"\b(?:the|their|his|her|its|your|my|to|of|with|and|or|there|sharp|"
    r"(?:turn|step|sidestep|look|walk|lean|fac|mov|shuffl|curv)(?:s|es|e|ing|ed)?) $",
    re.I,
)
_LEFT_IS_VERB = re.compile(r"^ (?:behind|alone|off)\b", re.I)
_RIGHT_IS_ADVERB = re.compile(
    r"^ (?:away|now|after|before|here|there|back|into|in front|at the|through|next to|"
    r"round|on top)\b",
    re.I,
)


def mirror_text(text: str) -> str:
    """The caption of the mirrored motion; capitals kept, `left` the verb left alone."""

    def swap(match: re.Match) -> str:
        word = match[0]
        before, after = text[: match.start()], text[match.end() :]
        if _no_side(word.lower(), before, after):
            return word
        other = _SWAP[" ".join(word.lower().split())]
        if word.isupper() and len(word) > 1:
            return other.upper()
        return other.capitalize() if word[0].isupper() else other

    return _WORDS.sub(swap, text)


def _no_side(word: str, before: str, after: str) -> bool:
    if word == "left":
        if _REMAINS.search(before) or (_LEFT_IS_VERB.match(after) and not _SIDE.search(before)):
            return True
        return bool(_HAS.search(before) and _PLACE.match(after))
    if word == "right":
        if re.match(r" angles?\b", after, re.I):
            return True
        if re.search(r"\b(?:all|that's) $", before, re.I):
            return True
        return bool(_RIGHT_IS_ADVERB.match(after) and not _SIDE.search(before))
    return False
