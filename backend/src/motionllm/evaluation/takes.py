"""Takes of a suite's prompts with their judgement: what a chooser is compared on. numpy only.

Takes are drawn once and kept in a folder, so that choosers are compared on the very same ones:

    takes = judged_takes(load("everyday"), engine, 4, folder)
    chosen_share(takes, chooser)  # beside first_share(takes) and any_share(takes)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from motionllm.engine.interface import Engine
from motionllm.errors import MotionError
from motionllm.evaluation.expectations import Prompt, Suite
from motionllm.evaluation.motion import Motion
from motionllm.evaluation.statistics import Interval, interval
from motionllm.evaluation.tables import fingerprint
from motionllm.motion.clip import Clip, load_clip, save_clip
from motionllm.progress import say_nothing
from motionllm.requests import GenerateRequest

BATCH = 16  # clips decoded together
Chooser = Callable[[str, list[Clip]], int]  # of a text and its takes; the number of one


@dataclass(frozen=True)
class Takes:
    """Takes of one prompt.

    Attributes:
        prompt: what was asked for.
        clips: by seed, counting from 0.
        right: for each, whether it is what was asked for.
    """

    prompt: Prompt
    clips: list[Clip]
    right: tuple[bool, ...]


def is_right(suite: Suite, prompt: Prompt, clip: Clip) -> bool:
    """Say whether a clip shows what a prompt expects."""
    return suite.expectations[prompt.expect].met(Motion.of(clip))


def judged_takes(
    suite: Suite,
    engine: Engine,
    count: int,
    folder: Path | None = None,
    say: Callable[[str], None] = say_nothing,
) -> list[Takes]:
    """Return so many takes of every prompt, as they are drawn without any choosing.

    Args:
        suite: whose prompts and expectations.
        engine: draws what the folder lacks.
        count: takes of a prompt; take k is what seed k gives.
        folder: where takes are kept, by pack and arrays; nothing is kept without one.
        say: takes a line of progress.
    """
    at = None if folder is None else folder / f"{engine.pack.name}-{fingerprint(engine.pack)}"
    made = _drawn(engine, suite.prompts, count, at, say)
    return [
        Takes(prompt, clips, tuple(is_right(suite, prompt, clip) for clip in clips))
        for prompt, clips in zip(suite.prompts, made, strict=True)
    ]


def _drawn(
    engine: Engine, prompts: list[Prompt], count: int, at: Path | None, say: Callable[[str], None]
) -> list[list[Clip]]:
    found: dict[tuple[int, int], Clip] = {}
    missing: list[tuple[int, int]] = []
    for index, prompt in enumerate(prompts):
        for seed in range(count):
            clip = None if at is None else _kept(_path(at, prompt, seed))
            if clip is None:
                missing.append((index, seed))
            else:
                found[index, seed] = clip
    missing.sort(key=lambda job: prompts[job[0]].seconds)
    for begin in range(0, len(missing), BATCH):
        batch = missing[begin : begin + BATCH]
        requests = [
            GenerateRequest(prompts[index].text, prompts[index].seconds, seed, best_of=1)
            for index, seed in batch
        ]
        for (index, seed), clip in zip(batch, engine.generate(requests), strict=True):
            found[index, seed] = clip
            if at is not None:
                path = _path(at, prompts[index], seed)
                path.parent.mkdir(parents=True, exist_ok=True)
                save_clip(clip, path)
        say(f"{begin + len(batch)} of {len(missing)} takes")
    return [[found[index, seed] for seed in range(count)] for index in range(len(prompts))]


def _path(at: Path, prompt: Prompt, seed: int) -> Path:
    words = "-".join("".join(c if c.isalnum() else " " for c in prompt.text).split())
    return at / f"{words}-{prompt.seconds:g}s-{seed}.npz"


def _kept(path: Path) -> Clip | None:
    try:
        return load_clip(path) if path.is_file() else None
    except MotionError:  # a file that was cut off: the take is drawn anew
        return None


def _share(takes: list[Takes], right: Callable[[Takes], float]) -> Interval:
    shares = [right(some) for some in takes]
    return interval(shares, lambda drawn: 100.0 * sum(drawn) / len(drawn))


def first_share(takes: list[Takes]) -> Interval:
    """Return the share of prompts whose first take is right, in per cent."""
    return _share(takes, lambda some: float(some.right[0]))


def mean_share(takes: list[Takes]) -> Interval:
    """Return the share of all takes that are right, in per cent."""
    return _share(takes, lambda some: sum(some.right) / len(some.right))


def any_share(takes: list[Takes]) -> Interval:
    """Return the share of prompts of which at least one take is right, in per cent."""
    return _share(takes, lambda some: float(any(some.right)))


def chosen_share(takes: list[Takes], chooser: Chooser) -> Interval:
    """Return the share of prompts of which the chosen take is right, in per cent."""
    return _share(takes, lambda some: float(some.right[chooser(some.prompt.text, some.clips)]))


def pairs_ranked(takes: list[Takes], score: Callable[[str, Clip], float]) -> Interval:
    """Return how often a right take scores over a wrong one of the same prompt: 0 to 1."""
    ranked: list[float] = []
    for some in takes:
        scores = [score(some.prompt.text, clip) for clip in some.clips]
        right = [s for s, is_it in zip(scores, some.right, strict=True) if is_it]
        wrong = [s for s, is_it in zip(scores, some.right, strict=True) if not is_it]
        pairs = [(a > b) + 0.5 * (a == b) for a in right for b in wrong]
        if pairs:
            ranked.append(sum(pairs) / len(pairs))
    return interval(ranked, lambda drawn: sum(drawn) / len(drawn))
