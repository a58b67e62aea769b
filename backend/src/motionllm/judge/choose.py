"""Several takes drawn, each checked against its sentence, the right one chosen. numpy only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motionllm.engine.interface import Engine
from motionllm.judge.further import by_chance, recorded, stitched
from motionllm.judge.judge import judged
from motionllm.judge.judged_take import Judged, judge
from motionllm.judge.read import read
from motionllm.motion.clip import Clip
from motionllm.progress import Cancelled, Progress, never_cancelled, no_progress
from motionllm.requests import GenerateRequest, check_request

ROUND = 4  # takes drawn at a time; more only where none of them shows all that is asked
LIKE = 0.06  # of a score: takes that differ by no more are told apart by the captioner
ENDS = 8  # takes drawn at least where an end is asked for: not every one gets there
NEAR = 0.3  # metres and radians together: near enough to an end


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
    asked = [check_request(request) for request in requests]
    # What was never learnt is drawn, and read, in plainer words.
    requests = [replace(one, text=engine.pack.plainly(one.text)) for one in asked]
    several = [index for index, request in enumerate(requests) if _drawn(request) > 1]
    single = [index for index, request in enumerate(requests) if _drawn(request) == 1]
    clips: dict[int, Clip] = {}
    if single:
        made = engine.generate([requests[index] for index in single], progress, cancelled)
        clips.update(zip(single, made, strict=True))
    if several:
        made = _best([requests[index] for index in several], engine, progress, cancelled)
        clips.update(zip(several, made, strict=True))
    done = [
        replace(clips[index], ticks=judged(clips[index], request.text).to_json())
        for index, request in enumerate(requests)
    ]
    return [
        clip if request.text == one.text else replace(clip, text=one.text)
        for clip, request, one in zip(done, requests, asked, strict=True)
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
        for count in range(1, ROUND + 1):
            open_ = [
                index for index, request in enumerate(requests)
                if min(ROUND, _drawn(request) - first) == count
                and not _settled(found[index], request)
            ]  # fmt: skip
            if open_:
                round_of(open_, range(first, first + count))
    for some, reading, request in zip(found, readings, requests, strict=True):
        if not _settled(some, request):
            some += stitched(engine, reading, request, cancelled)
        if not _settled(some, request) or by_chance(engine, reading, request):
            some += recorded(engine, reading, request, cancelled)
    return [
        engine.finished(chosen(engine, some, request, cancelled).take.clip, request)
        for request, some in zip(requests, found, strict=True)
    ]


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
