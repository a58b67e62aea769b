"""Motions of two or three actions in order, made of recordings, with sentences in that order.

Hardly a recording shows one action after another, so "walks, then waves" would never be learnt.
Written as a training set of its own below the one it is made of, in the same layout.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from motionllm.data import pieces as piece_files
from motionllm.data.captions import labels
from motionllm.data.captions.labels import Label
from motionllm.data.captions.shown import content_key
from motionllm.data.captions.write import shows, write_sequence
from motionllm.data.dataset import Dataset
from motionllm.data.made_sets import MadeSet
from motionllm.english.mirror import mirror_text
from motionllm.facts.facts import Facts, measure
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.motion.join import best_seam, join

FOLDER = "joined"  # below the training set's
COUNT = 3000  # motions, each both ways round, and no more than a share of the pieces:
MOST_OF_PIECES = 0.2
TRIES = 200  # draws for one motion: where few recordings show what can be told, none is made
THREE = 0.2  # share of them with three parts
SHORTEST, LONGEST = 1.2, 4.6  # seconds of a part
MOST = 10.0  # seconds of the whole
CAPTIONS = 6  # written a motion
BALANCE = 0.55  # actions are drawn in proportion to this power of their number of pieces


@dataclass(frozen=True)
class Part:
    """A cut that shows one action.

    Attributes:
        clip, label, facts: what it is, is told to show, and shows.
        key: see `captions.shown.content_key`.
        row: of the recording that it is cut from.
    """

    clip: Clip
    label: Label
    facts: Facts
    key: str
    row: dict[str, str]


class Parts:
    """Draws cuts of recordings that may be trained on, rare actions more often than their share.

    Args:
        dataset: what is drawn from.
        rng: what draws.
        labelled: the label that a piece is drawn with, given that of its recording and the piece's
            key; None where it is not drawn from. Absent, every piece is, with its recording's.
    """

    def __init__(
        self,
        dataset: Dataset,
        rng: random.Random,
        labelled: Callable[[Label, str], Label | None] = lambda label, _: label,
    ) -> None:
        self._dataset = dataset
        self._rng = rng
        self._by_key: dict[str, list[tuple[piece_files.Piece, Label]]] = {}
        for piece in piece_files.read(dataset.folder):
            record = dataset.records[piece.clip]
            label = None if record.held_out else labelled(labels.parse(record.row), piece.key)
            if label is not None:
                self._by_key.setdefault(piece.key, []).append((piece, label))
        self._keys = list(self._by_key)
        self._weights = [len(self._by_key[key]) ** BALANCE for key in self._keys]

    @property
    def count(self) -> int:
        """How many pieces there are to draw from."""
        return sum(map(len, self._by_key.values()))

    def draw(self) -> Part | None:
        """Return a cut, or None where what was drawn does not show its action alone."""
        (key,) = self._rng.choices(self._keys, self._weights)
        piece, label = self._rng.choice(self._by_key[key])
        record = self._dataset.records[piece.clip]
        clip = self._dataset.clip(record).cut(piece.start, piece.start + piece.frames)
        clip = clip.mirrored() if piece.mirrored else clip
        frames = min(clip.frames, round(self._rng.uniform(2.0, LONGEST) * FPS))
        start = self._rng.randint(0, clip.frames - frames)
        if piece.mirrored:
            label = replace(label, side=mirror_text(label.side))
        return self.measured(clip.cut(start, start + frames), label, record.row)

    def measured(self, clip: Clip, label: Label, row: dict[str, str]) -> Part | None:
        """Return a cut with what it shows, or None if it shows nothing that can be told."""
        if clip.seconds < SHORTEST:
            return None
        facts = measure(clip.joints, clip.fps, clip.contacts)
        if not shows(label, facts):
            return None
        return Part(clip, label, facts, content_key(label, facts, True), row)


def build(data: Path, count: int = COUNT, say: Callable[[str], None] = print) -> None:
    """Write up to `count` joined motions with their captions below a training set.

    Where too little of the set can be told of by its labels, none are written.
    """
    rng = random.Random(0)
    parts = Parts(Dataset(data), rng)
    found = MadeSet()
    for index in range(min(count, round(MOST_OF_PIECES * parts.count))):
        made = next(filter(None, (_made(parts, rng) for _ in range(TRIES))), None)
        if made is None:
            break
        clip, shown = made
        key = ">".join(part.key for part in shown)
        row = {"id": f"{FOLDER}/{index:05d}", "source": FOLDER, "label": key, "split": "train"}
        captions = write_sequence([(p.label, p.facts) for p in shown], rng, CAPTIONS)
        found.add(row, clip, key, captions)
    found.write(data / FOLDER)
    if len(found):
        say(f"{found.pieces} motions of several actions, made of recordings")
    else:
        say("no motions of several actions could be made of these recordings")


def _made(parts: Parts, rng: random.Random) -> tuple[Clip, list[Part]] | None:
    """Return a motion of two or three actions and its parts, or None if the draw was no good."""
    wanted = 3 if rng.random() < THREE else 2
    tried = [parts.draw() for _ in range(wanted)]
    drawn = [part for part in tried if part is not None]
    if len(drawn) < wanted or any(a.key == b.key for a, b in pairwise(drawn)):
        return None
    # Each seam is cut where the two are most alike; what is left must still show its action.
    for before in range(wanted - 1):
        one, other = drawn[before], drawn[before + 1]
        stop, start = best_seam(one.clip, other.clip)
        cut = [(one, 0, stop), (other, start, other.clip.frames)]
        for place, (part, first, last) in enumerate(cut, start=before):
            shown = parts.measured(part.clip.cut(first, last), part.label, part.row)
            if shown is None:
                return None
            drawn[place] = shown
    whole = join([part.clip for part in drawn])
    step = piece_files.TOKEN_FRAMES
    if whole.seconds > MOST:
        return None
    return whole.cut(0, whole.frames // step * step), drawn
