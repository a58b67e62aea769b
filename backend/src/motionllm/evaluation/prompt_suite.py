"""Does it do what was asked? The prompt suite on a pack, recordings and rivals. numpy only."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from motionllm.data.captions.labels import Label
from motionllm.data.captions.shown import content_key
from motionllm.engine.interface import Engine
from motionllm.evaluation.expectations import Expectation, Prompt, Suite
from motionllm.evaluation.nearest import Rival
from motionllm.evaluation.predicates import Motion
from motionllm.evaluation.predicates_on_recordings import MOST, Recordings
from motionllm.evaluation.statistics import Interval, interval, mean_interval
from motionllm.evaluation.tables import Table
from motionllm.facts import facts
from motionllm.judge import choose
from motionllm.motion.clip import Clip
from motionllm.progress import say_nothing
from motionllm.requests import GenerateRequest

BATCH = 16  # clips decoded together
BEST_OF = 4  # what the panel draws for one motion
Say = Callable[[str], None]


def generate(
    engine: Engine,
    wanted: list[tuple[str, float]],
    seeds: int,
    say: Say = say_nothing,
    cleanup: bool = True,
    best_of: int = 1,
) -> list[list[Clip]]:
    """Return `seeds` clips of every (text, seconds), seeds counting from 0.

    Clips of like length are decoded together, which changes nothing but the time it takes.
    """
    jobs = [
        (index, GenerateRequest(text, seconds, seed, cleanup=cleanup, best_of=best_of))
        for index, (text, seconds) in enumerate(wanted)
        for seed in range(seeds)
    ]
    jobs.sort(key=lambda job: wanted[job[0]][1])
    made: list[list[Clip]] = [[] for _ in wanted]
    size = max(1, BATCH // best_of)
    for first in range(0, len(jobs), size):
        batch = jobs[first : first + size]
        for (index, _), clip in zip(
            batch, choose.generate(engine, [request for _, request in batch]), strict=True
        ):
            made[index].append(clip)
        say(f"{min(first + size, len(jobs))} of {len(jobs)} clips")
    return [sorted(clips, key=lambda clip: clip.seed) for clips in made]


@dataclass(frozen=True)
class Score:
    """How one prompt went: for each clip, whether it was met, and whether its opposite was."""

    prompt: Prompt
    met: tuple[bool, ...]
    opposite: tuple[bool, ...]  # empty where the expectation has none
    late: tuple[float, ...]  # seconds got less seconds asked

    @property
    def share(self) -> float:
        """Share of the clips that met it."""
        return float(np.mean(self.met)) if self.met else float("nan")


def judge(suite: Suite, prompt: Prompt, clips: list[Motion]) -> Score:
    """Judge the motions made for one prompt."""
    expectation = suite.expectations[prompt.expect]
    other = suite.expectations.get(expectation.opposite)
    return Score(
        prompt,
        tuple(expectation.met(motion) for motion in clips),
        tuple(other.met(motion) for motion in clips) if other else (),
        tuple(motion.seconds - prompt.seconds for motion in clips),
    )


def right_recordings(
    expectation: Expectation, recordings: Recordings, count: int, rng: random.Random
) -> list[Motion]:
    """Return recordings whose labels say that they are what is expected."""
    found = recordings.find(expectation.accept, MOST)
    if found:
        return [recordings.motion(*rng.choice(found)) for _ in range(count)]
    return recordings.joined(expectation.joined, count)


def _motions(made: list[list[Clip]]) -> list[list[Motion]]:
    return [[Motion.of(clip) for clip in clips] for clips in made]


def prompt_tables(
    suite: Suite,
    engine: Engine,
    recordings: Recordings,
    rivals: list[Rival],
    seeds: int,
    say: Say = say_nothing,
) -> list[Table]:
    """Run the suite; return a table a group, one of the words, one a prompt, one of the unheld."""
    rng = random.Random(0)
    wanted = [(prompt.text, prompt.seconds) for prompt in suite.prompts]
    made = generate(engine, wanted, seeds, say)
    rows = {
        "real motion": [
            right_recordings(suite.expectations[prompt.expect], recordings, seeds, rng)
            for prompt in suite.prompts
        ],
        **{rival.name: _motions(rival.make(wanted, seeds, say)) for rival in rivals},
        engine.pack.name: _motions(made),
        f"{engine.pack.name}, best of {BEST_OF}": _motions(
            generate(engine, wanted, seeds, say, best_of=BEST_OF)
        ),
    }
    scores = {
        name: [judge(suite, *pair) for pair in zip(suite.prompts, row, strict=True)]
        for name, row in rows.items()
    }
    return [
        _overall(suite, scores, seeds),
        _groups(suite, scores),
        _lengths(engine.pack.name, scores[engine.pack.name]),
        _single(engine.pack.name, scores),
        _warned(suite, engine, scores[engine.pack.name]),
        _unheld(suite, engine, seeds, say),
    ]


def _overall(suite: Suite, scores: dict[str, list[Score]], seeds: int) -> Table:
    other_words = {prompt for prompt in suite.prompts if prompt.group == suite.paraphrases}
    table = Table(
        "Says what was asked",
        ["row", "all", "without other words", "other words", "sides", "forwards or backwards"],
        f"% of clips, {len(suite.prompts)} prompts, {seeds} seeds each, one of trained rivals; "
        "intervals draw prompts anew. Real motion is recordings labelled as what is asked. Sides, "
        "and directions: of the clips that do the action one way or the other, the share that does "
        "it the way asked.",
    )
    for name, row in scores.items():
        table.add(
            name,
            _percent(row),
            _percent([score for score in row if score.prompt not in other_words]),
            _percent([score for score in row if score.prompt in other_words]),
            _right_way([s for s in row if _names_side(s.prompt)]),
            _right_way([s for s in row if not _names_side(s.prompt)]),
        )
    return table


def _groups(suite: Suite, scores: dict[str, list[Score]]) -> Table:
    table = Table("By group", ["group", "prompts", *scores])
    for group in suite.groups:
        rows = [[score for score in row if score.prompt.group == group] for row in scores.values()]
        table.add(group, str(len(rows[0])), *map(_percent, rows))
    return table


def _lengths(pack: str, scores: list[Score]) -> Table:
    late = np.abs([value for score in scores for value in score.late])
    table = Table("Duration asked and got", ["figure", pack])
    table.add("mean difference, s", mean_interval(late))
    table.add("largest difference, s", float(late.max()))
    table.add("within 0.15 s, %", 100.0 * float((late <= 0.15).mean()))
    return table


def _single(pack: str, scores: dict[str, list[Score]]) -> Table:
    rows = {name: row for name, row in scores.items() if name not in (pack, "real motion")}
    table = Table("By prompt", ["prompt", "s", "expected", pack, *rows])
    for score, *others in zip(scores[pack], *rows.values(), strict=True):
        table.add(
            score.prompt.text,
            f"{score.prompt.seconds:g}",
            score.prompt.expect,
            *(f"{sum(one.met)}/{len(one.met)}" for one in (score, *others)),
        )
    return table


def _names_side(prompt: Prompt) -> bool:
    return "left" in prompt.expect or "right" in prompt.expect


def _percent(scores: list[Score]) -> Interval:
    return interval(scores, lambda some: 100.0 * float(np.mean([score.share for score in some])))


def _right_way(scores: list[Score]) -> Interval:
    def share(some: list[Score]) -> float:
        right = wrong = 0
        for score in some:
            for met, opposite in zip(score.met, score.opposite, strict=False):
                right += met and not opposite
                wrong += opposite and not met
        return 100.0 * right / (right + wrong) if right + wrong else float("nan")

    return interval([score for score in scores if score.opposite], share)


def _unheld(suite: Suite, engine: Engine, seeds: int, say: Say) -> Table:
    """What comes out for prompts of things that the data does not hold, in captions' words."""
    table = Table(
        "What the data does not hold",
        ["prompt", "what came out, measured", "what the program says"],
        "Not judged. The program names the words that it never learnt.",
    )
    wanted = [(prompt.text, prompt.seconds) for prompt in suite.unheld]
    for prompt, clips in zip(suite.unheld, generate(engine, wanted, seeds, say), strict=True):
        shown = [
            content_key(Label(), facts.measure(clip.joints, clip.fps)).replace("_", " ")
            for clip in clips
        ]
        table.add(prompt.text, ", ".join(shown), engine.pack.warning(prompt.text) or "nothing")
    return table


def _warned(suite: Suite, engine: Engine, scores: list[Score]) -> Table:
    """How prompts do that the program calls unsure, beside the others."""
    table = Table(
        "Says when it is unsure",
        ["prompts", "called unsure", "of those, % as asked", "of the others, % as asked"],
        "A prompt is called unsure for words that no training caption used.",
    )
    groups = {
        "other words": [score for score in scores if score.prompt.group == suite.paraphrases],
        "all others": [score for score in scores if score.prompt.group != suite.paraphrases],
    }
    for name, some in groups.items():
        unsure = [score for score in some if engine.pack.warning(score.prompt.text)]
        sure = [score for score in some if score not in unsure]
        table.add(name, f"{len(unsure)} of {len(some)}", _percent(unsure), _percent(sure))
    foreign = sum(bool(engine.pack.warning(prompt.text)) for prompt in suite.unheld)
    table.add("what the data does not hold", f"{foreign} of {len(suite.unheld)}", "", "")
    return table
