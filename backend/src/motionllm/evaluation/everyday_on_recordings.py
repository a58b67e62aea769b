"""Are the everyday suite's predicates right? Each is tried on recordings. numpy only.

Three kinds are right: recordings whose label says so, recordings joined or laid over each other,
and recordings that people described so. The last is only a hint: people saw a part, or guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from motionllm.data.pieces import Piece
from motionllm.evaluation.expectations import Expectation, Suite, mirror
from motionllm.evaluation.motion import Motion
from motionllm.evaluation.predicates_on_recordings import Recordings
from motionllm.evaluation.tables import Table
from motionllm.progress import say_nothing

MOST = 40  # right ones of a kind
ANY = 400  # recordings of any label
SHORTEST = 1.4  # seconds of a recording that is tried: in less, nothing comes to an end
# Labels that may be nearly anything.
VAGUE = (
    r"extended \d",
    "form .*",
    "Range of Motion",
    r"victory \d",
    "dab",
    "ready to taunt.*",
    "call, .*",
    "pantomime.*",
    "guide, .*",
    "respond, .*",
    "bye.*",
    "capoeira",
    "playground.*",
    "imitate .*",
    ".*stance.*",
    "climb.*",
    "roll .*",
    "laugh",
    "bounce",
    "swordplay",
    "basketball.*",
    "karate .*",
    "nursery rhyme.*",
    "warm up.*",
    "quarrel.*",
    ".*flip",
    "lie.*",
    "indian dance",
    "dance.*",
)


@dataclass(frozen=True)
class Trial:
    """How one expectation did: counts of motions met, and of those tried."""

    name: str
    labelled: tuple[int, int]  # met, of those whose labels say so
    told: tuple[int, int]  # met, of those that people described so
    wrong: tuple[int, int]  # met, of other labels and of the opposite
    anything: tuple[int, int]  # met, of recordings of any label

    @property
    def passes(self) -> bool | None:
        """Whether 90 % of the right ones are met and 95 % of the wrong ones are not.

        None where no recording is labelled as such a motion.
        """
        if not self.labelled[1]:
            return None
        return self.labelled[0] >= 0.9 * self.labelled[1] and self.wrong[0] <= 0.05 * self.wrong[1]


def _met(expectation: Expectation, motions: list[Motion]) -> tuple[int, int]:
    return sum(expectation.met(motion) for motion in motions), len(motions)


def _right(expectation: Expectation, recordings: Recordings) -> list[Motion]:
    found = [recordings.motion(*one) for one in recordings.find(expectation.accept, 2 * MOST)]
    return [
        *[motion for motion in found if motion.seconds >= SHORTEST][:MOST],
        *recordings.joined(expectation.joined, MOST // 2),
        *recordings.over(expectation.over, MOST // 2),
    ]


def try_one(
    suite: Suite, expectation: Expectation, recordings: Recordings, pieces: list[Piece]
) -> Trial:
    """Try an expectation; pieces are those with captions by people."""
    anything = recordings.others(ANY)
    may_be = expectation.accept + expectation.like + VAGUE
    fits = re.compile("|".join(f"(?:{pattern})" for pattern in may_be)).fullmatch
    wrong = [motion for label, motion in anything if not fits(label)]
    opposite = suite.expectations.get(expectation.opposite)
    if opposite and opposite.ask != expectation.ask:
        wrong += _right(opposite, recordings)
    return Trial(
        expectation.name,
        _met(expectation, _right(expectation, recordings)),
        _met(expectation, recordings.told(pieces, expectation.told, MOST)),
        _met(expectation, wrong),
        _met(expectation, [motion for _, motion in anything]),
    )


def try_all(
    suite: Suite,
    recordings: Recordings,
    pieces: list[Piece],
    say: Callable[[str], None] = say_nothing,
) -> list[Trial]:
    """Try what the prompts expect; of two mirror images the one that the data file describes."""
    written = [piece for piece in pieces if piece.human]
    trials = []
    for name in dict.fromkeys(prompt.expect for prompt in suite.prompts):
        if mirror(name) != name and mirror(name) in {trial.name for trial in trials}:
            continue
        say(name)
        trials.append(try_one(suite, suite.expectations[name], recordings, written))
    return trials


def trial_table(trials: list[Trial]) -> Table:
    """Return the table of all trials."""
    table = Table(
        "Everyday predicates on recordings",
        ["expectation", "labelled so, met", "described so by people, met", "wrong, met",
         "any recording, met, %", "holds"],
        f"Up to {MOST} recordings labelled as such a motion, joined or laid over each other; up to "
        f"{MOST} whose descriptions by people say it, which often tell of a part or a guess; "
        "wrong: other labels, as far as these exclude it, and the opposite; and of "
        f"{ANY} recordings of any label the share that meets it. It holds where 90 % of the "
        "labelled ones are met and 95 % of the wrong ones are not; '-': no recording has such a "
        "label.",
    )  # fmt: skip
    for trial in trials:
        table.add(
            trial.name.replace("_", " "),
            *(f"{met} of {of}" for met, of in (trial.labelled, trial.told, trial.wrong)),
            100.0 * trial.anything[0] / max(1, trial.anything[1]),
            {True: "yes", False: "no", None: "-"}[trial.passes],
        )
    judged = [trial for trial in trials if trial.passes is not None]

    def total(kind: str) -> str:
        met = sum(getattr(trial, kind)[0] for trial in trials)
        of = sum(getattr(trial, kind)[1] for trial in trials)
        return f"{100 * met / max(1, of):.1f} %"

    table.add(
        "**all**", total("labelled"), total("told"), total("wrong"), "",
        f"{sum(bool(trial.passes) for trial in judged)} of {len(judged)}",
    )  # fmt: skip
    return table
