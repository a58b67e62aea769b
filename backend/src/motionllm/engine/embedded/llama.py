"""The Llama forward pass with a key-value cache, for batches whose rows differ in length.
numpy only.

Rows of a batch are right-aligned: a shorter row begins with `pad` columns that nothing attends to,
so all rows write the same column and a decode step is a few matrix products over all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HIDDEN = np.float32(-1e30)  # finite: a padding column that sees nothing must not give NaN
ROW_BY_ROW = 2  # up to so many rows, matrix times vector beats BLAS's packing (measured)


@dataclass(frozen=True)
class Shape:
    """Sizes of a Llama model."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    vocabulary: int
    theta: float
    epsilon: float


@dataclass(frozen=True)
class Layer:
    """One layer's float32 weights, each matrix as (inputs, outputs)."""

    attention_norm: np.ndarray
    qkv: np.ndarray  # queries, keys and values side by side
    attention_out: np.ndarray
    mlp_norm: np.ndarray
    gate_up: np.ndarray  # gate and up side by side
    down: np.ndarray


class KeyValues:
    """Keys and values of some layers for a batch, preallocated.

    Attributes:
        keys, values: float32 (layers, batch, kv_heads, capacity, head_dim).
        length: columns in use.
        pad: int (batch,), columns at the start of each row that hold nothing.
    """

    def __init__(self, shape: Shape, layers: int, batch: int, capacity: int) -> None:
        size = (layers, batch, shape.kv_heads, capacity, shape.head_dim)
        self.keys = np.zeros(size, np.float32)
        self.values = np.zeros(size, np.float32)
        self.length = 0
        self.pad = np.zeros(batch, np.int64)

    @property
    def batch(self) -> int:
        """How many rows."""
        return self.keys.shape[1]

    def row(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return copies of one row's keys and values: (layers, kv_heads, columns, head_dim)."""
        columns = slice(self.pad[index], self.length)
        return self.keys[:, index, :, columns].copy(), self.values[:, index, :, columns].copy()

    def fill(self, rows: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
        """Start every row with the keys and values of `row()`, right-aligned."""
        lengths = np.array([keys.shape[2] for keys, _ in rows])
        self.length = int(lengths.max())
        self.pad = self.length - lengths
        for index, (keys, values) in enumerate(rows):
            columns = slice(self.pad[index], self.length)
            self.keys[:, index, :, columns] = keys
            self.values[:, index, :, columns] = values

    def keep(self, rows: np.ndarray) -> None:
        """Drop all rows but those of the given indices; one that is named twice is doubled."""
        self.pad = self.pad[rows]
        if (np.diff(rows) <= 0).any():
            self.keys, self.values = self.keys[:, rows], self.values[:, rows]
            return
        used = slice(self.length)
        for place, row in enumerate(rows):  # in place: rows only move up
            if place != row:
                self.keys[:, place, :, used] = self.keys[:, row, :, used]
                self.values[:, place, :, used] = self.values[:, row, :, used]
        self.keys, self.values = self.keys[:, : len(rows)], self.values[:, : len(rows)]


class Rotary:
    """Cosines and sines of rotary positions: float32 (positions, head_dim / 2) each."""

    def __init__(self, shape: Shape, positions: int) -> None:
        steps = np.arange(0, shape.head_dim, 2, dtype=np.float32) / np.float32(shape.head_dim)
        frequencies = (1.0 / np.float32(shape.theta) ** steps).astype(np.float32)
        angles = np.arange(positions, dtype=np.float32)[:, None] * frequencies
        self.cos, self.sin = np.cos(angles), np.sin(angles)


def forward(
    shape: Shape,
    layers: Sequence[Layer],
    rotary: Rotary,
    states: np.ndarray,
    cache: KeyValues,
) -> np.ndarray:
    """Run new columns through some layers and append them to the cache.

    Args:
        states: float32 (batch, columns, width), what enters the first of `layers`.
        cache: as many layers and rows; its free columns must suffice.

    Returns:
        float32 (batch, columns, width), before any final norm.
    """
    batch, columns, width = states.shape
    begin, end = cache.length, cache.length + columns
    positions = np.maximum(np.arange(begin, end) - cache.pad[:, None], 0)
    cos, sin = rotary.cos[positions][:, :, None], rotary.sin[positions][:, :, None]
    mask = _mask(cache.pad, begin, end)
    flat = states.reshape(batch * columns, width)
    with np.errstate(over="ignore"):  # in silu; once here, not once a layer
        for index, layer in enumerate(layers):
            fused = project(rms_norm(flat, layer.attention_norm, shape.epsilon), layer.qkv)
            fused = fused.reshape(batch, columns, -1, shape.head_dim)
            rotated = _rotate(fused[:, :, : shape.heads + shape.kv_heads], cos, sin)
            keys, values = cache.keys[index], cache.values[index]
            keys[:, :, begin:end] = rotated[:, :, shape.heads :].swapaxes(1, 2)
            values[:, :, begin:end] = fused[:, :, shape.heads + shape.kv_heads :].swapaxes(1, 2)
            mixed = _attend(
                shape, rotated[:, :, : shape.heads], keys[:, :, :end], values[:, :, :end], mask
            )
            flat = flat + project(mixed.reshape(batch * columns, -1), layer.attention_out)
            both = project(rms_norm(flat, layer.mlp_norm, shape.epsilon), layer.gate_up)
            gate, up = both[:, : shape.hidden], both[:, shape.hidden :]
            flat = flat + project(silu(gate) * up, layer.down)
    cache.length = end
    return flat.reshape(batch, columns, width)


def project(rows: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return rows (n, inputs) @ weight (inputs, outputs)."""
    if len(rows) > ROW_BY_ROW:
        return rows @ weight
    out = np.empty((len(rows), weight.shape[1]), np.float32)
    for row, result in zip(rows, out, strict=True):
        np.dot(row, weight, out=result)
    return out


def silu(x: np.ndarray) -> np.ndarray:
    """Return x / (1 + exp(-x)); where exp(-x) overflows, with numpy's warning, the result is 0."""
    return x / (1 + np.exp(-x))


def rms_norm(rows: np.ndarray, weight: np.ndarray, epsilon: float) -> np.ndarray:
    """Return rows (n, width) scaled to a mean square of 1, times weight."""
    mean_square = np.einsum("ij,ij->i", rows, rows)[:, None] / np.float32(rows.shape[1])
    return rows * (1 / np.sqrt(mean_square + np.float32(epsilon))) * weight


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the softmax over the last axis."""
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return scores / scores.sum(axis=-1, keepdims=True)


def _mask(pad: np.ndarray, begin: int, end: int) -> np.ndarray | None:
    """Return what is added to scores, (batch, 1, 1, new columns, all columns); None is nothing."""
    if end - begin == 1 and not pad.any():
        return None
    column = np.arange(end)
    seen = column <= np.arange(begin, end)[:, None]
    seen = seen & (column >= pad[:, None, None])
    return np.where(seen, np.float32(0), HIDDEN)[:, None, None]


def _rotate(heads: np.ndarray, cos: np.ndarray, sin: np.ndarray) -> np.ndarray:
    """Turn queries or keys (batch, columns, heads, head_dim) to their positions."""
    half = heads.shape[-1] // 2
    first, second = heads[..., :half], heads[..., half:]
    out = np.empty(heads.shape, np.float32)
    out[..., :half] = first * cos - second * sin
    out[..., half:] = second * cos + first * sin
    return out


def _attend(
    shape: Shape,
    queries: np.ndarray,
    keys: np.ndarray,
    values: np.ndarray,
    mask: np.ndarray | None,
) -> np.ndarray:
    """Return (batch, columns, heads * head_dim) from queries (batch, columns, heads, head_dim)
    and keys and values (batch, kv_heads, all columns, head_dim)."""
    batch, columns = queries.shape[:2]
    group = shape.heads // shape.kv_heads
    scale = np.float32(shape.head_dim**-0.5)
    stacked = (shape.kv_heads, group * columns)
    queries = (queries * scale).swapaxes(1, 2).reshape(batch, *stacked, shape.head_dim)
    scores = queries @ keys.swapaxes(2, 3)
    if mask is not None:
        by_head = scores.reshape(batch, shape.kv_heads, group, columns, -1)
        scores = (by_head + mask).reshape(scores.shape)
    mixed = softmax(scores) @ values
    mixed = mixed.reshape(batch, shape.heads, columns, shape.head_dim)
    return mixed.swapaxes(1, 2).reshape(batch, columns, -1)
