"""Captions of gestures, true by construction. Standard library only."""

from __future__ import annotations

import random

from motionllm.data.captions.sentence import render, render_plainly
from motionllm.data.captions.travel import NUMBERS, sided
from motionllm.data.gestures.table import Gesture
from motionllm.english.inflect import doing
from motionllm.english.phrases import choose, pick

STANDING = (
    "{phrase}", "{phrase}", "{phrase}", "{phrase}", "[stand] and {phrase}",
    "[stand] still and {phrase}", "[stand] in place and {phrase}", "{phrase} while standing",
    "{phrase} while standing still", "[stand] {doing}",
)  # fmt: skip
WALKING = (
    "[walk] and {phrase}", "[walk] forward and {phrase}", "[walk] while {doing}",
    "[walk] forward while {doing}", "[walk] ahead while {doing}", "{phrase} while walking",
    "{phrase} while walking forward", "[walk] along {doing}", "[walk] {doing}",
)  # fmt: skip
PLAIN = {False: "{phrase}", True: "[walk] forward and {phrase}"}
AFTER = 0.1  # share of captions that tell how it ends
_LET_GO = ("and then [lower] {their} {arms} again", "and then [let] {their} {arms} down")
_STAY = "and [stay] like that"


def captions(
    gesture: Gesture, side: str, walks: bool, stays: bool, beats: int, rng: random.Random,
    count: int,
) -> list[str]:  # fmt: skip
    """Return up to `count` different captions, the plainest first.

    Args:
        gesture: what is done; side: with which hand, or to which side.
        walks: whether the person walks forward or stands.
        stays: whether the gesture is still on at the end.
        beats: how often it is done, where that can be told.
        rng: draws the words.
        count: captions wanted.
    """
    known = _phrases(gesture, side, beats, walks)
    plain = PLAIN[walks].replace("{phrase}", choose(known[0], rng))
    found = {render_plainly([plain], None, walks, rng): None}
    for _ in range(count * 12):
        if len(found) >= count:
            break
        found.setdefault(render([_clause(gesture, known, walks, stays, rng)], None, walks, rng))
    return list(found)


def told(
    gesture: Gesture, side: str, walks: bool, beats: int, rng: random.Random, count: int
) -> list[str]:
    """Return up to `count` captions that leave nothing out: what, which side, and the walking."""
    known = _phrases(gesture, side, beats, walks)
    if gesture.one_sided:
        known = [phrase for phrase in known if side in phrase.split()] or known
    found: dict[str, None] = {}
    for _ in range(count * 6):
        if len(found) >= count:
            break
        clause = _clause(gesture, known, walks, True, rng, after=0.0)
        found.setdefault(render_plainly([clause], None, walks, rng))
    return list(found)


def counted(gesture: Gesture, side: str, walks: bool, beats: int, rng: random.Random) -> list[str]:
    """Return a caption that tells how often it is done; none of what is not counted."""
    if not gesture.counted:
        return []
    phrase = choose(pick(_counted(gesture, beats), rng), rng)
    return [
        render_plainly([PLAIN[walks].replace("{phrase}", sided(phrase, side))], None, walks, rng)
    ]


def _counted(gesture: Gesture, beats: int) -> list[str]:
    again = {1: "once", 2: "twice"}.get(beats, f"{NUMBERS[beats]} times")
    return [phrase.replace("{times}", again) for phrase in gesture.counted]


def _phrases(gesture: Gesture, side: str, beats: int, walks: bool) -> list[str]:
    """Return the verb phrases for a gesture, those that name the side as likely as the others."""
    numbered = _counted(gesture, beats)
    named = [sided(phrase, side) for phrase in gesture.sided]
    known = [*gesture.say, *numbered, *named]
    if named:  # drawn one after the other they take turns
        known = [*gesture.say[:1], *named, *(gesture.say[1:] + numbered)[: len(named) + 2]]
    return [phrase for phrase in known if not (walks and "[stand]" in phrase)]


def _clause(
    gesture: Gesture, known: list[str], walks: bool, stays: bool, rng: random.Random,
    after: float = AFTER,
) -> str:  # fmt: skip
    phrase = choose(pick(known, rng), rng)
    if not walks and "[stand]" in phrase:
        clause = phrase
    else:
        form = pick(WALKING if walks else STANDING, rng)
        clause = form.replace("{phrase}", phrase).replace("{doing}", doing(phrase))
    if gesture.hand is None or rng.random() >= after or "while" in clause:
        return clause
    if stays:
        return f"{clause} {_STAY}"
    arms = "arms" if gesture.other is not None else "arm"
    return f"{clause} {pick(_LET_GO, rng).replace('{arms}', arms)}"
