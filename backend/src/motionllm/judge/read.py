"""A sentence taken apart: which actions, in which order, how often, where to. Standard library only.

Actions are found by the phrases of the lexicon, the longest first. What stands between two of them
says how they follow each other; what stands beside one says its side, direction, number and angle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from motionllm.judge.clause import Clause, Reading
from motionllm.judge.lexicon import Act, acts, manners

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10,
}  # fmt: skip
_TENS = {"one hundred and eighty": 180, "one hundred eighty": 180, "forty-five": 45, "ninety": 90}
_THEN = re.compile(
    r"\b(?:then|before|afterwards?|after that|finally|next|followed by|later|until|once done)\b"
)
_AFTER = re.compile(r"\b(?:after|once)\b(?! that| done)")
_MEANWHILE = re.compile(r"\b(?:while|whilst|as|with|at the same time|simultaneously)\b")
_JOINT = re.compile(
    r"\s,\s|\b(?:and|then|while|whilst|as|with|before|after|but|or|until|followed by|in order to|"
    r"at the same time)\b"
)
_NOT = re.compile(
    r"\b(?:without|never|not|doesn't|does not|don't|isn't|is not|no)\b(?: \w+){0,2} ?$"
)
_LIGHT = re.compile(
    r"\b(?:do|does|doing|did|make|makes|making|take|takes|taking|give|gives|giving|throw|throws|"
    r"throwing|perform|performs|performing|go for|goes for|has|have|lands?)(?: [\w-]+){0,4} $"
)
_THINGS = r"\b(?:a|an|the|his|her|their|its|this|that|some|another) "
_DETERMINER = re.compile(_THINGS + "$")
_NUMBERED = re.compile(r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|\d+|few|some) $")
_DESCRIBED = re.compile(_THINGS + r"\w+ $")
_LIMB = re.compile(
    r"\b(left|right|both|two|one)(?: of)?(?: his| her| their| the)? "
    r"(?:hands?|arms?|fists?|legs?|foot|feet|knees?|elbows?|wrists?|palms?|heels?)\b"
)
_BARE_LIMBS = re.compile(r"\b(?:his|her|their|the) (?:hands|arms|fists)\b")
_BLOW = re.compile(
    r"\b(left|right)[ -]?(?:handed |foot |leg |front |back |side |high |low |roundhouse |straight )*"
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
    r"\b(a|an|one|two|three|four|five|six|seven|eight|nine|ten|\d+)(?: [a-z]+)? "
    r"(?:steps?|punches|punch|jabs?|kicks?|jumps?|hops?|squats?|claps?|hooks?|jumping jacks)\b"
)
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
# What goes on, so that "and" beside it means at once.
_GOES_ON = {"walk", "run", "march", "run_in_place", "stand", "sit", "sits", "circle", "sidestep",
            "dance", "skip", "crouch", "kneel", "one_leg", "lie"}  # fmt: skip
_WHOLE = {"legs", "trunk"}
_LITTLE = frozenset(
    """a an the of to in on at and or but then while as with by for from into onto over up down out
    off around about round back through past along it its his her their them they he she him
    himself herself themselves themself who that which this these those is are was were be been
    being has have had do does doing did person man woman guy girl boy someone somebody figure
    character human lady male female people people's one two other another each both very really
    bit little so slightly way place spot side sides left right forward forwards backward
    backwards ahead straight direction directions again time times something someone's something's
    front behind before after next first second finally slowly quickly position normal same all
    some few several hand hands arm arms leg legs foot feet knee knees head body air ground floor
    chair if like just starts start starting begins begin beginning continues continue appears
    appears seems looks tries trying away where when step steps degrees metre metres meters meter
    clip motion scene space near towards toward against under his/her their own more
    once twice thrice young middle-aged adult""".split()
)
_WORD = re.compile(r"[^\W\d_][\w'-]*")


@dataclass
class _Hit:
    """An action found in a text."""

    act: Act
    start: int
    end: int


@lru_cache(maxsize=512)
def read(text: str) -> Reading:
    """Return a sentence's clauses, in the order in which they are to happen."""
    plain = " ".join(re.sub(r"[,;:.!?()]+", " , ", text.lower()).split()).strip(" ,")
    hits = _hits(plain)
    regions = _regions(plain, hits)
    clauses: list[Clause] = []
    step = 0
    swaps: list[int] = []
    unmeasured: list[str] = []
    for index, hit in enumerate(hits):
        begin, stop = regions[index]
        between = plain[hits[index - 1].end : hit.start] if index else plain[: hit.start]
        clause = _clause(hit, plain, begin, stop)
        if not hit.act.check:  # it is known, and cannot be measured
            unmeasured.append(clause.words)
            continue
        if clauses:
            if _AFTER.search(between) and not _THEN.search(between):
                swaps.append(len(clauses))
                step += 1
            elif _follows(between, clauses, clause):
                step += 1
            elif _at_once(between, clauses, clause):
                clause = replace(clause, together=True)
        clauses.append(replace(clause, step=step))
        clauses += _manner(plain[begin:stop], step)
    if swaps and not plain.startswith(("after", "once")):
        clauses = _swapped(clauses, swaps[0])
    told = "".join(
        character if not any(hit.start <= at < hit.end for hit in hits) else " "
        for at, character in enumerate(plain)
    )
    return Reading(text, tuple(clauses), (*unmeasured, *_unread(told)))


