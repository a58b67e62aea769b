"""How well an adapter does on recordings that are never trained on. torch."""

import numpy as np
import torch
from torch.nn import functional

from motionllm.model.language import MotionLanguageModel
from motionllm.model.text_to_motion import TextToMotionModel, goal_losses
from motionllm.tokens import prompts
from motionllm.train.batches import BATCH, TextStates, m2t_batch, swapped_sides, t2m_batch
from motionllm.train.samples import Sample

HELD_OUT = 96  # pieces looked at in evaluations


def choose_held(held: list[Sample]) -> list[Sample]:
    """Return a fixed choice of held-out samples, spread over actions and lengths."""
    ordered = sorted(held, key=lambda s: (s.key, len(s.codes)))
    picks = np.linspace(0, len(ordered) - 1, min(HELD_OUT, len(ordered))).astype(int)
    return [ordered[i] for i in picks]


def wrong_captions(samples: list[Sample]) -> list[str]:
    """Return for each sample the caption of one that shows something else."""
    count = len(samples)
    found = []
    for index, sample in enumerate(samples):
        shift = next(
            (s for s in range(count // 2, count + count // 2)
             if samples[(index + s) % count].key != sample.key), 1,
        )  # fmt: skip
        found.append(samples[(index + shift) % count].captions[-1])
    return found


@torch.no_grad()
def _mean_losses(
    model: TextToMotionModel, texts: TextStates, samples: list[Sample], captions: list[str],
    told: bool = False,
) -> np.ndarray:  # fmt: skip
    """Return (samples, 3) losses under a caption: first codes, mean of the others, the end.

    Nothing is corrupted.

    Args:
        told: whether tokens are told where the motion ends.
    """
    losses = []
    for begin in range(0, len(samples), BATCH):
        part = samples[begin : begin + BATCH]
        asked = [(prompts.t2m_prompt(c),) for c in captions[begin : begin + BATCH]]
        states = [s for _, s in texts.get(asked)]
        codes = [s.codes for s in part]
        out = t2m_batch(model, states, codes, [False] * len(part), codes, [told] * len(part))
        first, *further = model.level_losses(out.tokens, out.targets)
        every = torch.stack([first, torch.stack(further).mean(0)], dim=1)
        ends = goal_losses(model.goal_head(out.starts, out.ends), out.ends).tolist()
        rows = [row.mean(0).tolist() for row in every.split([len(c) for c in codes])]
        losses += [[*row, end] for row, end in zip(rows, ends, strict=True)]
    return np.array(losses).reshape(-1, 3)  # of no samples as well


def evaluate_t2m(
    model: TextToMotionModel, texts: TextStates, held: list[Sample]
) -> dict[str, float]:
    """Return the loss of first codes under right, shuffled and side-swapped captions, nats.

    `refined` is the mean loss of the further codes under the right caption, `end` that of where the
    motion ends, and `told_end` that of first codes which are told it; the others are not.
    `sides` is the share of pieces whose caption names a side and is likelier than its mirror.
    """
    captions = [s.captions[-1] for s in held]
    right, refined, end = _mean_losses(model, texts, held, captions).T
    told = _mean_losses(model, texts, held, captions, told=True)[:, 0]
    shuffled = _mean_losses(model, texts, held, wrong_captions(held))[:, 0]
    named = [i for i, c in enumerate(captions) if swapped_sides([c])[0] != c]
    some = [held[i] for i in named]
    swapped = _mean_losses(model, texts, some, swapped_sides([captions[i] for i in named]))[:, 0]
    return {
        "right": float(right.mean()),
        "refined": float(refined.mean()),
        "end": float(end.mean()),
        "told_end": float(told.mean()),
        "shuffled": float(shuffled.mean()),
        "gap": float((shuffled - right).mean()),
        "swapped_gap": float((swapped - right[named]).mean()) if named else float("nan"),
        "sides": float((swapped > right[named]).mean()) if named else float("nan"),
    }


@torch.no_grad()
def evaluate_m2t(
    model: MotionLanguageModel, texts: TextStates, held: list[Sample]
) -> dict[str, float]:
    """Return the caption's loss under its own and under another motion, nats a text token."""
    result = {}
    others = held[len(held) // 2 :] + held[: len(held) // 2]
    for name, motions in (("right", held), ("other_motion", others)):
        total, count = 0.0, 0
        for first in range(0, len(held), BATCH):
            captions = [[*s.captions, *s.told][-1] for s in held[first : first + BATCH]]
            codes = [s.codes for s in motions[first : first + BATCH]]
            logits, targets = m2t_batch(model, texts, captions, codes, codes)
            total += float(functional.cross_entropy(logits, targets, reduction="sum"))
            count += len(targets)
        result[name] = total / count
    return result
