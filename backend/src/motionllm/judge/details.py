"""What stands beside an action: its side, direction, number, angle, way. Standard library only."""

from __future__ import annotations

import re

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10,
}  # fmt: skip
_TENS = {"one hundred and eighty": 180, "one hundred eighty": 180, "forty-five": 45, "ninety": 90}
_LIMB = re.compile(
    r"\b(left|right|both|two|one)(?: of)?(?: his| her| their| the)? "
    r"(?:hands?|arms?|fists?|legs?|foot|feet|knees?|elbows?|wrists?|palms?|heels?)\b"
)
_BARE_LIMBS = re.compile(r"\b(?:his|her|their|the) (?:hands|arms|fists)\b")
_BLOW = re.compile(
    r"\b(left|right)[ -]?(?:handed |foot |leg |front |back |side |high |low |roundhouse |straight )*"  # noqa: E501
    r"(?:hook|jab|cross|uppercut|punch|kick|wave)(?:es|s)?\b"
)
_WITH_SIDE = re.compile(r"\bwith (?:the|his|her|their) (left|right)\b(?! \w*side)")
_TO_SIDE = re.compile(r"\b(?:(?:to|on|towards?|toward|at) (?:the|his|her|their|its) )?(left|right)"
                      r"(?:wards?| side)?\b")  # fmt: skip
_DEGREES = re.compile(r"\b(\d+)[ -]?(?:degrees?|deg|°)")
_TIMES = re.compile(r"\b(\d+|one|two|three|four|five|six|seven|eight|nine|ten) times\b")
_SEVERAL = re.compile(
    r"\b(?:several|a few|multiple|many|some|repeatedly|again and again|a couple of|a series of|"
    r"over and over|continuously)\b"
)
_COUNTED = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|\d+)(?: [a-z]+)? "
    r"(?:steps?|punches|punch|jabs?|kicks?|jumps?|hops?|squats?|claps?|hooks?|jumping jacks)\b"
)
_ONE = re.compile(r"\b(?:takes?|taking|took) (?:a|an) (?:\w+ )?step\b")
_METRES = re.compile(
    r"\b(\d+(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|a) "
    r"(?:metres?|meters?|m)\b"
)
_FORWARD = re.compile(r"\b(?:forwards?|ahead|straight|frontwards?)\b")
_BACKWARD = re.compile(r"\b(?:backwards?|in reverse)\b")
_STEPS_BACK = re.compile(
    r"^(?:step|move|jump|hop|lean|leap|back|shuffle|take|stagger|scoot|swing)\w*\b.*\bback\b|^back"
)
_UP, _DOWN = re.compile(r"\b(?:up|upwards?|sky|ceiling)\b"), re.compile(r"\b(?:down|downwards?)\b")


def side_of(said: str) -> str:
    """Return whose hand, foot or leg: left, right, both or ""."""
    limbs = {match[1] for match in _LIMB.finditer(said)}
    limbs |= {match[1] for match in _BLOW.finditer(said)}
    limbs |= {match[1] for match in _WITH_SIDE.finditer(said)}
    if {"left", "right"} <= limbs or limbs & {"both", "two"}:
        return "both"
    for side in ("left", "right"):
        if side in limbs:
            return side
    return "both" if _BARE_LIMBS.search(said) and "one" not in limbs else ""


def direction_of(act: str, said: str) -> str:
    """Return where to: forward, backward, left, right, left_right, side, up, down or ""."""
    if act in ("circle", "turn", "spin") and (found := _clockwise(said)):
        return found
    if _BACKWARD.search(said) or _STEPS_BACK.search(said):
        return "backward"
    bare = _LIMB.sub(" ", _BLOW.sub(" ", _WITH_SIDE.sub(" ", said)))
    if act in ("walk", "run", "jump") and _FORWARD.search(bare):
        return "forward"
    return _aside(bare) or _upwards(act, said) or ("forward" if _FORWARD.search(said) else "")


def _clockwise(said: str) -> str:
    if re.search(r"\b(?:counter[- ]?|anti[- ]?)clockwise\b", said):
        return "left"
    return "right" if re.search(r"\bclockwise\b", said) else ""


def _aside(bare: str) -> str:
    sides = {match[1] for match in _TO_SIDE.finditer(bare)}
    if len(sides) == 1:
        return sides.pop()
    if len(sides) == 2:
        return "left_right"
    return "side" if re.search(r"\b(?:sideways|to (?:the|his|her|their) side)\b", bare) else ""


def _upwards(act: str, said: str) -> str:
    if act not in ("look", "point", "kick", "punch", "reach", "jump"):
        return ""
    return "up" if _UP.search(said) else "down" if _DOWN.search(said) else ""


def count_of(said: str) -> tuple[int, int]:
    """Return how often exactly, and at least how often."""
    if re.search(r"\btwice\b", said):
        return 2, 0
    if re.search(r"\bonce\b", said):
        return 1, 0
    for pattern in (_TIMES, _COUNTED):
        if match := pattern.search(said):
            word = match[1]
            number = int(word) if word.isdigit() else _NUMBERS.get(word, 0)
            return number, 0
    if _ONE.search(said):
        return 1, 0
    return 0, 2 if _SEVERAL.search(said) else 0


def degrees_of(act: str, said: str) -> float:
    """Return how far a turn is to go, 0 where nobody says."""
    for word, number in _TENS.items():
        said = re.sub(rf"\b{word}\b", str(number), said)
    if match := _DEGREES.search(said):
        return float(match[1])
    if act not in ("turn", "spin"):
        return 0.0
    for words, degrees in ((r"quarter", 90.0), (r"half|about-(?:turn|face)|u-?\s?turn", 180.0),
                           (r"full|all the way (?:around|round)|complete", 360.0)):  # fmt: skip
        if re.search(rf"\b(?:{words})\b", said):
            return degrees
    around = r"\b(?:around|round|back|about|the other way|opposite direction|direction)\b"
    return 180.0 if act == "turn" and re.search(around, said) else 0.0


def metres_of(said: str) -> float:
    """Return how far somebody is to go, 0 where nobody says."""
    match = _METRES.search(said)
    if not match:
        return 0.0
    return float(_NUMBERS.get(match[1], 1) if match[1].isalpha() else match[1])
