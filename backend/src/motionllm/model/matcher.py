"""Two encoders that put a motion and its caption at one place: the evaluator's networks. torch.

After TMR (M. Petrovich et al., "TMR", ICCV 2023), made small: contrastive loss alone, without its
decoder; text enters as the states of the frozen language model, so that nothing is fetched.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from motionllm.errors import MotionError
from motionllm.files import write_whole
from motionllm.motion import features
from motionllm.motion.clip import Clip

FRAMES = 6  # of a patch: one input of the motion encoder
USED = features.CONTACTS.start  # contacts are left out: networks predict them, recordings do not


@dataclass(frozen=True)
class MatcherConfig:
    """Sizes of the evaluator."""

    width: int = 160
    layers: int = 3
    heads: int = 4
    space: int = 128  # dimensions of the common space
    text_width: int = 576  # of the language model's states
    text_depth: int = 4  # its layers that a caption runs through


class Encoder(nn.Module):
    """A sequence (B, S, size) to unit vectors (B, space)."""

    def __init__(self, size: int, layers: int, config: MatcherConfig) -> None:
        super().__init__()
        self.enter = nn.Linear(size, config.width)
        self.place = nn.Parameter(torch.randn(1 + 256, config.width) * 0.02)
        block = nn.TransformerEncoderLayer(
            config.width, config.heads, 4 * config.width, dropout=0.1, activation="gelu",
            batch_first=True, norm_first=True,
        )  # fmt: skip
        self.blocks = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.leave = nn.Sequential(
            nn.LayerNorm(config.width), nn.Linear(config.width, config.space)
        )

    def forward(self, rows: list[Tensor]) -> Tensor:
        """Encode rows (S_i, size) of different lengths."""
        lengths = torch.tensor([len(row) for row in rows])
        hidden = self.enter(pad_sequence(rows, batch_first=True))
        first = self.place[:1].expand(len(rows), 1, -1)
        hidden = torch.cat([first, hidden + self.place[1 : 1 + hidden.shape[1]]], dim=1)
        empty = torch.arange(hidden.shape[1])[None] > lengths[:, None]
        hidden = self.blocks(hidden, src_key_padding_mask=empty)
        return functional.normalize(self.leave(hidden[:, 0]), dim=-1)


class Matcher(nn.Module):
    """Both encoders, the motion's mean and spread, and the sharpness of the comparison."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: MatcherConfig) -> None:
        super().__init__()
        self.config = config
        self.motion = Encoder(FRAMES * USED, config.layers, config)
        self.text = Encoder(config.text_width, 1, config)
        self.register_buffer("mean", torch.zeros(USED))
        self.register_buffer("std", torch.ones(USED))
        self.sharpness = nn.Parameter(torch.tensor(2.3))  # 1 / temperature = exp of it: 10

    def patches(self, table: np.ndarray) -> Tensor:
        """Return (n, FRAMES * USED) of raw features (T, FEATURES); a rest is left out."""
        count = len(table) // FRAMES * FRAMES
        rows = torch.from_numpy(np.asarray(table[:count, :USED], np.float32))
        return ((rows - self.mean) / self.std).reshape(-1, FRAMES * USED)

    @torch.no_grad()
    def embed_clips(self, clips: list[Clip]) -> np.ndarray:
        """Return unit vectors (N, space) of clips."""
        rows = [self.patches(features.clip_to_features(clip)[:300]) for clip in clips]
        return _in_batches(self.motion, rows)

    @torch.no_grad()
    def embed_texts(self, states: list[Tensor]) -> np.ndarray:
        """Return unit vectors (N, space) of the language model's states of texts."""
        return _in_batches(self.text, states)


def _in_batches(encoder: Encoder, rows: list[Tensor]) -> np.ndarray:
    parts = [encoder(rows[first : first + 64]) for first in range(0, len(rows), 64)]
    return torch.cat(parts).numpy()


class FrozenText:
    """States of texts under the first layers of the language model.

    Args:
        backbone: its GGUF file or transformers folder.
        depth: layers to run through.
    """

    def __init__(self, backbone: Path, depth: int) -> None:
        from motionllm.model.language import load_backbone

        model, self._tokenizer = load_backbone(backbone)
        self._core = model.model
        self._layers = self._core.layers[:depth]
        self.width = model.config.hidden_size

    @torch.no_grad()
    def states(self, texts: list[str]) -> list[Tensor]:
        """Return the states (P, width), in half precision, of each text."""
        tokens = [torch.tensor(self._tokenizer.encode(text)) for text in texts]
        found: list[Tensor] = [torch.empty(0)] * len(texts)
        order = sorted(range(len(texts)), key=lambda index: len(tokens[index]))
        for first in range(0, len(order), 64):
            batch = order[first : first + 64]
            rows = [tokens[index] for index in batch]
            hidden = self._core.embed_tokens(pad_sequence(rows, batch_first=True))
            places = torch.arange(hidden.shape[1])[None]
            rotary = self._core.rotary_emb(hidden, places)
            for layer in self._layers:
                # No mask: rows are padded at the end, where causal attention never looks.
                hidden = layer(hidden, position_ids=places, position_embeddings=rotary)
            # The first token's state is thousands of times the others'; squash what it says.
            hidden = torch.sign(hidden) * torch.log1p(hidden.abs())
            for index, row in zip(batch, hidden, strict=True):
                found[index] = row[: len(tokens[index])].half()
        return found


def save_matcher(matcher: Matcher, path: Path) -> None:
    """Write the trained evaluator.

    Raises:
        MotionError: "output".
    """
    whole = io.BytesIO()
    torch.save({"config": asdict(matcher.config), "state": matcher.state_dict()}, whole)
    write_whole(path, whole.getvalue())


def load_matcher(path: Path) -> Matcher:
    """Read a trained evaluator.

    Raises:
        MotionError: "bad_file" if there is none.
    """
    if not path.is_file():
        raise MotionError(
            "bad_file", f"{path} is no trained evaluator.", "Run 'motionllm train evaluator' first."
        )
    saved = torch.load(path, weights_only=True)
    matcher = Matcher(MatcherConfig(**saved["config"]))
    matcher.load_state_dict(saved["state"])
    return matcher.eval()
