"""Captions that say nothing untrue and leave no turn out. numpy only.

The captioner's own sentence is read and checked against the motion that it describes. Where one of
its clauses is not shown, or a turn is not told, further sentences are drawn, until one is without
fault, and the truest is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from motionllm.engine.interface import Engine
from motionllm.english.mirror import mirror_text
from motionllm.judge.evidence import Evidence
from motionllm.judge.judge import CHECKS
from motionllm.judge.read import read
from motionllm.motion.clip import Clip
from motionllm.progress import Cancelled, Progress, never_cancelled, no_progress

ROUNDS = (range(1, 3), range(3, 8))  # numbers of the further sentences, where none before does
LONGEST = 10.5  # seconds: longer motions come in pieces, each with a sentence of its own
UNTRUE = 0.25  # of a degree: a clause below it is not shown
TURNED = 60.0  # degrees that a caption must not leave out
AROUND = 140.0
_TURNS = ("turn", "circle", "spin")


@dataclass(frozen=True)
class _Told:
    """A sentence with what is wrong with it."""

    text: str
    untrue: int
    wrong_side: bool
    turn_left_out: bool

    @property
    def faults(self) -> int:
        return 2 * self.untrue + self.turn_left_out


def caption(
    engine: Engine,
    clips: list[Clip],
    progress: Progress = no_progress,
    cancelled: Cancelled = never_cancelled,
) -> list[str]:
    """Describe each clip in one sentence whose clauses were measured on it.

    Raises:
        MotionError: as `Engine.caption`.
    """
    texts = engine.caption(clips, progress, cancelled)
    checked = {
        index: _Checked(Evidence(clip), text)
        for index, (clip, text) in enumerate(zip(clips, texts, strict=True))
        if clip.frames >= 2 and text and clip.seconds <= LONGEST
    }
    for takes in ROUNDS:
        faulty = [index for index, one in checked.items() if one.best.faults]
        if not faulty:
            break
        drawn = engine.caption_takes([clips[index] for index in faulty], takes, cancelled)
        for index, further in zip(faulty, drawn, strict=True):
            checked[index].add(further)
    return [
        checked[index].sentence() if index in checked else text for index, text in enumerate(texts)
    ]


class _Checked:
    """The sentences that were drawn of a motion, checked on it."""

    def __init__(self, evidence: Evidence, text: str) -> None:
        self._evidence = evidence
        self.best = _checked(text, evidence)

    def add(self, texts: list[str]) -> None:
        """Look at further sentences; of those as good the first is kept."""
        for text in filter(None, texts):
            if not self.best.faults:
                return
            told = _checked(text, self._evidence)
            if told.faults < self.best.faults:
                self.best = told

    def sentence(self) -> str:
        """Return the best one, mended where that can be done."""
        best = self.best
        if best.wrong_side:
            mended = _checked(mirror_text(best.text), self._evidence)
            best = mended if mended.faults < best.faults else best
        return best.text + _turn_told(self._evidence) if best.turn_left_out else best.text


def _checked(text: str, evidence: Evidence) -> _Told:
    untrue, wrong_side, turn = 0, False, False
    for clause in read(text).clauses:
        if clause.negated or clause.manner:
            continue
        turn |= clause.check in _TURNS
        if CHECKS[clause.check](evidence, clause).degree < UNTRUE:
            untrue += 1
            wrong_side |= clause.side in ("left", "right") or clause.direction in ("left", "right")
    return _Told(text, untrue, wrong_side, _turned(evidence) and not turn)


def _turned(evidence: Evidence) -> bool:
    facts = evidence.facts
    return facts.yaw_known and abs(facts.yaw) >= TURNED and bool(facts.of("turn", "curve"))


def _turn_told(evidence: Evidence) -> str:
    yaw = evidence.facts.yaw
    side = "left" if yaw > 0 else "right"
    return f", turning {'around ' if abs(yaw) >= AROUND else ''}to the {side}"
