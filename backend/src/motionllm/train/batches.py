"""Training sequences of the language model: pieces with tokens and captions. torch.

Sequences follow the order that generation uses; see model.language and tokens.vocabulary.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from motionllm.english.mirror import mirror_text
from motionllm.model.language import MotionLanguageModel
from motionllm.model.text_to_motion import TextToMotionModel
from motionllm.tokens import prompts
from motionllm.tokens.vocabulary import Vocabulary
from motionllm.train.samples import Sample

BATCH = 12  # pieces, some 300 motion tokens
HUMAN_SHARE = 0.5  # where people wrote captions, how often one of theirs is used


def pick_caption(sample: Sample, rng: np.random.Generator) -> str:
    """Draw one of a sample's captions."""
    low, high = 0, len(sample.captions)
    if 0 < sample.human < high:
        low, high = (0, sample.human) if rng.random() < HUMAN_SHARE else (sample.human, high)
    return sample.captions[int(rng.integers(low, high))]


def pick_told(sample: Sample, rng: np.random.Generator) -> str:
    """Draw a caption for a captioner to learn: of people's own, or one that leaves nothing out."""
    own = sample.captions[: sample.human]
    if not sample.told or (own and rng.random() < HUMAN_SHARE):
        return pick_caption(sample, rng) if not own else own[int(rng.integers(len(own)))]
    return sample.told[int(rng.integers(len(sample.told)))]


class TextStates:
    """Lower-half states of texts, computed once each and kept in half precision."""

    def __init__(self, model: MotionLanguageModel, text_tokenizer: PreTrainedTokenizerBase) -> None:
        self.model = model
        self.tokenizer = text_tokenizer
        self._kept: dict[str, tuple[Tensor, Tensor]] = {}

    def get(self, texts: list[tuple[str, ...]]) -> list[tuple[Tensor, Tensor]]:
        """Return (token ids (P,), states (P, width)) of each text, given as parts to be joined.

        Parts are tokenised one by one, so that a word never merges with the prompt before it.
        """
        fresh = list(dict.fromkeys("\0".join(t) for t in texts if "\0".join(t) not in self._kept))
        if fresh:
            ids = [
                [i for part in text.split("\0") for i in self.tokenizer.encode(part)]
                for text in fresh
            ]
            for text, row, states in zip(fresh, ids, self.model.text_states(ids), strict=True):
                self._kept[text] = (torch.tensor(row), states.half().cpu())
        kept = (self._kept["\0".join(text)] for text in texts)
        return [(ids, states.float().to(self.model.device)) for ids, states in kept]


@dataclass(frozen=True)
class T2mStates:
    """What a batch of text to motion must say, and the states that say it.

    Attributes:
        tokens, targets: states (N, width) and codes (N, levels) of all motion positions.
        starts, ends: states (B, width) and codes (B, 3) of where each motion ends.
    """

    tokens: Tensor
    targets: Tensor
    starts: Tensor
    ends: Tensor


def t2m_batch(
    model: TextToMotionModel,
    states: list[Tensor],
    motions: list[np.ndarray],
    open_length: list[bool],
    corrupted: list[np.ndarray],
    told_end: list[bool],
) -> T2mStates:
    """Run a batch of text to motion.

    Args:
        model: the model; its rows are used.
        states: prefix states (P, width) of each sample.
        motions: true codes (n, levels).
        open_length: whether the sample's length is hidden, so that its end is a target.
        corrupted: codes (n, levels) that are read in place of the true ones.
        told_end: whether the sample's tokens are told where it ends.
    """
    vocabulary: Vocabulary = model.vocabulary
    sequences, spans, targets, ends = [], [], [], []
    for prefix, codes, hidden, read, told in zip(
        states, motions, open_length, corrupted, told_end, strict=True
    ):
        prefix = model.prefix(prefix)
        length = None if hidden else len(codes)
        start = model.rows(torch.tensor([vocabulary.start(length)], device=model.device))
        target = torch.from_numpy(codes).to(model.device)
        known = codes
        if hidden:
            stop = target.new_zeros(1, target.shape[1])
            stop[0, 0] = vocabulary.end
            target = torch.cat([target, stop])
        else:
            read, known = read[:-1], codes[:-1]
        rows = model.token_rows(read, known, length)
        ends.append(model.end_of(codes))
        if told:
            more = model.goal_rows(ends[-1], known, length)
            rows = torch.cat([more[:1], rows + more[1:]])
        sequences.append(torch.cat([prefix, start, rows]))
        spans.append((len(prefix), len(prefix) + told, len(target)))
        targets.append(target)
    out = model.upper(sequences)
    return T2mStates(
        torch.cat([out[i, p : p + n] for i, (_, p, n) in enumerate(spans)]),
        torch.cat(targets),
        torch.stack([out[i, p] for i, (p, _, _) in enumerate(spans)]),
        torch.from_numpy(np.stack(ends)).to(model.device),
    )


def m2t_batch(
    model: MotionLanguageModel,
    texts: TextStates,
    captions: list[str],
    motions: list[np.ndarray],
    corrupted: list[np.ndarray],
) -> tuple[Tensor, Tensor]:
    """Return logits (N, text vocabulary) and targets (N,) of all caption positions of a batch.

    Args:
        motions: true codes (n, levels).
        corrupted: codes (n, levels) that are read in place of the true ones.
    """
    vocabulary: Vocabulary = model.vocabulary
    prompt_ids, prompt = texts.get([(prompts.CAPTION_PROMPT,)])[0]
    stop = texts.tokenizer.eos_token_id
    marks = torch.tensor([[vocabulary.start(None)], [vocabulary.end]], device=model.device)
    start, end = model.rows(marks)
    sequences, spans, targets = [], [], []
    answers = texts.get([(prompts.CAPTION_PROMPT, prompts.m2t_answer(c)) for c in captions])
    for (ids, states), codes, read in zip(answers, motions, corrupted, strict=True):
        rows = torch.cat([start, model.token_rows(read, codes, len(codes)), end])
        said = states[len(prompt) :]
        sequences.append(torch.cat([prompt, rows, said]))
        spans.append((len(prompt) + len(rows) - 1, len(said) + 1))
        targets += [*ids[len(prompt_ids) :].tolist(), stop]
    out = model.upper(sequences)
    flat = torch.cat([out[i, p : p + n] for i, (p, n) in enumerate(spans)])
    logits = flat @ model.core.embed_tokens.weight.T
    return logits, torch.tensor(targets, device=model.device)


def corrupt(
    codes: np.ndarray, share: float, vocabulary: Vocabulary, rng: np.random.Generator
) -> np.ndarray:
    """Return codes (n, levels) of which a share of the tokens is replaced by random ones."""
    noise = rng.integers(vocabulary.codes, size=codes.shape)
    return np.where(rng.random((len(codes), 1)) < share, noise, codes)


def swapped_sides(captions: list[str]) -> list[str]:
    """Return the captions with left and right exchanged."""
    return [mirror_text(caption) for caption in captions]
