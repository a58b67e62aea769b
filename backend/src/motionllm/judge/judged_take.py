"""A take with what it shows of a sentence, as a score. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.engine.interface import Take
from motionllm.judge.clause import Reading, Verdict
from motionllm.judge.evidence import Evidence
from motionllm.judge.judge import check
from motionllm.requests import GenerateRequest

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


def judge(take: Take, reading: Reading, request: GenerateRequest) -> Judged:
    """Return a take with what it shows of a sentence."""
    verdict = check(Evidence(take.clip), reading)
    ticks = [0.5 * tick.degree + 0.5 * tick.holds for tick in verdict.ticks]
    score = float(np.mean(ticks)) if ticks else 1.0
    if request.end is not None:  # the nearer to it, the less the steps must be bent
        score -= MISSED * take.off
    return Judged(take, verdict, score)
