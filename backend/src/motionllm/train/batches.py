"""Training sequences of the language model: pieces with tokens and captions. torch.

Sequences follow the order that generation uses; see language.model and vocabulary.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motionllm.data import joined
from motionllm.data import pieces as piece_files
from motionllm.data.build import Dataset
from motionllm.data.captions.write import mirror_text
from motionllm.model.language import MotionLanguageModel
from motionllm.model.text_to_motion import TextToMotionModel
from motionllm.model.tokenizer import MotionTokenizer
from motionllm.motion.features import VELOCITY, YAW
from motionllm.tokens import prompts
from motionllm.tokens.vocabulary import Vocabulary
from motionllm.train.tokenizer_figures import encode_features

HUMAN_SHARE = 0.5  # where people wrote captions, how often one of theirs is used
RARE_FLOOR = 20.0  # pieces: actions with fewer are drawn as if they had so many ...
BALANCE = 0.25  # ... and the others in proportion to this power of their number
JOINED_SHARE = 0.25  # of the samples are motions of several actions
VARIANTS = ((3, 1.0), (0, 0.9), (2, 1.1))  # frames of delay, speed
MAX_TOKENS = Vocabulary().max_tokens
LIKE = 8  # batches that are drawn at once and sorted by length


@dataclass(frozen=True)
class Sample:
    """One piece: its codes (n, levels), captions, and what it shows.

    Attributes:
        codes: of the piece as it is.
        told: captions that leave nothing out.
        others: of the same piece a little later, slower, faster: other codes for what looks alike.
    """

    codes: np.ndarray
    captions: list[str]
    human: int
    key: str
    source: str
    others: tuple[np.ndarray, ...] = ()
    told: tuple[str, ...] = ()

    def varied(self, rng: np.random.Generator) -> "Sample":
        """Return the sample with the codes of one of its variants."""
        return replace(self, codes=[self.codes, *self.others][rng.integers(1 + len(self.others))])


def training_sets(data: Path) -> list[Dataset]:
    """Return the training set and, where it was built, that of its joined motions."""
    folders = [data, data / joined.FOLDER]
    return [Dataset(folder) for folder in folders if (folder / "clips.json").is_file()]


def write_tokens(tokenizer: MotionTokenizer, data: Path, path: Path) -> None:
    """Encode every piece in every variant into one .npz: codes (N, levels) and edges (M + 1,),
    variants of a piece one after the other."""
    rows: list[np.ndarray] = []
    for dataset in training_sets(data):
        for piece in piece_files.read(dataset.folder):
            start = dataset.records[piece.clip].start + piece.start
            table = dataset.features[int(piece.mirrored), start : start + piece.frames]
            table = np.asarray(table, np.float32)
            plain = encode_features(tokenizer, table)
            rows.append(plain)
            for delay, speed in VARIANTS:
                codes = encode_features(tokenizer, at_speed(table[delay:], speed))
                rows.append(codes if 2 <= len(codes) <= MAX_TOKENS else plain)
    edges = np.cumsum([0, *(len(row) for row in rows)])
    np.savez(path, codes=np.concatenate(rows).astype(np.int16), edges=edges)


def at_speed(table: np.ndarray, speed: float) -> np.ndarray:
    """Return features (T, FEATURES) of the same motion done faster, linearly in between."""
    if speed == 1.0 or len(table) < 2:
        return table
    source = np.linspace(0.0, len(table) - 1.0, max(2, round(len(table) / speed)))
    low = np.minimum(source.astype(int), len(table) - 2)
    part = (source - low)[:, None].astype(np.float32)
    found = table[low] * (1 - part) + table[low + 1] * part
    found[:, YAW] *= speed
    found[:, VELOCITY] *= speed
    return found


def load_samples(data: Path, tokens: Path) -> tuple[list[Sample], list[Sample]]:
    """Return training and held-out samples."""
    with np.load(tokens) as archive:
        codes, edges = archive["codes"].astype(np.int64), archive["edges"]
    rows = iter(np.split(codes, edges[1:-1]))
    train: list[Sample] = []
    held: list[Sample] = []
    for dataset in training_sets(data):
        for piece in piece_files.read(dataset.folder):
            plain, *others = (next(rows) for _ in range(1 + len(VARIANTS)))
            if len(plain) < 2 or not piece.captions:
                continue
            record = dataset.records[piece.clip]
            sample = Sample(
                plain, piece.captions, piece.human, piece.key, record.row.get("source", ""),
                tuple(others), tuple(piece.told),
            )  # fmt: skip
            (held if record.held_out else train).append(sample)
    return train, held


def balanced_chance(samples: list[Sample]) -> np.ndarray:
    """Return the probability of drawing each sample: rare actions more often than their share.

    Joined motions are drawn with JOINED_SHARE, each as often as any other.
    """
    counts: dict[str, int] = {}
    for sample in samples:
        counts[sample.key] = counts.get(sample.key, 0) + 1
    size = np.array([counts[sample.key] for sample in samples], float)
    weight = np.minimum(size, RARE_FLOOR) / RARE_FLOOR * np.maximum(size, RARE_FLOOR) ** BALANCE
    weight /= size
    made = np.array([sample.source == joined.FOLDER for sample in samples])
    if made.any() and not made.all():
        weight[~made] *= (1 - JOINED_SHARE) / weight[~made].sum()
        weight[made] = JOINED_SHARE / made.sum()
    return weight / weight.sum()


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

    def __init__(self, model: MotionLanguageModel, text_tokenizer: object) -> None:
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


class Draw:
    """Draws batches of samples of like length, so that little of a batch is padding."""

    def __init__(self, samples: list[Sample], size: int, rng: np.random.Generator) -> None:
        self.samples = samples
        self.size = size
        self.rng = rng
        self._chance = balanced_chance(samples)
        self._ready: list[list[Sample]] = []

    def next(self) -> list[Sample]:
        """Return the next batch."""
        if not self._ready:
            picks = self.rng.choice(len(self.samples), LIKE * self.size, p=self._chance)
            ordered = sorted((self.samples[i] for i in picks), key=lambda s: len(s.codes))
            starts = self.rng.permutation(LIKE) * self.size
            self._ready = [ordered[at : at + self.size] for at in starts]
        return [sample.varied(self.rng) for sample in self._ready.pop()]


def swapped_sides(captions: list[str]) -> list[str]:
    """Return the captions with left and right exchanged."""
    return [mirror_text(caption) for caption in captions]
