"""Samples: training pieces as tokens with their captions, and how they are drawn. torch."""

import hashlib
from collections.abc import Sized
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motionllm.data import pieces
from motionllm.data.dataset import Dataset
from motionllm.data.made_sets import SHARES, made_sets
from motionllm.errors import MotionError
from motionllm.files import replacing
from motionllm.model.tokenizer import MotionTokenizer, encode_features
from motionllm.motion.features import VELOCITY, YAW
from motionllm.tokens.vocabulary import Vocabulary

RARE_FLOOR = 20.0  # pieces: actions with fewer are drawn as if they had so many ...
BALANCE = 0.25  # ... and the others in proportion to this power of their number
VARIANTS = ((3, 1.0), (0, 0.9), (2, 1.1))  # frames of delay, speed
MAX_TOKENS = Vocabulary().max_tokens
LIKE = 8  # batches that are drawn at once and sorted by length


@dataclass(frozen=True)
class Sample:
    """One piece: its codes (n, levels), captions, and what it shows.

    Attributes:
        codes: of the piece as it is.
        told: captions that leave nothing out.
        made: the set of made motions that it belongs to, "" if it was recorded.
        others: of the same piece a little later, slower, faster: other codes for what looks alike.
    """

    codes: np.ndarray
    captions: list[str]
    human: int
    key: str
    made: str
    others: tuple[np.ndarray, ...] = ()
    told: tuple[str, ...] = ()

    def varied(self, rng: np.random.Generator) -> "Sample":
        """Return the sample with the codes of one of its variants."""
        return replace(self, codes=[self.codes, *self.others][rng.integers(1 + len(self.others))])


def training_sets(data: Path) -> list[Dataset]:
    """Return the training set and those that were made of it.

    Raises:
        MotionError: "bad_file", if there is none.
    """
    return [Dataset(data), *made_sets(data)]


def digest_of(data: Path, *names: str) -> str:
    """Return a hash of those files of a training set, and of those made of it, that are there."""
    found = hashlib.sha256()
    for folder in (data, *(data / name for name in SHARES)):
        for path in (folder / name for name in names):
            if path.is_file():
                found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def need_some(found: Sized, data: Path, what: str) -> None:
    """Make sure that a training set has something to learn from.

    Raises:
        MotionError: "bad_file".
    """
    if not len(found):
        raise MotionError(
            "bad_file",
            f"{data} holds no {what} that can be trained on.",
            "Build it from more or longer clips: some recordings are held out to measure with, and "
            "a clip of less than a second teaches nothing.",
        )


def write_tokens(tokenizer: MotionTokenizer, data: Path, path: Path) -> None:
    """Encode every piece in every variant into one .npz: codes (N, levels) and edges (M + 1,),
    variants of a piece one after the other."""
    rows: list[np.ndarray] = []
    for dataset in training_sets(data):
        for piece in pieces.read(dataset.folder):
            start = dataset.records[piece.clip].start + piece.start
            table = dataset.features[int(piece.mirrored), start : start + piece.frames]
            table = np.asarray(table, np.float32)
            plain = encode_features(tokenizer, table)
            rows.append(plain)
            for delay, speed in VARIANTS:
                codes = encode_features(tokenizer, at_speed(table[delay:], speed))
                rows.append(codes if 2 <= len(codes) <= MAX_TOKENS else plain)
    need_some(rows, data, "piece of a motion")
    edges = np.cumsum([0, *(len(row) for row in rows)])
    with replacing(path) as part:
        np.savez(part, codes=np.concatenate(rows).astype(np.int16), edges=edges)


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
        made = dataset.folder.name if dataset.folder != data else ""
        for piece in pieces.read(dataset.folder):
            plain, *others = (next(rows) for _ in range(1 + len(VARIANTS)))
            if len(plain) < 2 or not piece.captions:
                continue
            record = dataset.records[piece.clip]
            sample = Sample(
                plain,
                piece.captions,
                piece.human,
                piece.key,
                made,
                tuple(others),
                tuple(piece.told),
            )
            (held if record.held_out else train).append(sample)
    need_some(train, data, "piece with a caption")
    return train, held


def balanced_chance(samples: list[Sample]) -> np.ndarray:
    """Return the probability of drawing each sample: rare actions more often than their share.

    Those of the sets made of recordings are drawn with their SHARES, each as often as any other of
    its set.
    """
    counts: dict[str, int] = {}
    for sample in samples:
        counts[sample.key] = counts.get(sample.key, 0) + 1
    size = np.array([counts[sample.key] for sample in samples], float)
    weight = np.minimum(size, RARE_FLOOR) / RARE_FLOOR * np.maximum(size, RARE_FLOOR) ** BALANCE
    weight /= size
    made = np.array([sample.made for sample in samples])
    recorded = made == ""
    if not recorded.any():
        return weight / weight.sum()
    shares = {name: share for name, share in SHARES.items() if (made == name).any()}
    weight[recorded] *= (1 - sum(shares.values())) / weight[recorded].sum()
    for name, share in shares.items():
        weight[made == name] = share / (made == name).sum()
    return weight / weight.sum()


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
