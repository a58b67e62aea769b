"""Who does what: prompts with weights spread over the characters of a crowd. numpy only."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from motionllm.batch.run import LINE_LIMIT, read_prompts
from motionllm.engine.interface import MAX_SEED, MIN_SECONDS, GenerateRequest
from motionllm.errors import MotionError
from motionllm.motion import loop as loops

SHORTEST = 0.7  # of the scene's seconds: clips that play once last so long at least
LOOPS = (0.45, 0.8)  # of the scene's seconds: how long loops are, ...
LOOP_SECONDS = (2.0, 6.0)  # ... within these


@dataclass(frozen=True)
class Line:
    """A prompt of a list; `weight` is its share among the others."""

    request: GenerateRequest
    weight: float = 1.0
    own_seconds: bool = False  # its line says how long; else the crowd does
    own_seed: bool = False


def read_lines(file: BinaryIO, defaults: GenerateRequest) -> list[Line]:
    """Read prompts as `motionllm generate --prompts` does; a line may have a "weight" as well.

    Raises:
        MotionError: "bad_request", for the first line that is wrong: its number is said.
    """
    lines = []
    for number, raw in enumerate(file, start=1):
        if raw.strip(b" \t\r\n\xef\xbb\xbf"):
            try:
                lines.append(_read_line(raw, defaults))
            except MotionError as error:
                raise MotionError(
                    "bad_request", f"Line {number}: {error.message}", error.hint
                ) from error
    if not lines:
        raise MotionError("bad_request", "The file holds no prompts.")
    return lines


def _read_line(raw: bytes, defaults: GenerateRequest) -> Line:
    value, weight = None, 1.0
    with contextlib.suppress(ValueError, RecursionError):  # said by the reader below
        value = json.loads(raw.decode("utf-8-sig")) if len(raw) <= LINE_LIMIT else None
    if isinstance(value, dict) and "weight" in value:
        weight = value["weight"]
        good = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not good or not 0.0 <= weight <= 1e6:
            raise MotionError(
                "bad_request", f"weight must be a number of zero or more, not {weight!r}."
            )
    (found,) = read_prompts(io.BytesIO(raw), defaults)
    if isinstance(found, tuple):
        raise found[1]
    return Line(
        found.request, float(weight),
        value.get("seconds") is not None, value.get("seed") is not None,
    )  # fmt: skip


def line_text(text: str, seconds: float | None, seed: int | None, weight: float = 1.0) -> str:
    """Return one line of such a file, without its end."""
    value: dict[str, object] = {"text": text}
    if seconds is not None:
        value["seconds"] = round(seconds, 3)
    if seed is not None:
        value["seed"] = seed
    if weight != 1.0:
        value["weight"] = round(weight, 3)
    return json.dumps(value, ensure_ascii=False)


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
    if line.own_seconds:
        wanted = line.request.seconds
        return loops.longer(wanted) if loop else wanted
    if loop:
        wanted = np.clip(random.uniform(*LOOPS) * scene, *LOOP_SECONDS)
        return round(loops.longer(float(wanted)), 1)
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
