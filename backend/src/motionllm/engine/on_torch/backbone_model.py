"""The backbone on torch, as embedded.backbone_model.Backbone describes it. torch.

The decode loops, the sampler and the text tokenizer are those of the embedded engine; only the
matrix products run elsewhere. Arrays are numpy at the border and tensors inside. Nothing between
two tokens may call numpy's BLAS: its threads and torch's wait for each other (4 times slower).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from motionllm.engine.embedded import llama
from motionllm.engine.embedded.backbone_model import Backbone
from motionllm.engine.embedded.rows_and_heads import ResidualHead
from motionllm.engine.embedded.weights import EMBEDDING, Adapter

Product = Callable[[Tensor], Tensor]  # rows (n, inputs) -> (n, outputs)


@dataclass(frozen=True)
class Layer:
    """One layer on the device; see embedded.llama.Layer."""

    attention_norm: Tensor
    qkv: Product
    attention_out: Product
    mlp_norm: Tensor
    gate_up: Product
    down: Product


class TorchKeyValues:
    """Keys and values of some layers for a batch; see embedded.llama.KeyValues."""

    def __init__(
        self, shape: llama.Shape, layers: int, batch: int, capacity: int, device: torch.device
    ) -> None:
        size = (layers, batch, shape.kv_heads, capacity, shape.head_dim)
        self.keys = torch.zeros(size, device=device)
        self.values = torch.zeros(size, device=device)
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


class TorchBackboneModel(Backbone[Layer, TorchKeyValues, Tensor]):
    """The backbone on a torch device.

    Args:
        path, entry: as Backbone.
        device: a torch device.
        half: hold matrices in half precision (x86 only; all else stays float32).
    """

    def __init__(self, path: Path, entry: int, device: torch.device, half: bool = False) -> None:
        self._device = device
        self._product = half_product if half else full_product
        super().__init__(path, entry)
        self._lower = self._moved(self._load_lower())
        self._norm = self._tensor(self._final_norm)
        self._epsilon = torch.tensor(self.shape.epsilon, dtype=torch.float32, device=device)
        cos, sin = self._tensor(self._rotary.cos), self._tensor(self._rotary.sin)
        self._cos, self._sin = torch.cat([cos, cos], dim=-1), torch.cat([-sin, sin], dim=-1)

    def upper_layers(self, adapter: Adapter) -> list[Layer]:
        return self._moved(self._load_upper(adapter))

    @torch.inference_mode()
    def head(self, weight: np.ndarray, bias: np.ndarray) -> Callable[[Tensor], np.ndarray]:
        columns, shift = self._tensor(weight).t().contiguous(), self._tensor(bias)
        return torch.inference_mode()(
            lambda hidden: torch.addmm(shift, hidden, columns).cpu().numpy()
        )

    @torch.inference_mode()
    def residual_head(self, part: ResidualHead) -> Callable[[Tensor, np.ndarray], np.ndarray]:
        state, out = (self._tensor(w).t().contiguous() for w in (part.state, part.out))
        bias = self._tensor(part.bias)

        @torch.inference_mode()
        def score(hidden: Tensor, said: np.ndarray) -> np.ndarray:
            mixed = functional.silu(torch.addmm(self._tensor(said), hidden, state))
            return torch.addmm(bias, mixed, out).cpu().numpy()

        return score

    @torch.inference_mode()
    def text_head(self) -> Callable[[Tensor], np.ndarray]:
        product = self._product(self._tensor(self._gguf.tensor(EMBEDDING)).t())
        return torch.inference_mode()(lambda hidden: product(hidden).cpu().numpy())

    def lower_cache(self, batch: int, capacity: int) -> TorchKeyValues:
        return TorchKeyValues(self.shape, self.entry, batch, capacity, self._device)

    def upper_cache(self, batch: int, capacity: int) -> TorchKeyValues:
        layers = self.shape.layers - self.entry
        return TorchKeyValues(self.shape, layers, batch, capacity, self._device)

    @torch.inference_mode()
    def run_text(self, ids: np.ndarray, cache: TorchKeyValues) -> np.ndarray:
        rows = self._gguf.rows(EMBEDDING, ids.reshape(-1))
        rows = rows.reshape(*ids.shape, self.shape.width)
        return self._forward(self._lower, rows, cache).cpu().numpy()

    @torch.inference_mode()
    def run_upper(
        self, layers: Sequence[Layer], states: np.ndarray, cache: TorchKeyValues
    ) -> Tensor:
        return self._normed(self._forward(layers, states, cache)[:, -1], self._norm)

    @torch.inference_mode()
    def run_upper_columns(
        self, layers: Sequence[Layer], states: np.ndarray, cache: TorchKeyValues
    ) -> Tensor:
        return self._normed(self._forward(layers, states, cache), self._norm)

    @torch.inference_mode()
    def _run_prompt(
        self, layers: Sequence[Layer], states: np.ndarray, cache: TorchKeyValues
    ) -> None:
        self._forward(layers, states, cache)

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.array(values, np.float32)).to(self._device)

    def _moved(self, layers: Sequence[llama.Layer]) -> list[Layer]:
        """Return layers of the embedded engine on the device."""
        return [
            Layer(
                attention_norm=self._tensor(layer.attention_norm),
                qkv=self._product(self._tensor(layer.qkv)),
                attention_out=self._product(self._tensor(layer.attention_out)),
                mlp_norm=self._tensor(layer.mlp_norm),
                gate_up=self._product(self._tensor(layer.gate_up)),
                down=self._product(self._tensor(layer.down)),
            )
            for layer in layers
        ]

    def _forward(
        self, layers: Sequence[Layer], states: np.ndarray, cache: TorchKeyValues
    ) -> Tensor:
        """Run new columns through some layers and append them to the cache; as llama.forward,
        but padding columns come out as zeros."""
        shape = self.shape
        batch, columns, width = states.shape
        begin, end = cache.length, cache.length + columns
        turned = shape.heads + shape.kv_heads
        group = shape.heads // shape.kv_heads
        stacked = (batch, shape.kv_heads, group * columns, shape.head_dim)  # heads of one key
        positions = np.maximum(np.arange(begin, end) - cache.pad[:, None], 0)
        positions = torch.from_numpy(positions).to(self._device)
        cos, sin = self._cos[positions][:, :, None], self._sin[positions][:, :, None]
        mask = self._mask(cache.pad, begin, end, group)
        held = _Held(cache.pad, begin, columns, self._device)
        x = held.take(self._tensor(states).view(-1, width))
        for index, layer in enumerate(layers):
            fused = held.spread(layer.qkv(self._normed(x, layer.attention_norm)))
            fused = fused.view(batch, columns, -1, shape.head_dim)
            heads = fused[:, :, :turned]
            heads = torch.addcmul(heads * cos, heads.roll(shape.head_dim // 2, -1), sin)
            keys, values = cache.keys[index], cache.values[index]
            keys[:, :, begin:end] = heads[:, :, shape.heads :].transpose(1, 2)
            values[:, :, begin:end] = fused[:, :, turned:].transpose(1, 2)
            mixed = functional.scaled_dot_product_attention(
                heads[:, :, : shape.heads].transpose(1, 2).reshape(stacked),
                keys[:, :, :end], values[:, :, :end], attn_mask=mask,
            )  # fmt: skip
            mixed = mixed.reshape(batch, shape.heads, columns, shape.head_dim).transpose(1, 2)
            x = x + layer.attention_out(held.take(mixed.reshape(batch * columns, -1)))
            gate, up = layer.gate_up(self._normed(x, layer.mlp_norm)).chunk(2, dim=-1)
            x = x + layer.down(functional.silu(gate) * up)
        cache.length = end
        return held.spread(x).view(batch, columns, width)

    def _normed(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return rows (n, width) scaled to a mean square of 1, times weight."""
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        mean_square = torch.addcmul(self._epsilon, norm, norm, value=1 / x.shape[-1])
        return x * torch.rsqrt(mean_square) * weight

    def _mask(self, pad: np.ndarray, begin: int, end: int, group: int) -> Tensor | None:
        """Return which columns each new column sees, (batch, 1, group * new, all); None is all."""
        if end - begin == 1 and not pad.any():
            return None
        column = np.arange(end)
        seen = (column <= np.arange(begin, end)[:, None]) & (column >= pad[:, None, None])
        # A padding column sees itself, or its softmax would divide nothing by nothing.
        seen |= column == np.arange(begin, end)[:, None]
        return torch.from_numpy(np.tile(seen[:, None], (1, 1, group, 1))).to(self._device)


