"""Training of the motion tokenizer: codes found once, then a decoder that learns. torch."""

from pathlib import Path

import numpy as np
import torch

from motionllm.data.dataset import Dataset, Record
from motionllm.model.tokenizer import MotionTokenizer, TokenizerConfig
from motionllm.model.tokenizer_losses import WEIGHTS, reconstruction_losses
from motionllm.motion import features
from motionllm.pack.pack import Pack
from motionllm.train import tokenizer_figures
from motionllm.train.loop import Losses, train_on
from motionllm.train.run import Run
from motionllm.train.samples import digest_of, need_some
from motionllm.train.start import tokenizer_of

WINDOW = 72  # frames: 2.4 s, twelve tokens
BATCH = 16
PEAK_RATE = 5e-4
START_BATCHES = 300  # that the linear maps and the first codes are found on
FOLLOW_BATCHES = 3000  # over which the codes follow by moving averages
RESET_EVERY = 20  # batches
EMPHASIS = (  # weight of a kind of number in the linear maps, against its own spread
    (features.YAW, 4.0), (features.VELOCITY, 5.0), (features.HEIGHT, 2.0),
    (slice(4, 10), 2.0),  # the pelvis' rotation
    (features.POSITIONS, 2.0), (features.CONTACTS, 0.5),
)  # fmt: skip
EVALUATE_EVERY = 10.0  # minutes
EVALUATED = 80  # held-out clips that are looked at then


def content_group(row: dict[str, str]) -> str:
    """Return what a clip is counted as: its label without the style."""
    return row["label"].rsplit(", ", 1)[0] if row["label"].endswith("style") else row["label"]


class Windows:
    """Draws training windows; rare actions are drawn more often than their share of the time."""

    def __init__(self, dataset: Dataset, seed: int = 0) -> None:
        self.table = dataset.features
        self.rng = np.random.default_rng(seed)
        self.records = [r for r in dataset.records if not r.held_out and r.frames >= WINDOW // 2]
        need_some(self.records, dataset.folder, "recording")
        groups: dict[str, float] = {}
        for record in self.records:
            key = content_group(record.row)
            groups[key] = groups.get(key, 0.0) + record.frames
        # A group's probability grows with the square root of its time.
        weight = np.array([r.frames / groups[content_group(r.row)] ** 0.5 for r in self.records])
        self.chance = weight / weight.sum()

    def batch(self) -> torch.Tensor:
        """Return (BATCH, WINDOW, FEATURES) raw features; short clips are held at their end."""
        picks = self.rng.choice(len(self.records), BATCH, p=self.chance)
        rows = [self._window(self.records[i]) for i in picks]
        return torch.from_numpy(np.stack(rows).astype(np.float32))

    def _window(self, record: Record) -> np.ndarray:
        side = self.rng.integers(2)
        if record.frames >= WINDOW:
            start = record.start + self.rng.integers(record.frames - WINDOW + 1)
            return self.table[side, start : start + WINDOW]
        window = self.table[side, record.start : record.start + record.frames]
        return hold_end(window, WINDOW)


def hold_end(window: np.ndarray, frames: int) -> np.ndarray:
    """Pad features (t, FEATURES) to `frames` by standing still in the last pose."""
    rest = np.repeat(window[-1:], frames - len(window), axis=0)
    rest[:, : features.HEIGHT.start] = 0.0
    return np.concatenate([window, rest])


def statistics(dataset: Dataset) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and scale (FEATURES,); the scale is shared by numbers of one kind.

    A scale a number would blow up what hardly moves, such as a toe's rotation. What a small error
    of adds up or is seen at once, the root above all, is given more weight.
    """
    sample = dataset.features[0, ::7].astype(np.float32)
    mean, std = sample.mean(0), sample.std(0)
    for part in (features.VELOCITY, features.ROTATIONS, features.POSITIONS, features.CONTACTS):
        std[part] = np.sqrt((std[part] ** 2).mean())
    for part, weight in EMPHASIS:
        std[part] /= weight
    return torch.from_numpy(mean), torch.from_numpy(np.maximum(std, 1e-4))


def train(
    data: Path, folder: Path, minutes: float, seed: int = 0, start: Pack | None = None
) -> Path:
    """Train (or go on training) a tokenizer; return the folder with its checkpoint.

    Args:
        data: the training set.
        folder: of the run.
        minutes: budget over all restarts.
        seed: of the windows drawn.
        start: a pack whose tokenizer a new run begins from, its codes kept.
    """
    torch.manual_seed(seed)
    dataset = Dataset(data)
    windows = Windows(dataset, seed)
    model = tokenizer_of(start) if start else MotionTokenizer(TokenizerConfig())
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=PEAK_RATE, betas=(0.9, 0.99))
    run = Run(folder, minutes)
    run.begin(task="tokenizer", data=digest_of(data, "clips.json"))
    state = {"model": model, "optimiser": optimiser}
    if not run.resume(state):
        if not start:
            _fit_codes(model, dataset, windows, run)
        run.held_out(tokenizer_figures.figures(model, dataset, EVALUATED), "before training")
        run.save(state)
    train_on(
        run, state, model, PEAK_RATE,
        lambda: _losses(model, windows.batch()),
        lambda: tokenizer_figures.figures(model, dataset, EVALUATED), EVALUATE_EVERY,
    )  # fmt: skip
    return folder


def _fit_codes(model: MotionTokenizer, dataset: Dataset, windows: Windows, run: Run) -> None:
    """Find the linear maps and the codes; training the decoder changes neither of them.

    So motion may be encoded, and the language model trained on it, while the decoder still learns.
    """
    mean, std = statistics(dataset)
    model.mean.copy_(mean)
    model.std.copy_(std)
    sample = torch.cat([windows.batch() for _ in range(START_BATCHES)])
    kept = model.start_linear(sample)
    dim = model.config.code_dim
    model.start_codes(model.encode(sample).reshape(-1, dim))
    for number in range(FOLLOW_BATCHES):
        reset = number % RESET_EVERY == 0 and number < FOLLOW_BATCHES - 500
        model.follow(model.encode(windows.batch()).reshape(-1, dim), reset)
    size = sum(p.numel() for p in model.parameters()) / 1e6
    run.say(
        f"tokenizer of {size:.2f} M parameters, {len(windows.records)} clips; "
        f"{model.config.code_dim} components keep {100 * kept:.1f} % of the variance"
    )


def _losses(model: MotionTokenizer, true: torch.Tensor) -> Losses:
    terms = reconstruction_losses(model(true), true, model.std)
    first, *more = (WEIGHTS[name] * term for name, term in terms.items())
    return sum(more, first), {name: float(term.detach()) for name, term in terms.items()}
