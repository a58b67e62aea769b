"""Training of the evaluator that matches motions and captions, on the training split alone. torch.

A batch holds pieces and one caption each; every motion must find its own caption among the others
and the other way round (InfoNCE). Pieces that show the same (key) are no wrong answers to each
other. Source of both: M. Petrovich et al., "TMR", ICCV 2023.
"""

import random
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from motionllm.data import labels
from motionllm.data import pieces as piece_files
from motionllm.data.build import Dataset
from motionllm.evaluation.matching import hits_in_pools
from motionllm.evaluation.matching_model import (
    USED,
    FrozenText,
    Matcher,
    MatcherConfig,
    save_matcher,
)
from motionllm.train.run import Run

BATCH = 96
PEAK_RATE = 6e-4
CAPTIONS = 2  # of a piece: their states are kept in memory
RARE_FLOOR = 40.0  # pieces: what is rarer is drawn as if there were so many


def train(data: Path, backbone: Path, folder: Path, minutes: float, seed: int) -> None:
    """Train for so many minutes, over all restarts; the result is `folder/evaluator.pt`."""
    run = Run(folder, minutes)
    torch.manual_seed(seed)
    dataset = Dataset(data)
    rng = random.Random(seed)
    everything = [piece for piece in piece_files.read(data) if piece.captions]
    mine = [p for p in everything if not dataset.records[p.clip].held_out]
    held = [p for p in everything if dataset.records[p.clip].held_out]
    chosen = [rng.sample(p.captions, min(CAPTIONS, len(p.captions))) for p in mine]
    held_texts = [p.captions[-1] for p in held]
    config = MatcherConfig()
    texts = list(dict.fromkeys([t for some in chosen for t in some] + held_texts))
    run.say(f"{len(mine)} pieces, {len(texts)} captions through {config.text_depth} layers")
    states = dict(zip(texts, FrozenText(backbone, config.text_depth).states(texts), strict=True))
    matcher = Matcher(config)
    optimiser = torch.optim.AdamW(matcher.parameters(), PEAK_RATE, weight_decay=0.02)
    state = {"matcher": matcher, "optimiser": optimiser}
    if not run.resume(state):
        _set_spread(matcher, dataset)
    kinds = _kinds(dataset, everything)
    sizes = np.bincount([kinds[id(p)] for p in mine])
    weight = np.array([max(sizes[kinds[id(p)]], RARE_FLOOR) ** 0.5 / sizes[kinds[id(p)]]
                       for p in mine])  # fmt: skip
    weight *= np.minimum(sizes[[kinds[id(p)] for p in mine]] / RARE_FLOOR, 1.0)
    weight /= weight.sum()
    draws = np.random.default_rng(seed + run.step)
    while not run.finished:
        matcher.train()
        picked = draws.choice(len(mine), BATCH, replace=False, p=weight)
        motions = [matcher.patches(_table(dataset, mine[i])) for i in picked]
        captions = [states[chosen[i][int(draws.integers(len(chosen[i])))]].float() for i in picked]
        same = torch.tensor([kinds[id(mine[i])] for i in picked])
        loss = _contrast(matcher, motions, captions, same)
        for group in optimiser.param_groups:
            group["lr"] = run.learning_rate(PEAK_RATE)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(matcher.parameters(), 1.0)
        optimiser.step()
        if run.advance({"loss": loss.item()}, state):
            _report(run, matcher, dataset, held, [states[t].float() for t in held_texts], kinds)
    save_matcher(matcher.eval(), folder / "evaluator.pt")


def _table(dataset: Dataset, piece: piece_files.Piece) -> np.ndarray:
    start = dataset.records[piece.clip].start + piece.start
    return dataset.features[int(piece.mirrored), start : start + piece.frames]


def _kinds(dataset: Dataset, pieces: list[piece_files.Piece]) -> dict[int, int]:
    """Number pieces by what they show and in which style: their captions may be exchanged."""
    styles = [labels.parse(record.row).style or "" for record in dataset.records]
    numbers: dict[tuple[str, str], int] = {}
    return {
        id(piece): numbers.setdefault((piece.key, styles[piece.clip]), len(numbers))
        for piece in pieces
    }


def _set_spread(matcher: Matcher, dataset: Dataset) -> None:
    rows = np.concatenate(
        [
            dataset.features[side, r.start : r.start + r.frames : 5, :USED].astype(np.float32)
            for r in dataset.records
            for side in (0, 1)
            if not r.held_out
        ]
    )
    matcher.mean.copy_(torch.from_numpy(rows.mean(axis=0)))
    matcher.std.copy_(torch.from_numpy(rows.std(axis=0) + 1e-3))


def _contrast(
    matcher: Matcher, motions: list[Tensor], captions: list[Tensor], same: Tensor
) -> Tensor:
    likeness = matcher.motion(motions) @ matcher.text(captions).T * matcher.sharpness.exp()
    alike = (same[:, None] == same[None]) & ~torch.eye(len(same), dtype=torch.bool)
    likeness = likeness.masked_fill(alike, float("-inf"))
    own = torch.arange(len(same))
    return 0.5 * (
        functional.cross_entropy(likeness, own) + functional.cross_entropy(likeness.T, own)
    )


@torch.no_grad()
def _report(run: Run, matcher: Matcher, dataset, held, states: list[Tensor], kinds) -> None:
    """Say how often a held-out motion's own caption is among the nearest of 32 different ones."""
    if not held:
        return
    matcher.eval()
    some = list(range(0, len(held), max(1, len(held) // 256)))
    motions = torch.cat(
        [matcher.motion([matcher.patches(_table(dataset, held[i]))]) for i in some]
    )
    texts = torch.cat([matcher.text([states[i]]) for i in some])
    names = np.array([kinds[id(held[i])] for i in some])
    hits = np.nanmean(hits_in_pools(motions.numpy(), texts.numpy(), names), axis=0)
    run.say(f"held out: R@1 {hits[0]:.3f}, R@3 {hits[2]:.3f}")
    run.record(held_out={"r1": float(hits[0]), "r3": float(hits[2])})
