"""The judge tried on recordings: captions that are true, others', and such as are turned round."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from motionllm.data.dataset import Dataset
from motionllm.data.pieces import Piece, piece_clip
from motionllm.english.mirror import mirror_text
from motionllm.evaluation.statistics import mean_interval
from motionllm.evaluation.tables import Table
from motionllm.judge.clause import Clause, Reading
from motionllm.judge.evidence import Evidence
from motionllm.judge.judge import check
from motionllm.judge.read import read

PIECES = 400
CAPTIONS = 3  # of a piece
_OPPOSITE = {"left": "right", "right": "left", "forward": "backward", "backward": "forward"}


def recordings_table(dataset: Dataset, pieces: list[Piece], human: bool) -> Table:
    """Return how many right captions of held-out pieces hold, and how many wrong ones do not.

    Args:
        human: captions by people, else those that the data's own grammar wrote.
    """
    held = [
        piece for piece in pieces
        if dataset.records[piece.clip].held_out and (piece.human > 0 or not human)
    ]  # fmt: skip
    rng = random.Random(0)
    rng.shuffle(held)
    held = held[:PIECES]
    marks: dict[str, list[float]] = {name: [] for name in _ROWS}
    clauses: list[float] = []
    for index, piece in enumerate(held):
        evidence = Evidence(piece_clip(dataset, piece))
        for text in _captions(piece, human):
            reading = read(text)
            if not reading.clauses:
                continue
            verdict = check(evidence, reading)
            marks["right"].append(verdict.holds)
            clauses += [tick.holds for tick in verdict.ticks]
            if not verdict.holds:
                continue  # only what holds can be told from its opposite
            for name, other in _turned_round(text, reading):
                marks[name].append(not check(evidence, other).holds)
        other = held[(index + len(held) // 2) % len(held)]
        if other.key != piece.key:
            for text in _captions(other, human):
                if (reading := read(text)).clauses:
                    marks["exchanged"].append(not check(evidence, reading).holds)
    whose = "by people" if human else "by the data's grammar"
    table = Table(
        f"The judge on recordings, captions {whose}", ["captions", "%", "captions tried"],
        f"{len(held)} pieces of held-out recordings, up to {CAPTIONS} captions each. Right ones: "
        "all clauses hold (of single clauses: the share that holds). Wrong ones: some clause does "
        "not. Exchanged are those of a recording of another kind, which may be true of this one as "
        "well; the last four are right captions that hold, changed in one thing.",
    )  # fmt: skip
    table.add("right, single clauses", mean_interval(100.0 * np.array(clauses)), len(clauses))
    for name, said in _ROWS.items():
        table.add(said, mean_interval(100.0 * np.array(marks[name], float)), len(marks[name]))
    return table


_ROWS = {
    "right": "right: hold", "exchanged": "exchanged: refused", "side": "side swapped: refused",
    "direction": "direction swapped: refused", "order": "order swapped: refused",
    "count": "count changed: refused",
}  # fmt: skip


def _captions(piece: Piece, human: bool) -> list[str]:
    return (piece.captions[: piece.human] if human else piece.captions[piece.human :])[:CAPTIONS]


def _turned_round(text: str, reading: Reading) -> list[tuple[str, Reading]]:
    """Return what a caption becomes when one thing of it is turned round."""
    found = []
    clauses = reading.clauses
    if any(clause.side in ("left", "right") for clause in clauses):
        found.append(("side", read(mirror_text(text))))
    if any(clause.direction in _OPPOSITE for clause in clauses):
        found.append(("direction", _changed(reading, _other_way)))
    last = max(clause.step for clause in clauses)
    if last:
        back = sorted(
            (replace(clause, step=last - clause.step) for clause in clauses),
            key=lambda clause: clause.step,
        )
        found.append(("order", Reading(text, tuple(back))))
    if any(clause.count for clause in clauses):
        found.append(("count", _changed(reading, _more_often)))
    return found


def _changed(reading: Reading, change) -> Reading:
    return Reading(reading.text, tuple(change(clause) for clause in reading.clauses))


def _other_way(clause: Clause) -> Clause:
    return replace(clause, direction=_OPPOSITE.get(clause.direction, clause.direction))


def _more_often(clause: Clause) -> Clause:
    return replace(clause, count=clause.count + 3) if clause.count else clause
