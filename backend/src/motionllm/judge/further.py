"""Takes beyond those that the model draws: stitched of two, and recordings. numpy only."""

from __future__ import annotations

from dataclasses import replace

from motionllm.engine.interface import Engine
from motionllm.english.unknown import unknown
from motionllm.english.words import stem
from motionllm.judge.clause import Reading
from motionllm.judge.evidence import Evidence
from motionllm.judge.judge import CHECKS
from motionllm.judge.judged_take import Judged, judge
from motionllm.judge.stitch import halves, laid_over
from motionllm.motion.lay_over import with_upper
from motionllm.pack.recordings import recordings_of
from motionllm.progress import Cancelled, never_cancelled, no_progress
from motionllm.requests import GenerateRequest
from motionllm.tokens.sampling import token_count

HALVES = 4  # takes drawn of each half of a sentence that asks for two things at once
STITCHED = 2  # of the best takes of each half are laid over each other, all with all
RECORDED = 5  # recordings that are looked at
BEHIND = 0.1  # of a score, by which a recording must be better than what was drawn
# What many a take seems to show by chance, so small it is.
SMALL = {"nod", "shake_head", "tilt_head", "shrug"}
AHEAD = 0.3  # by which it may be worse where the model never learnt the words that are said of it


def stitched(
    engine: Engine,
    reading: Reading,
    request: GenerateRequest,
    cancelled: Cancelled = never_cancelled,
) -> list[Judged]:
    """Return takes made of two: what the legs do, and what is done above at the same time.

    Nothing where the sentence does not ask for that. See `motionllm.judge.stitch`.
    """
    parts = halves(reading)
    if parts is None:
        return []
    upper = replace(request, text=parts.above, turn=None, ahead=None, left=None)
    lower = replace(request, text=parts.below)
    below, above = engine.draw([lower, upper], range(HALVES), no_progress, cancelled)
    walks = sorted(below, key=lambda take: -judge(take, parts.base, request).score)[:STITCHED]
    shown = [(CHECKS[parts.over.check](Evidence(take.clip), parts.over), take) for take in above]
    shown.sort(key=lambda pair: -pair[0].degree)
    made = [
        engine.encoded(laid_over(one.clip, other.clip, parts.over, found))
        for one in walks
        for found, other in shown[:STITCHED]
        if found.degree > 0.0
    ]
    return [judge(take, reading, request) for take in made]


def recorded(
    engine: Engine,
    reading: Reading,
    request: GenerateRequest,
    _cancelled: Cancelled = never_cancelled,
) -> list[Judged]:
    """Return recordings that the pack carries, of which something like the text is said.

    Nothing where an end is asked for. A recording counts less than a take that shows as much,
    unless words of the text are said of it that what is drawn shows by chance, see `by_chance`.
    """
    held = recordings_of(engine.pack.folder) if request.end is None else None
    if held is None:
        return []
    tokens = None
    if request.seconds is not None:
        config = engine.pack.config
        tokens = token_count(request.seconds, config["fps"], config["frames_per_token"])
    new = by_chance(engine, reading, request)
    found = []
    for one in held.nearest(request.text, tokens, RECORDED):
        take = engine.decoded(one.codes)
        if one.upper is not None:
            take = replace(take, clip=with_upper(take.clip, one.upper, one.mirrored))
        one_judged = judge(
            replace(take, clip=take.clip.labelled(source=one.source)), reading, request
        )
        more = AHEAD * len(new & one.stems) / len(new) if new & one.stems else -BEHIND
        found.append(replace(one_judged, score=one_judged.score + more))
    return found


def by_chance(engine: Engine, reading: Reading, request: GenerateRequest) -> frozenset[str]:
    """Return the stems of words that what is drawn shows by chance, or seems to.

    They are those that the pack's model never learnt, and what is too small to be told from a sway.
    """
    new = {stem(word) for word in unknown(request.text, engine.pack.known_words)}
    small = {
        stem(clause.words.split()[0]) for clause in reading.clauses
        if clause.check in SMALL and not clause.negated
    }  # fmt: skip
    return frozenset(new | small)
