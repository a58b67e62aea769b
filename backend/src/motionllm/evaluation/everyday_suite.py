"""The everyday suite on a pack: one take, as the panel makes it, any of its takes. numpy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from motionllm.engine.interface import Engine
from motionllm.evaluation.expectations import Suite
from motionllm.evaluation.prompt_suite import BEST_OF, generate
from motionllm.evaluation.statistics import Interval, interval
from motionllm.evaluation.tables import Table
from motionllm.evaluation.takes import Takes, is_right, judged_takes
from motionllm.progress import say_nothing

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """How one prompt went.

    Attributes:
        takes: those drawn without choosing, judged.
        chosen: for each seed, whether what the panel would give is right.
    """

    takes: Takes
    chosen: tuple[bool, ...]

    @property
    def one(self) -> float:
        """Share of the takes that are right."""
        return sum(self.takes.right) / len(self.takes.right)

    @property
    def best(self) -> float:
        """Share of the chosen that are right."""
        return sum(self.chosen) / len(self.chosen)

    @property
    def any(self) -> float:
        """1 if one of the first BEST_OF takes is right."""
        return float(any(self.takes.right[:BEST_OF]))


def everyday_tables(
    suite: Suite, engine: Engine, seeds: int, kept: Path, say: Say = say_nothing
) -> list[Table]:
    """Run the suite.

    Args:
        suite: the everyday suite.
        engine: with the pack to measure.
        seeds: clips of each prompt as the panel makes them; of single takes BEST_OF or more.
        kept: folder of takes that were drawn before, and are to be kept.
        say: takes a line of progress.
    """
    takes = judged_takes(suite, engine, max(seeds, BEST_OF), kept, say)
    wanted = [(prompt.text, prompt.seconds) for prompt in suite.prompts]
    made = generate(engine, wanted, seeds, say, best_of=BEST_OF)
    outcomes = [
        Outcome(some, tuple(is_right(suite, some.prompt, clip) for clip in clips))
        for some, clips in zip(takes, made, strict=True)
    ]
    name = engine.pack.name
    columns = [f"{name}, one take", f"{name}, best of {BEST_OF}", f"any of {BEST_OF} takes"]
    table = Table(
        "Everyday prompts",
        ["group", "prompts", *columns],
        f"% of clips that show what was asked, {len(outcomes)} prompts; {max(seeds, BEST_OF)} "
        f"single takes each, {seeds} as the panel makes them; any: of {BEST_OF} single takes one "
        "or more is right. Intervals draw prompts anew.",
    )
    table.add("**all**", str(len(outcomes)), *_shares(outcomes))
    for group in suite.groups:
        some = [outcome for outcome in outcomes if outcome.takes.prompt.group == group]
        table.add(group, str(len(some)), *_shares(some))
    return [table, _single(outcomes, columns)]


def _shares(outcomes: list[Outcome]) -> list[Interval]:
    def share(kind: str) -> Interval:
        shares = [getattr(outcome, kind) for outcome in outcomes]
        return interval(shares, lambda drawn: 100.0 * sum(drawn) / len(drawn))

    return [share(kind) for kind in ("one", "best", "any")]


def _single(outcomes: list[Outcome], columns: list[str]) -> Table:
    table = Table("Everyday prompts, one by one", ["prompt", "s", "expected", *columns[:2]])
    for outcome in outcomes:
        prompt, right = outcome.takes.prompt, outcome.takes.right
        table.add(
            prompt.text,
            f"{prompt.seconds:g}",
            prompt.expect.replace("_", " "),
            f"{sum(right)}/{len(right)}",
            f"{sum(outcome.chosen)}/{len(outcome.chosen)}",
        )
    return table
