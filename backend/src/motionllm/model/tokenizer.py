"""The motion tokenizer's network: a VQ-VAE over patches of frames. torch.

The encoder is linear: the principal components of a patch of frames (one patch = one token), in
which distance is error of the motion. A token is one code of each of several codebooks: the first
says most, each further one refines what those before left over (residual quantisation, Zeghidour et
al. 2021). Codebooks follow the encodings by moving averages, with dead codes reset (van den Oord et
al. 2017; Razavi et al. 2019), and are then kept. The decoder is the linear map back plus residual
convolutions over neighbouring tokens, and a last convolution over frames that smooths the borders
between patches.

T2M-GPT's convolutional stack needs hundreds of thousands of steps to get to where the linear maps
begin; docs/experiments.md has the comparison.
"""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from motionllm.model.module_list import ModuleList
from motionllm.motion.features import FEATURES, VELOCITY, YAW

EPSILON = 1e-6
DRIFT = 2.0  # weight of a patch's net way and turn: their errors add up along a clip


@dataclass(frozen=True)
class TokenizerConfig:
    """Sizes of the network, as stored in a pack.

    Attributes:
        frames_per_token: frames of one patch.
        width: channels of the decoder's convolutions over tokens.
        codes: codes of each codebook.
        levels: codebooks, and so codes of one token.
        blocks: residual blocks of the decoder.
        smoothing: channels of the convolution over frames.
    """

    frames_per_token: int = 6
    width: int = 384
    codes: int = 512
    levels: int = 5
    code_dim: int = 128
    blocks: int = 6
    smoothing: int = 128

    def to_json(self) -> dict:
        """Return plain data."""
        return asdict(self)


def dilation(block: int) -> int:
    """Return the dilation of the n-th residual block: 1, 3, 1, 3, ..."""
    return (1, 3)[block % 2]


