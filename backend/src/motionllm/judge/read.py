"""A sentence taken apart: which actions, in which order, how, where to. Standard library only.

Actions are found by the phrases of the lexicon, the longest first. What stands between two of them
says how they follow each other; what stands beside one says its side, direction, number and angle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from motionllm.judge.clause import Clause, Reading
from motionllm.judge.details import count_of, degrees_of, direction_of, metres_of, side_of
from motionllm.judge.lexicon import Act, acts, manners

_IDIOMS = (
    (re.compile(r"\bcarr(?:y|ies|ied|ying) on\b"), "continues"),
    (re.compile(r"\b(?:as if )?(?:they|he|she)? ?(?:had )?had too much to drink\b"), "drunk"),
)
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
# What goes on, so that "and" beside it means at once.
_GOES_ON = {"walk", "run", "march", "run_in_place", "stand", "sit", "sits", "circle", "sidestep",
            "dance", "skip", "crouch", "kneel", "one_leg", "lie"}  # fmt: skip
_WHOLE = {"legs", "trunk"}

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
    for idiom, meant in _IDIOMS:
        plain = idiom.sub(meant, plain)
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
    if plain.startswith(("before", "until")):
        swaps = [index for index, clause in enumerate(clauses) if clause.step][:1]
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
        same = joined and _state(joined[-1].act.check) == _state(hit.act.check)
        if same and not _JOINT.search(plain, joined[-1].end, hit.start):
            joined[-1].end = hit.end  # "crawling on all fours" is said once
        else:
            joined.append(hit)
    return joined


def _state(check: str) -> str:
    """Return what sit, sits and sit_down have in common."""
    return check.removesuffix("_down").removesuffix("s")


def _is_noun(plain: str, match: re.Match) -> bool:
    """Tell whether a single word is a thing ("a box", "the stand") and no action.

    So is the head in "their head to the right".
    """
    if match[0].startswith("head ") and _DETERMINER.search(plain[: match.start()]):
        return True
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
    count, least = count_of(said)
    return Clause(
        words=_short(_JOINT.sub(" ", after[-1:]) and after),
        act=hit.act.name,
        check=hit.act.check,
        parts=hit.act.parts,
        negated=bool(_NOT.search(plain[max(0, begin - 25) : hit.start])),
        side=side_of(said),
        direction=direction_of(hit.act.name, after),
        count=count,
        least=least,
        degrees=degrees_of(hit.act.name, said),
        metres=metres_of(said),
    )


def _short(words: str) -> str:
    """Return a clause's words without the joint to what follows, no longer than a label."""
    words = re.sub(r"(?:\s*(?:,|\b(?:and|then|while|as|with|before|after)\b)\s*)+$", "", words)
    kept = words.split(" ,")[0].split()[:8]
    return " ".join(kept)


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


@cache
def _little() -> frozenset[str]:
    """Return words that ask for nothing by themselves."""
    return frozenset((Path(__file__).parent / "little_words.txt").read_text("utf-8").split())


def _unread(rest: str) -> tuple[str, ...]:
    """Return the words that mean something, of what no clause has taken."""
    words = [word for word in _WORD.findall(rest) if word not in _little()]
    return tuple(dict.fromkeys(word for word in words if word not in manners()))