def _hits(plain: str) -> list[_Hit]:
    """Return the actions of a text in its order, none over another, the longest phrase first."""
    found = []
    for act in acts():
        for match in act.pattern.finditer(plain):
            if not _is_noun(plain, match):
                found.append(_Hit(act, match.start(), match.end()))
    found.sort(key=lambda hit: hit.start - hit.end)
    kept: list[_Hit] = []
    for hit in found:
        if all(hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    joined: list[_Hit] = []
    for hit in sorted(kept, key=lambda hit: hit.start):
        same = joined and joined[-1].act.check == hit.act.check
        if same and not _JOINT.search(plain, joined[-1].end, hit.start):
            joined[-1].end = hit.end  # "crawling on all fours" is said once
        else:
            joined.append(hit)
    return joined


def _is_noun(plain: str, match: re.Match) -> bool:
    """Tell whether a single word is a thing ("a box", "the stand") and no action."""
    if " " in match[0] or match[0].endswith("ing"):
        return False
    before = plain[: match.start()]
    thing = _DETERMINER.search(before) or _NUMBERED.search(before)
    if not match[0].endswith("s"):  # "a man walks" is no thing, "a wooden box" is
        thing = thing or _DESCRIBED.search(before)
    return bool(thing) and not _LIGHT.search(before)


def _regions(plain: str, hits: list[_Hit]) -> list[tuple[int, int]]:
    """Return (start, end) of what is said about each action."""
    edges = [0]
    for before, after in zip(hits, hits[1:], strict=False):
        joints = list(_JOINT.finditer(plain, before.end, after.start))
        edges.append(joints[-1].end() if joints else after.start)
    edges.append(len(plain))
    return [(edges[index], edges[index + 1]) for index in range(len(hits))]


def _clause(hit: _Hit, plain: str, begin: int, stop: int) -> Clause:
    said = plain[begin:stop]
    after = plain[hit.start : stop]
    count, least = _count(said)
    return Clause(
        words=_short(_JOINT.sub(" ", after[-1:]) and after),
        act=hit.act.name,
        check=hit.act.check,
        parts=hit.act.parts,
        negated=bool(_NOT.search(plain[max(0, begin - 25) : hit.start])),
        side=_side(said),
        direction=_direction(hit.act.name, after),
        count=count,
        least=least,
        degrees=_degrees(hit.act.name, said),
        metres=_metres(said),
    )


def _short(words: str) -> str:
    """Return a clause's words without the joint to what follows, no longer than a label."""
    words = re.sub(r"(?:\s*(?:,|\b(?:and|then|while|as|with|before|after)\b)\s*)+$", "", words)
    kept = words.split()[:8]
    return " ".join(kept)


def _side(said: str) -> str:
    limbs = {match[1] for match in _LIMB.finditer(said)}
    limbs |= {match[1] for match in _BLOW.finditer(said)}
    limbs |= {match[1] for match in _WITH_SIDE.finditer(said)}
    if {"left", "right"} <= limbs or limbs & {"both", "two"}:
        return "both"
    for side in ("left", "right"):
        if side in limbs:
            return side
    return "both" if _BARE_LIMBS.search(said) and "one" not in limbs else ""


def _direction(act: str, said: str) -> str:
    if act in ("circle", "turn", "spin"):
        if re.search(r"\b(?:counter[- ]?|anti[- ]?)clockwise\b", said):
            return "left"
        if re.search(r"\bclockwise\b", said):
            return "right"
        if act == "circle":  # "to his left" says where, not which way round
            said = re.sub(r"\bright (?:foot|leg)\b", " ", said)
    if _BACKWARD.search(said) or _STEPS_BACK.search(said):
        return "backward"
    bare = _LIMB.sub(" ", _BLOW.sub(" ", _WITH_SIDE.sub(" ", said)))
    if act in ("walk", "run", "jump") and _FORWARD.search(bare):
        return "forward"
    sides = {match[1] for match in _TO_SIDE.finditer(bare)}
    if len(sides) == 1:
        return sides.pop()
    if len(sides) == 2:
        return "left_right"
    if re.search(r"\b(?:sideways|to (?:the|his|her|their) side)\b", said):
        return "side"
    if act in ("look", "point", "kick", "punch", "reach", "jump"):
        if _UP.search(said):
            return "up"
        if _DOWN.search(said):
            return "down"
    return "forward" if _FORWARD.search(said) else ""


def _count(said: str) -> tuple[int, int]:
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
    return 0, 2 if _SEVERAL.search(said) else 0


def _degrees(act: str, said: str) -> float:
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


def _metres(said: str) -> float:
    match = _METRES.search(said)
    if not match:
        return 0.0
    return float(_NUMBERS.get(match[1], 1) if match[1].isalpha() else match[1])


def _manner(said: str, step: int) -> list[Clause]:
    """Return clauses for the words that say how something is done, each check once."""
    found: dict[str, Clause] = {}
    for word in _WORD.findall(said):
        if check := manners().get(word):
            found.setdefault(check, Clause(word, check, check, step=step, manner=True))
    return list(found.values())


def _follows(between: str, clauses: list[Clause], clause: Clause) -> bool:
    """Tell whether an action comes after the one before it."""
    if _THEN.search(between):
        return True
    last = _last_act(clauses)
    if last is None or _MEANWHILE.search(between):
        return False
    # Two things that both need the legs or the trunk can only follow each other.
    return bool(_WHOLE & set(last.parts) and _WHOLE & set(clause.parts))


def _at_once(between: str, clauses: list[Clause], clause: Clause) -> bool:
    last = _last_act(clauses)
    if last is None:
        return False
    if _MEANWHILE.search(between):
        return True
    return last.check in _GOES_ON and not _WHOLE & set(clause.parts)


def _last_act(clauses: list[Clause]) -> Clause | None:
    return next((clause for clause in reversed(clauses) if not clause.manner), None)


def _swapped(clauses: list[Clause], index: int) -> list[Clause]:
    """Return clauses of "Y after X", X first."""
    edge = clauses[index].step
    early = [replace(one, step=one.step - edge) for one in clauses if one.step >= edge]
    shift = 1 + max(one.step for one in early)
    late = [replace(one, step=one.step + shift) for one in clauses if one.step < edge]
    return early + late


def _unread(rest: str) -> tuple[str, ...]:
    """Return the words that mean something, of what no clause has taken."""
    words = [word for word in _WORD.findall(rest) if word not in _LITTLE]
    return tuple(dict.fromkeys(word for word in words if word not in manners()))