class ResidualBlock(nn.Module):
    """x + conv1(relu(conv3(normed x))), normed over the channels."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))
        self.wide = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.point = nn.Conv1d(width, width, 1)
        _start_from_nothing(self.point)

    def forward(self, x: Tensor) -> Tensor:
        size = torch.rsqrt(x.square().mean(1, keepdim=True) + EPSILON)
        return x + self.point(functional.relu(self.wide(x * size * self.gain[:, None])))


def _start_from_nothing(layer: nn.Module) -> None:
    """Set every weight of a layer to zero, so that at first it changes nothing."""
    for value in layer.parameters():
        nn.init.zeros_(value)


class Codebook(nn.Module):
    """Nearest-code quantisation; codes follow the encodings by moving averages.

    Attributes:
        codes: (codes, dim), in units of the encodings.
        counts: how often each was met, 1 on average, as a moving average.
        sums: of the encodings met, (codes, dim), as a moving average.
    """

    codes: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(self, codes: int, dim: int, decay: float = 0.99) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("codes", torch.randn(codes, dim))
        self.register_buffer("counts", torch.ones(codes))
        self.register_buffer("sums", self.codes.clone())

    def nearest(self, x: Tensor) -> Tensor:
        """Return code numbers (N,) of encodings (N, dim)."""
        distance = self.codes.square().sum(1) - 2.0 * x @ self.codes.T
        return distance.argmin(1)

    @torch.no_grad()
    def start(self, encodings: Tensor, rounds: int = 10) -> None:
        """Set the codes by k-means on encodings (N, dim), N well above the number of codes."""
        self.codes.copy_(encodings[torch.randperm(len(encodings))[: len(self.codes)]])
        hits = self.counts
        for _ in range(rounds):
            hits, sums = self._gather(encodings)
            mean = sums / hits.clamp_min(1.0)[:, None]
            self.codes.copy_(torch.where(hits[:, None] > 0, mean, self.codes))
        self.counts.copy_(hits / hits.sum() * len(self.codes))
        self.sums.copy_(self.codes * self.counts[:, None])

    def _gather(self, encodings: Tensor) -> tuple[Tensor, Tensor]:
        index = self.nearest(encodings)
        hits = torch.zeros_like(self.counts).index_add_(0, index, torch.ones(len(index)))
        return hits, torch.zeros_like(self.sums).index_add_(0, index, encodings)

    @torch.no_grad()
    def follow(self, encodings: Tensor) -> None:
        """Move the codes towards the means of the encodings (N, dim) nearest to them."""
        hits, sums = self._gather(encodings)
        share = len(self.codes) / len(encodings)  # counts are 1 on average, whatever the batch
        self.counts.mul_(self.decay).add_(hits, alpha=(1 - self.decay) * share)
        self.sums.mul_(self.decay).add_(sums, alpha=(1 - self.decay) * share)
        self.codes.copy_(self.sums / self.counts.clamp_min(1e-5)[:, None])

    @torch.no_grad()
    def reset_dead(self, encodings: Tensor, limit: float = 0.1) -> int:
        """Replace codes used less than `limit` of the mean by random encodings; return how many."""
        dead = self.counts < limit
        count = int(dead.sum())
        if count:
            pick = encodings[torch.randint(len(encodings), (count,))]
            self.codes[dead] = pick
            # Above the limit, so that a new code has time to find its encodings.
            self.counts[dead] = 3.0 * limit
            self.sums[dead] = pick * 3.0 * limit
        return count


class MotionTokenizer(nn.Module):
    """Frames (B, T, FEATURES) to codes and back; T a multiple of frames_per_token.

    Attributes:
        codebooks: one a level.
        code_std: spread of the encodings, (code_dim,).
        mean, std: of raw features, (FEATURES,); the network sees (features - mean) / std.
    """

    code_std: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, config: TokenizerConfig) -> None:
        super().__init__()
        self.config = config
        width, patch = config.width, config.frames_per_token * FEATURES
        self.linear_in = nn.Linear(patch, config.code_dim)
        self.codebooks = ModuleList[Codebook](
            Codebook(config.codes, config.code_dim) for _ in range(config.levels)
        )
        self.linear_out = nn.Linear(config.code_dim, patch)
        self.code_in = nn.Conv1d(config.code_dim, width, 3, padding=1)
        self.decoder = nn.Sequential(
            *(ResidualBlock(width, dilation(i)) for i in range(config.blocks))
        )
        self.patch_out = nn.Linear(width, patch)
        self.smooth_in = nn.Conv1d(FEATURES, config.smoothing, 5, padding=2)
        self.smooth_out = nn.Conv1d(config.smoothing, FEATURES, 5, padding=2)
        for layer in (self.patch_out, self.smooth_out):
            _start_from_nothing(layer)
        # The linear maps stay as they were found: a step of training on inputs of their size would
        # shake everything that rests on them.
        self.linear_in.requires_grad_(False)
        self.linear_out.requires_grad_(False)
        self.register_buffer("code_std", torch.ones(config.code_dim))
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("std", torch.ones(FEATURES))

    @torch.no_grad()
    def start_linear(self, features: Tensor) -> float:
        """Set the linear maps by principal components of raw features (N, T, FEATURES).

        Returns the share of the variance they keep.
        """
        patches = self._patches(features).reshape(-1, self.linear_in.in_features)
        middle = patches.mean(0)
        # In double: of motion that varies little, most of the numbers are next to nothing.
        values, vectors = torch.linalg.eigh(torch.cov(patches.T.double()))
        values, vectors = values.float(), vectors.float()
        basis = vectors[:, -self.config.code_dim :].T
        metric = self._drift_metric(basis)
        self.linear_in.weight.copy_(metric @ basis)
        self.linear_in.bias.copy_(-metric @ basis @ middle)
        size = self.linear_in(patches).std(0)
        self.code_std.copy_(size.clamp_min(0.1 * float(size.max())))
        self.linear_out.weight.copy_(basis.T @ torch.linalg.inv(metric))
        self.linear_out.bias.copy_(middle)
        return float(values[-self.config.code_dim :].sum() / values.sum())

    def _drift_metric(self, basis: Tensor) -> Tensor:
        """Return (code_dim, code_dim), after which plain distance minds net movement as well.

        An error of the root's velocity in one frame may cancel against the next frame's; what is
        left at the end of the patch stays for the rest of the clip.
        """
        frames = basis.reshape(self.config.code_dim, self.config.frames_per_token, FEATURES)
        net = torch.cat([frames[:, :, YAW], frames[:, :, VELOCITY]], dim=2).sum(1)
        squared = torch.eye(self.config.code_dim) + DRIFT**2 * net @ net.T
        values, vectors = torch.linalg.eigh(squared)
        return vectors @ values.sqrt().diag() @ vectors.T

    def _patches(self, features: Tensor) -> Tensor:
        batch, frames, _ = features.shape
        normal = (features - self.mean) / self.std
        return normal.reshape(batch, frames // self.config.frames_per_token, -1)

    def encode(self, features: Tensor) -> Tensor:
        """Return encodings (B, T / frames_per_token, code_dim) of raw features (B, T, FEATURES)."""
        return self.linear_in(self._patches(features))

    def decode(self, quantised: Tensor) -> Tensor:
        """Return raw features (B, T, FEATURES) of quantised encodings (B, n, code_dim)."""
        codes = (quantised / self.code_std).transpose(1, 2)
        hidden = self.decoder(self.code_in(codes)).transpose(1, 2)
        patches = self.linear_out(quantised) + self.patch_out(hidden)
        frames = patches.reshape(len(patches), -1, FEATURES)
        smooth = functional.relu(self.smooth_in(frames.transpose(1, 2)))
        frames = frames + self.smooth_out(smooth).transpose(1, 2)
        return frames * self.std + self.mean

    def quantise(self, features: Tensor) -> Tensor:
        """Return code numbers (B, n, levels) of raw features (B, T, FEATURES)."""
        encodings = self.encode(features)
        left = encodings.reshape(-1, self.config.code_dim)
        index = []
        for book in self.codebooks:
            index.append(book.nearest(left))
            left = left - book.codes[index[-1]]
        return torch.stack(index, dim=1).reshape(*encodings.shape[:2], self.config.levels)

    def look_up(self, index: Tensor) -> Tensor:
        """Return quantised encodings (..., code_dim) of code numbers (..., levels)."""
        first, *further = (book.codes[index[..., n]] for n, book in enumerate(self.codebooks))
        return sum(further, first)

    def scaled_books(self) -> Tensor:
        """Return the codebooks in units of the encodings' spread, (levels, codes, code_dim)."""
        return torch.stack([book.codes for book in self.codebooks]) / self.code_std

    @torch.no_grad()
    def start_codes(self, encodings: Tensor) -> None:
        """Set every codebook by k-means on what those before it leave of encodings (N, dim)."""
        for book in self.codebooks:
            book.start(encodings)
            encodings = encodings - book.codes[book.nearest(encodings)]

    @torch.no_grad()
    def follow(self, encodings: Tensor, reset: bool) -> None:
        """Move every codebook towards encodings (N, dim); `reset` replaces dead codes as well."""
        for book in self.codebooks:
            book.follow(encodings)
            if reset:
                book.reset_dead(encodings)
            encodings = encodings - book.codes[book.nearest(encodings)]

    def forward(self, features: Tensor) -> Tensor:
        """Return rebuilt raw features (B, T, FEATURES)."""
        return self.decode(self.look_up(self.quantise(features)))


@torch.no_grad()
def encode_features(model: MotionTokenizer, table: np.ndarray) -> np.ndarray:
    """Return codes (n, levels) of raw features (T, FEATURES); a rest below a token is cut."""
    step = model.config.frames_per_token
    count = len(table) // step * step
    return model.quantise(torch.from_numpy(table[None, :count].astype(np.float32)))[0].numpy()


@torch.no_grad()
def decode_codes(model: MotionTokenizer, codes: np.ndarray) -> np.ndarray:
    """Return raw features (n * frames_per_token, FEATURES) of codes (n, levels)."""
    return model.decode(model.look_up(torch.from_numpy(codes)[None]))[0].numpy()
