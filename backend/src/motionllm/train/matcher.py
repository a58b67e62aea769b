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

from motionllm.data.captions import labels
from motionllm.data.dataset import Dataset
from motionllm.data.pieces import Piece, read
from motionllm.model.matcher import USED, FrozenText, Matcher, MatcherConfig, save_matcher
from motionllm.train.loop import Figures, Losses, train_on
from motionllm.train.run import Run
from motionllm.train.samples import digest_of, need_some

BATCH = 96
PEAK_RATE = 6e-4
CAPTIONS = 2  # of a piece: their states are kept in memory
RARE_FLOOR = 40.0  # pieces: what is rarer is drawn as if there were so many
POOL = 32  # motions among whose captions one is looked for
POOLS = 200


def train(data: Path, backbone: Path, folder: Path, minutes: float, seed: int) -> None:
    """Train for so many minutes, over all restarts; the result is `folder/evaluator.pt`."""
    torch.manual_seed(seed)
    dataset = Dataset(data)
    run = Run(folder, minutes)
    run.begin(task="evaluator", data=digest_of(data, "clips.json", "pieces.jsonl"))
    rng = random.Random(seed)
    everything = [piece for piece in read(data) if piece.captions]
    mine = [p for p in everything if not dataset.records[p.clip].held_out]
    need_some(mine[BATCH - 1 :], data, f"{BATCH} pieces with captions")
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
    kinds, held_kinds = np.split(kinds_of(dataset, mine + held), [len(mine)])
    size = np.bincount(kinds)[kinds]
    weight = np.maximum(size, RARE_FLOOR) ** 0.5 / size * np.minimum(size / RARE_FLOOR, 1.0)
    weight /= weight.sum()
    draws = np.random.default_rng(seed + run.step)

    def losses() -> Losses:
        matcher.train()
        picked = draws.choice(len(mine), BATCH, replace=False, p=weight)
        motions = [matcher.patches(_table(dataset, mine[i])) for i in picked]
        captions = [states[chosen[i][int(draws.integers(len(chosen[i])))]].float() for i in picked]
        loss = contrast(matcher, motions, captions, torch.from_numpy(kinds[picked]))
        return loss, {"loss": loss.item()}

    def held_out() -> Figures:
        asked = [states[text].float() for text in held_texts]
        return _found(matcher, dataset, held, asked, held_kinds)

    train_on(run, state, matcher, PEAK_RATE, losses, held_out if held else None)
    save_matcher(matcher.eval(), folder / "evaluator.pt")


def _table(dataset: Dataset, piece: Piece) -> np.ndarray:
    start = dataset.records[piece.clip].start + piece.start
    return dataset.features[int(piece.mirrored), start : start + piece.frames]


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


def contrast(
    matcher: Matcher, motions: list[Tensor], captions: list[Tensor], same: Tensor
) -> Tensor:
    """Return the InfoNCE loss, nats, of motions and their captions in both directions.

    Args:
        motions: patches (n, FRAMES * USED) of each.
        captions: states (P, text_width) of each.
        same: (B,) kinds; those of one kind are no wrong answers to each other.
    """
    likeness = matcher.motion(motions) @ matcher.text(captions).T * matcher.sharpness.exp()
    alike = (same[:, None] == same[None]) & ~torch.eye(len(same), dtype=torch.bool)
    likeness = likeness.masked_fill(alike, float("-inf"))
    own = torch.arange(len(same))
    return 0.5 * (
        functional.cross_entropy(likeness, own) + functional.cross_entropy(likeness.T, own)
    )


@torch.no_grad()
def _found(
    matcher: Matcher, dataset: Dataset, held: list[Piece], states: list[Tensor], kinds: np.ndarray
) -> Figures:
    """Return how often a held-out motion's own caption is among the nearest of POOL others."""
    matcher.eval()
    some = list(range(0, len(held), max(1, len(held) // 256)))
    motions = torch.cat([matcher.motion([matcher.patches(_table(dataset, held[i]))]) for i in some])
    texts = torch.cat([matcher.text([states[i]]) for i in some])
    names = kinds[some]
    hits = np.nanmean(hits_in_pools(motions.numpy(), texts.numpy(), names), axis=0)
    return {"r1": float(hits[0]), "r3": float(hits[2])}


def kinds_of(dataset: Dataset, pieces: list[Piece]) -> np.ndarray:
    """Number pieces by what they show and in which style: their captions may be exchanged."""
    styles = [labels.parse(record.row).style or "" for record in dataset.records]
    numbers: dict[tuple[str, str], int] = {}
    return np.array(
        [numbers.setdefault((p.key, styles[p.clip]), len(numbers)) for p in pieces], int
    )


def hits_in_pools(motion: np.ndarray, text: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Return (N, 3): how often each motion's own caption is among the first one, two, three.

    Over POOLS pools of POOL motions, no kind twice in one; nan for what was never drawn.
    """
    rng = np.random.default_rng(0)
    found, drawn = np.zeros((len(kinds), 3)), np.zeros(len(kinds))
    for _ in range(POOLS):
        order = rng.permutation(len(kinds))
        _, first = np.unique(kinds[order], return_index=True)
        pool = order[rng.permutation(first)[:POOL]]
        likeness = motion[pool] @ text[pool].T
        rank = (likeness > np.diag(likeness)[:, None]).sum(axis=1)
        found[pool] += rank[:, None] < np.array([1, 2, 3])
        drawn[pool] += 1
    return np.where(drawn[:, None] > 0, found / np.maximum(drawn, 1.0)[:, None], np.nan)
