"""Who does what: prompts with weights spread over the characters of a crowd. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from motionllm.batch.prompt_list import Line
from motionllm.errors import MotionError
from motionllm.requests import MAX_SEED, MIN_SECONDS, GenerateRequest, loop_seconds

SHORTEST = 0.7  # of the scene's seconds: clips that play once last so long at least
LOOPS = (0.45, 0.8)  # of the scene's seconds: how long loops are, ...
LOOP_SECONDS = (2.0, 6.0)  # ... within these


@dataclass(frozen=True)
class Role:
    """What a character does: `take` is the place of its motion in the list of requests."""

    take: int
    shared: bool  # others have the same


def cast(
    lines: Sequence[Line], count: int, seconds: float, seed: int, loop: bool = False,
    takes: int = 0,
) -> tuple[list[GenerateRequest], list[Role]]:  # fmt: skip
    """Return the motions to generate and which of them each of `count` characters has.

    Every motion has its own seed and, where its line does not say, its own length: up to the
    scene's; loops are shorter, since they repeat, and are asked for longer than they will be.

    Args:
        lines: each gets its share of the characters, to within one.
        seconds: how long the scene is.
        takes: number of motions that are shared by all; 0: everybody has an own one.

    Raises:
        MotionError: "bad_request", if no line has a weight.
    """
    if count < 1:
        raise MotionError("bad_request", "A crowd needs one character or more.")
    random = np.random.default_rng([seed, 1])
    motions = min(takes, count) if takes > 0 else count
    shares = _shares([line.weight for line in lines], motions)
    requests = []
    for line, number in zip(lines, shares, strict=True):
        for repeat in range(number):
            first = line.request.seed if line.own_seed else seed
            own = repeat if line.own_seed else len(requests)
            requests.append(
                replace(
                    line.request,
                    seed=(first + own) % MAX_SEED,
                    seconds=_seconds(line, seconds, loop, random),
                )
            )
    if motions == count:
        order = random.permutation(count)
        return requests, [Role(int(take), False) for take in order]
    whole, rest = divmod(count, motions)
    more = random.permutation(motions)[:rest]
    order = np.concatenate([np.repeat(np.arange(motions), whole), more])
    number = np.bincount(order, minlength=motions)
    return requests, [Role(int(k), bool(number[k] > 1)) for k in random.permutation(order)]


def _seconds(line: Line, scene: float, loop: bool, random: np.random.Generator) -> float:
    wanted = line.request.seconds
    if line.own_seconds and wanted is not None:
        return loop_seconds(wanted) if loop else wanted
    if loop:
        wanted = float(np.clip(random.uniform(*LOOPS) * scene, *LOOP_SECONDS))
        return round(loop_seconds(wanted), 1)
    return max(MIN_SECONDS, round(random.uniform(SHORTEST, 1.0) * scene, 1))


def _shares(weights: list[float], count: int) -> list[int]:
    """Divide `count` by weights; what is left over goes to the largest remainders."""
    total = sum(weights)
    if total <= 0.0:
        raise MotionError(
            "bad_request", "No prompt has a weight above zero.", "Give one of them a weight."
        )
    exact = [count * weight / total for weight in weights]
    shares = [int(value) for value in exact]
    order = sorted(range(len(weights)), key=lambda k: shares[k] - exact[k])
    for k in order[: count - sum(shares)]:
        shares[k] += 1
    return shares
