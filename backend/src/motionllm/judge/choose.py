"""Several takes drawn, each checked against its sentence, the right one chosen. numpy only."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from motionllm.engine.interface import Engine, Take
from motionllm.judge.clause import Reading, Verdict
from motionllm.judge.evidence import Evidence
from motionllm.judge.judge import CHECKS, check, judged
from motionllm.judge.read import read
from motionllm.judge.stitch import halves, laid_over
from motionllm.motion.clip import Clip
from motionllm.progress import Cancelled, Progress, never_cancelled, no_progress
from motionllm.requests import GenerateRequest, check_request

ROUND = 4  # takes drawn at a time; more only where none of them shows all that is asked
LIKE = 0.06  # of a score: takes that differ by no more are told apart by the captioner
STITCHED = 2  # of the best takes of each half are laid over each other, all with all
ENDS = 8  # takes drawn at least where an end is asked for: not every one gets there
NEAR = 0.3  # metres and radians together: near enough to an end
MISSED = 1.0  # of a score that a metre, or a radian, beside the end that is asked for costs


@dataclass(frozen=True)
class Judged:
    """A take with what it shows.

    Attributes:
        score: the higher the better: the mean of the clauses' degrees and ticks, less what it
            misses of the end that is asked for.
    """

    take: Take
    verdict: Verdict
    score: float


def generate(
    engine: Engine,
    requests: list[GenerateRequest],
    progress: Progress = no_progress,
    cancelled: Cancelled = never_cancelled,
) -> list[Clip]:
    """Return the best of `best_of` takes of each request, with its ticks.

    Takes are drawn a few at a time until one shows every clause. Which are drawn, and which is
    chosen, depends on the request alone.

    Raises:
        MotionError: as `Engine.draw`.
    """
    requests = [check_request(request) for request in requests]
    several = [index for index, request in enumerate(requests) if _drawn(request) > 1]
    single = [index for index, request in enumerate(requests) if _drawn(request) == 1]
    clips: dict[int, Clip] = {}
    if single:
        made = engine.generate([requests[index] for index in single], progress, cancelled)
        clips.update(zip(single, made, strict=True))
    if several:
        made = _best([requests[index] for index in several], engine, progress, cancelled)
        clips.update(zip(several, made, strict=True))
    return [
        replace(clips[index], ticks=judged(clips[index], request.text).to_json())
        for index, request in enumerate(requests)
    ]


def _best(
    requests: list[GenerateRequest], engine: Engine, progress: Progress, cancelled: Cancelled
) -> list[Clip]:
    readings = [read(request.text) for request in requests]
    found: list[list[Judged]] = [[] for _ in requests]
    done = 0

    def round_of(open_: list[int], numbers: range) -> None:
        nonlocal done
        total = 0

        def told(tokens: int, all_: int) -> None:
            nonlocal total
            total = all_
            progress(done + tokens, done + all_)

        drawn = engine.draw([requests[index] for index in open_], numbers, told, cancelled)
        done += total
        for index, takes in zip(open_, drawn, strict=True):
            found[index] += [judge(take, readings[index], requests[index]) for take in takes]

    for first in range(0, max(map(_drawn, requests)), ROUND):
        by_count: dict[int, list[int]] = {}
        for index, request in enumerate(requests):
            count = min(ROUND, _drawn(request) - first)
            if count > 0 and not _settled(found[index], request):
                by_count.setdefault(count, []).append(index)
        for count, open_ in by_count.items():
            round_of(open_, range(first, first + count))
    for index, (reading, request) in enumerate(zip(readings, requests, strict=True)):
        if not _settled(found[index], request):
            found[index] += stitched(engine, reading, request, cancelled)
    return [
        engine.finished(chosen(engine, some, request, cancelled).take.clip, request)
        for request, some in zip(requests, found, strict=True)
    ]


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
    below, above = engine.draw([lower, upper], range(ROUND), no_progress, cancelled)
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


def judge(take: Take, reading: Reading, request: GenerateRequest) -> Judged:
    """Return a take with what it shows of a sentence."""
    verdict = check(Evidence(take.clip), reading)
    ticks = [0.5 * tick.degree + 0.5 * tick.holds for tick in verdict.ticks]
    score = float(np.mean(ticks)) if ticks else 1.0
    if request.end is not None:  # the nearer to it, the less the steps must be bent
        score -= MISSED * take.off
    return Judged(take, verdict, score)


def chosen(
    engine: Engine, takes: list[Judged], request: GenerateRequest,
    cancelled: Cancelled = never_cancelled,
) -> Judged:  # fmt: skip
    """Return the take of the best score; of those hardly worse, the likeliest by the captioner."""
    best = max(one.score for one in takes)
    alike = [one for one in takes if one.score >= best - LIKE]
    if len(alike) == 1:
        return alike[0]
    scores = engine.likelihoods([one.take for one in alike], request.text, cancelled)
    return alike[int(np.argmax(scores))]


def _drawn(request: GenerateRequest) -> int:
    """Return how many takes are drawn at most."""
    return request.best_of if request.end is None else max(request.best_of, ENDS)


def _settled(takes: list[Judged], request: GenerateRequest) -> bool:
    """Tell whether a round has brought what was asked for."""
    held = [one for one in takes if one.verdict.ticks and one.verdict.holds]
    return any(request.end is None or one.take.off < NEAR for one in held)
