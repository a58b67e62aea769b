"""The backbone on torch, behind the interface of embedded.backbone_model. torch.

The decode loops, the sampler and the text tokenizer are those of the embedded engine; only the
matrix products run elsewhere. Arrays are numpy at the border and tensors inside.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from motionllm.engine.embedded import weights
from motionllm.engine.embedded.backbone_model import BackboneModel
from motionllm.engine.embedded.llama import Layer, Shape


class TorchKeyValues:
    """Keys and values of some layers for a batch; see embedded.llama.KeyValues."""

    def __init__(self, shape: Shape, layers: int, batch: int, capacity: int, like: Tensor) -> None:
        size = (layers, batch, shape.kv_heads, capacity, shape.head_dim)
        self.keys = like.new_zeros(size)
        self.values = like.new_zeros(size)
        self.length = 0
        self.pad = np.zeros(batch, np.int64)

    def row(self, index: int) -> tuple[Tensor, Tensor]:
        """Return copies of one row's keys and values: (layers, kv_heads, columns, head_dim)."""
        columns = slice(int(self.pad[index]), self.length)
        return self.keys[:, index, :, columns].clone(), self.values[:, index, :, columns].clone()

    def fill(self, rows: Sequence[tuple[Tensor, Tensor]]) -> None:
        """Start every row with the keys and values of `row()`, right-aligned."""
        lengths = np.array([keys.shape[2] for keys, _ in rows])
        self.length = int(lengths.max())
        self.pad = self.length - lengths
        for index, (keys, values) in enumerate(rows):
            columns = slice(int(self.pad[index]), self.length)
            self.keys[:, index, :, columns] = keys
            self.values[:, index, :, columns] = values

    def keep(self, rows: np.ndarray) -> None:
        """Drop all rows but those of the given indices."""
        index = torch.from_numpy(rows).to(self.keys.device)
        self.keys, self.values = self.keys[:, index], self.values[:, index]
        self.pad = self.pad[rows]


class TorchBackboneModel(BackboneModel):
    """The language model without any adapter, split at the entry layer, on a torch device.

    Args:
        path, entry: as BackboneModel.
        device: a torch device; float32 on the CPU, bfloat16 or float16 elsewhere would change the
            drawn tokens, so float32 is used on every device.
    """

    def __init__(self, path: Path, entry: int, device: torch.device) -> None:
        self._device = device
        super().__init__(path, entry)
        self._like = torch.empty(0, device=device)
        self._cos = torch.from_numpy(self._rotary.cos).to(device)
        self._sin = torch.from_numpy(self._rotary.sin).to(device)
        self._norm = torch.from_numpy(np.ascontiguousarray(self._final_norm)).to(device)
        self._lower = [self._moved(layer) for layer in self._lower]

    def _moved(self, layer: Layer) -> Layer:
        return Layer(
            **{
                name: torch.from_numpy(np.ascontiguousarray(value)).to(self._device)
                for name, value in vars(layer).items()
            }
        )

    def upper_layers(self, adapter: weights.Adapter) -> list[Layer]:
        """Return the layers from the entry on, with an adapter merged in."""
        return [self._moved(layer) for layer in super().upper_layers(adapter)]

    def lower_cache(self, batch: int, capacity: int) -> TorchKeyValues:
        """Return an empty cache for the lower layers."""
        return TorchKeyValues(self.shape, self.entry, batch, capacity, self._like)

    def upper_cache(self, batch: int, capacity: int) -> TorchKeyValues:
        """Return an empty cache for the upper layers."""
        return TorchKeyValues(
            self.shape, self.shape.layers - self.entry, batch, capacity, self._like
        )

    @torch.inference_mode()
    def run_text(self, ids: np.ndarray, cache: TorchKeyValues) -> np.ndarray:
        """Run text ids (batch, columns) through the lower layers; return their states."""
        rows = self._gguf.rows(weights.EMBEDDING, ids.reshape(-1))
        rows = rows.reshape(*ids.shape, self.shape.width)
        return self._forward(self._lower, rows, cache).cpu().numpy()

    @torch.inference_mode()
    def run_upper(
        self, layers: Sequence[Layer], states: np.ndarray, cache: TorchKeyValues
    ) -> np.ndarray:
        """Run states (batch, columns, width) through upper layers; return the last column,
        normed for a head: (batch, width)."""
        last = self._forward(layers, states, cache)[:, -1]
        return _rms_norm(last, self._norm, self.shape.epsilon).cpu().numpy()

    @torch.inference_mode()
    def _run_prompt(
        self, layers: Sequence[Layer], states: np.ndarray, cache: TorchKeyValues
    ) -> None:
        self._forward(layers, states, cache)

    def _forward(
        self, layers: Sequence[Layer], states: np.ndarray, cache: TorchKeyValues
    ) -> Tensor:
        """Run new columns through some layers and append them to the cache; as llama.forward."""
        shape = self.shape
        batch, columns, _ = states.shape
        begin, end = cache.length, cache.length + columns
        pad = torch.from_numpy(cache.pad).to(self._device)
        positions = (torch.arange(begin, end, device=self._device) - pad[:, None]).clamp_min(0)
        cos, sin = self._cos[positions][:, :, None], self._sin[positions][:, :, None]
        mask = self._mask(cache.pad, begin, end)
        x = torch.from_numpy(np.ascontiguousarray(states, np.float32)).to(self._device)
        for index, layer in enumerate(layers):
            fused = _rms_norm(x, layer.attention_norm, shape.epsilon) @ layer.qkv
            fused = fused.view(batch, columns, -1, shape.head_dim)
            turned = _rotate(fused[:, :, : shape.heads + shape.kv_heads], cos, sin)
            cache.keys[index, :, :, begin:end] = turned[:, :, shape.heads :].transpose(1, 2)
            cache.values[index, :, :, begin:end] = fused[
                :, :, shape.heads + shape.kv_heads :
            ].transpose(1, 2)
            mixed = functional.scaled_dot_product_attention(
                turned[:, :, : shape.heads].transpose(1, 2),
                cache.keys[index, :, :, :end],
                cache.values[index, :, :, :end],
                attn_mask=mask,
                enable_gqa=True,
            )
            x = x + mixed.transpose(1, 2).reshape(batch, columns, -1) @ layer.attention_out
            gate, up = (
                _rms_norm(x, layer.mlp_norm, shape.epsilon) @ layer.gate_up
            ).chunk(2, dim=-1)
            x = x + (functional.silu(gate) * up) @ layer.down
        cache.length = end
        return x

    def _mask(self, pad: np.ndarray, begin: int, end: int) -> Tensor | None:
        """Return which columns each new column sees, (batch, 1, new, all) bool; None is all."""
        if end - begin == 1 and not pad.any():
            return None
        column = np.arange(end)
        seen = (column <= np.arange(begin, end)[:, None]) & (column >= pad[:, None, None])
        # A padding column sees itself, or its softmax would divide nothing by nothing.
        seen |= column == np.arange(begin, end)[:, None]
        return torch.from_numpy(seen[:, None]).to(self._device)


def _rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon) * weight


def _rotate(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn queries or keys (batch, columns, heads, head_dim) to their positions."""
    first, second = heads.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