class _Held:
    """Which new columns of a batch hold something: padding needs no matrix products."""

    def __init__(self, pad: np.ndarray, begin: int, columns: int, device: torch.device) -> None:
        held = np.arange(begin, begin + columns) >= pad[:, None]
        self._size = held.size
        self._rows = None if held.all() else torch.from_numpy(np.flatnonzero(held)).to(device)

    def take(self, rows: Tensor) -> Tensor:
        """Return those of all rows (batch * columns, n) that hold something."""
        return rows if self._rows is None else rows[self._rows]

    def spread(self, rows: Tensor) -> Tensor:
        """Undo `take`, with zeros elsewhere."""
        if self._rows is None:
            return rows
        return rows.new_zeros(self._size, rows.shape[1]).index_copy_(0, self._rows, rows)


def full_product(weight: Tensor) -> Product:
    """Return the product with weight (inputs, outputs) in float32."""
    return lambda rows: rows @ weight


def half_product(weight: Tensor) -> Product:
    """Return the product with weight (inputs, outputs) rounded to half precision; rows and sums
    stay float32.

    Raises:
        RuntimeError: on a processor that torch has no such kernel for.
    """
    packed = torch.ops.quantized.linear_prepack_fp16(weight.t().contiguous(), None)
    return lambda rows: torch.ops.quantized.linear_dynamic_fp16(rows, packed)


def knows_half(device: torch.device) -> bool:
    """Tell whether `half_product` works on a device."""
    if device.type != "cpu":
        return False
    try:
        found = half_product(torch.eye(8))(torch.ones(1, 8))
    except (RuntimeError, AttributeError):
        return False
    return bool(torch.equal(found, torch.ones(1, 8)))
