"""Can it tell what it sees? Held-out recordings captioned, by labels and people. numpy only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from motionllm.data.captions import labels
from motionllm.data.captions.shown import select
from motionllm.data.dataset import Dataset
from motionllm.data.pieces import Piece, piece_clip
from motionllm.engine.interface import Engine
from motionllm.evaluation import named_in_captions, text_metrics
from motionllm.evaluation.bert_score import ENCODER, BertScore
from motionllm.evaluation.statistics import Interval, interval, mean_interval
from motionllm.evaluation.tables import Table
from motionllm.facts.facts import measure
from motionllm.progress import say_nothing

BATCH = 8
AMOUNTS = (20, 100, 400, 10**9)
WRITTEN = 3  # captions by people that a piece must have to be compared with them


@dataclass(frozen=True)
class Truth:
    """What a piece shows: keys of its actions, style or "", its one side or "", backwards."""

    actions: tuple[str, ...]
    style: str
    side: str
    backward: bool


def truth(dataset: Dataset, piece: Piece) -> Truth:
    """Return what a piece shows, from its label and measurements, as captions are written."""
    record = dataset.records[piece.clip]
    clip = piece_clip(dataset, piece)
    label = labels.parse(record.row)
    found = select(label, measure(clip.joints, clip.fps, clip.contacts),
                   piece.frames < 0.9 * record.frames)  # fmt: skip
    named = piece.key.split("_")
    told = set().union(*(named_in_captions.sides(text) for text in piece.captions))
    side = next((word for word in ("left", "right") if word in named and told == {word}), "")
    style = "" if label.style in (None, "normal") else label.style  # nobody says "normally"
    return Truth(tuple(act.key for act in found), style, side, "backward" in named)


def caption_tables(
    engine: Engine,
    dataset: Dataset,
    pieces: list[Piece],
    human: list[Piece],
    trained: Counter[str],
    backbone: Path,
    say: Callable[[str], None] = say_nothing,
) -> list[Table]:
    """Caption held-out pieces and compare.

    Args:
        pieces: balanced over what they show.
        human: pieces with captions by people, WRITTEN or more each.
        trained: how many pieces of each key were trained on.
        backbone: the language model's file, which compares texts by meaning.
    """
    everything = [*pieces, *human]
    clips = [piece_clip(dataset, piece) for piece in everything]
    order = np.argsort([clip.frames for clip in clips])
    said = [""] * len(clips)
    for first in range(0, len(order), BATCH):
        batch = order[first : first + BATCH]
        for index, text in zip(batch, engine.caption([clips[i] for i in batch]), strict=True):
            said[index] = text
        say(f"{min(first + BATCH, len(order))} of {len(order)} captions")
    ours, people = said[: len(pieces)], said[len(pieces) :]
    facts = [truth(dataset, piece) for piece in pieces]
    written = [piece.captions[-1] for piece in pieces]
    rows = {
        "the data's own captions": written,
        "captions of other pieces": _rolled(written),
        engine.pack.name: ours,
    }
    table = Table(
        "Captions of recordings never trained on",
        ["row", "action named, %", "style named, %", "a side named, %", "the side right, %",
         "backwards told, %"],
        f"{len(pieces)} pieces, balanced over what they show, judged by the words that the grammar "
        "has for each action, style and side. The first row's gaps are captions that leave a style "
        "or a side out on purpose. The side: where there is just one, and of captions that name "
        "one. Backwards: of pieces that go so, and of as many others that must not say it.",
    )  # fmt: skip
    for name, texts in rows.items():
        table.add(name, *_shares(texts, facts))
    amounts = [trained[piece.key] for piece in pieces]
    tables = [table, _amounts_table(engine.pack.name, ours, facts, amounts)]
    if human:
        tables.append(_people_table(engine.pack.name, people, human, BertScore(backbone)))
    samples = Table("Captions, one in eight", ["piece", engine.pack.name])
    for piece, text in list(zip(pieces, ours, strict=True))[::8]:
        samples.add(piece.key.replace("_", " "), text)
    return [*tables, samples]


def _shares(texts: list[str], facts: list[Truth]) -> list[Interval]:
    pairs = list(zip(texts, facts, strict=True))

    def share(some: list, test) -> Interval:
        return interval(some, lambda drawn: 100.0 * float(np.mean([test(*pair) for pair in drawn])))

    named = [pair for pair in pairs if pair[1].actions]
    styled = [pair for pair in pairs if pair[1].style]
    sided = [pair for pair in pairs if pair[1].side]
    telling = [pair for pair in sided if named_in_captions.sides(pair[0])]
    back = [pair for pair in pairs if pair[1].backward]
    ahead = [pair for pair in pairs if not pair[1].backward]
    even = back + ahead[:: max(1, len(ahead) // max(1, len(back)))][: len(back)]
    return [
        _named(named),
        share(styled, lambda text, fact: named_in_captions.names_style(text, fact.style)),
        share(sided, lambda text, _fact: bool(named_in_captions.sides(text))),
        share(telling, lambda text, fact: named_in_captions.sides(text) == {fact.side}),
        share(even, lambda text, fact: named_in_captions.says_backward(text) == fact.backward),
    ]


def _amounts_table(pack: str, said: list[str], facts: list[Truth], amounts: list[int]) -> Table:
    """How often the action is named, by how much of it there was to learn from."""
    table = Table(
        "Action named, by how much of it was trained on",
        ["pieces trained on that show the same", "held-out pieces", f"action named by {pack}, %"],
        "Pieces are counted both ways round.",
    )
    rows = [
        (text, fact, amount) for text, fact, amount in zip(said, facts, amounts, strict=True)
        if fact.actions
    ]  # fmt: skip
    for least, most in pairwise((0, *AMOUNTS)):
        some = [(text, fact) for text, fact, amount in rows if least <= amount < most]
        title = f"{least} to {most - 1}" if most < AMOUNTS[-1] else f"{least} or more"
        if some:
            table.add(title, str(len(some)), _named(some))
    return table


def _named(pairs: list[tuple[str, Truth]]) -> Interval:
    """Return the share of captions that name one of the actions, with its interval."""

    def share(some: list) -> float:
        hits = [
            any(named_in_captions.names_action(text, a) for a in fact.actions)
            for text, fact in some
        ]
        return 100.0 * float(np.mean(hits))

    return interval(pairs, share)


def _people_table(pack: str, said: list[str], human: list[Piece], meaning: BertScore) -> Table:
    references = [piece.captions[: piece.human] for piece in human]
    table = Table(
        "Captions against people's",
        ["row", "BLEU-1", "BLEU-4", "ROUGE-L", "CIDEr", "BERTScore"],
        f"{len(human)} held-out pieces with {WRITTEN} or more captions by people, raw. People: "
        f"each first caption against the others of its piece. BERTScore: F1 by {ENCODER}.",
    )
    others = [several[1:] for several in references]
    rows = (
        ("people", [several[0] for several in references], others),
        ("the data's own captions", [piece.captions[-1] for piece in human], references),
        ("captions by people of other pieces", _rolled([s[0] for s in references]), references),
        (pack, said, references),
    )
    for name, texts, meant in rows:
        units = list(zip(texts, meant, strict=True))

        def score(measure_, units=units) -> Interval:
            return interval(
                units, lambda some: measure_([u[0] for u in some], [u[1] for u in some]), draws=200
            )

        table.add(
            name,
            score(lambda a, b: text_metrics.bleu(a, b, 1)),
            score(text_metrics.bleu),
            score(text_metrics.rouge_l),
            score(text_metrics.cider),
            mean_interval(meaning.score(texts, meant)),
        )
    return table


def _rolled(texts: list[str]) -> list[str]:
    half = len(texts) // 2
    return texts[half:] + texts[:half]
