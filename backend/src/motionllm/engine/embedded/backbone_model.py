"""The backbone as every decoder uses it, whatever computes it; and computed by numpy. numpy only.

Motion rows enter at layer `entry`: below it only text runs, through the plain backbone. Above it
each adapter (t2m, m2t, people) has layers of its own, with its matrices merged in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from motionllm.engine.embedded import llama
from motionllm.engine.embedded.bpe import Tokenizer
from motionllm.engine.embedded.gguf import GgufFile
from motionllm.engine.embedded.llama import KeyValues, forward, project, rms_norm, silu
from motionllm.engine.embedded.rows_and_heads import ResidualHead
from motionllm.engine.embedded.weights import (
    EMBEDDING,
    FINAL_NORM,
    Adapter,
    load_layers,
    read_shape,
)
from motionllm.errors import MotionError

CHUNK = 256  # columns of text run at once: bounds the memory of attention


class Cache(Protocol):
    """Keys and values of a batch, in arrays of the model's own kind; see llama.KeyValues."""

    length: int
    pad: np.ndarray

    def row(self, index: int) -> tuple[Any, Any]: ...

    def fill(self, rows: Sequence[tuple[Any, Any]]) -> None: ...

    def keep(self, rows: np.ndarray) -> None: ...


LayerT = TypeVar("LayerT")
CacheT = TypeVar("CacheT", bound=Cache)
Hidden = TypeVar("Hidden")  # what heads read: an array where the model computes


class Backbone(ABC, Generic[LayerT, CacheT, Hidden]):
    """The language model without any adapter, split at the entry layer, whatever computes it.

    States go in as numpy arrays and logits come out as such; layers, caches and hidden rows stay
    where the model computes, and whoever decodes only hands them on.

    Attributes:
        shape: the model's sizes.
        entry: the layer at which motion rows enter.
        tokenizer: text to ids.

    Raises:
        MotionError: "bad_file" for a file that is no such model, "bad_pack" for a bad entry.
    """

    def __init__(self, path: Path, entry: int) -> None:
        self._gguf = GgufFile(path)
        self.shape = read_shape(self._gguf)
        if not 0 < entry < self.shape.layers:
            raise MotionError("bad_pack", f"The pack's entry layer {entry} is not in the model.")
        self.entry = entry
        self.tokenizer = Tokenizer(self._gguf.metadata)
        self._rotary = llama.Rotary(self.shape, self._gguf.metadata["llama.context_length"])
        self._final_norm = self._gguf.tensor(FINAL_NORM)

    def _load_lower(self) -> list[llama.Layer]:
        """Read the layers below the entry."""
        return load_layers(self._gguf, self.shape, range(self.entry))

    def _load_upper(self, adapter: Adapter) -> list[llama.Layer]:
        """Read the layers from the entry on, with an adapter merged in."""
        return load_layers(self._gguf, self.shape, range(self.entry, self.shape.layers), adapter)

    @abstractmethod
    def upper_layers(self, adapter: Adapter) -> list[LayerT]:
        """Return the layers from the entry on, with an adapter merged in.

        Raises:
            MotionError: "bad_pack" if the adapter does not fit the model.
        """

    @abstractmethod
    def head(self, weight: np.ndarray, bias: np.ndarray) -> Callable[[Hidden], np.ndarray]:
        """Return what scores `run_upper`'s rows: (batch, width) to logits (batch, outputs).

        Args:
            weight, bias: float32 (outputs, width) and (outputs,).
        """

    @abstractmethod
    def residual_head(self, part: ResidualHead) -> Callable[[Hidden, np.ndarray], np.ndarray]:
        """Return what scores a further level of codes: `run_upper`'s rows (batch, width) and what
        was said before (batch, hidden width), to logits (batch, codes)."""

    @abstractmethod
    def text_head(self) -> Callable[[Hidden], np.ndarray]:
        """Return what scores `run_upper`'s rows over all text tokens: the text rows themselves."""

    @abstractmethod
    def lower_cache(self, batch: int, capacity: int) -> CacheT:
        """Return an empty cache for the lower layers."""

    @abstractmethod
    def upper_cache(self, batch: int, capacity: int) -> CacheT:
        """Return an empty cache for the upper layers."""

    @abstractmethod
    def run_text(self, ids: np.ndarray, cache: CacheT) -> np.ndarray:
        """Run text ids (batch, columns) through the lower layers; return their states."""

    @abstractmethod
    def run_upper(self, layers: Sequence[LayerT], states: np.ndarray, cache: CacheT) -> Hidden:
        """Run states (batch, columns, width) through upper layers; return the last column,
        normed for a head: (batch, width)."""

    @abstractmethod
    def run_upper_columns(
        self, layers: Sequence[LayerT], states: np.ndarray, cache: CacheT
    ) -> Hidden:
        """Do as `run_upper`, but return every column: (batch, columns, width)."""

    @abstractmethod
    def _run_prompt(self, layers: Sequence[LayerT], states: np.ndarray, cache: CacheT) -> None:
        """Run a prompt's states through upper layers for their keys and values alone."""

    def read_prompts(
        self, layers: Sequence[LayerT], prompts: Sequence[Sequence[int]]
    ) -> list[tuple[Any, Any]]:
        """Return the upper keys and values of each prompt, as `Cache.fill` wants them."""
        lengths = np.array([len(prompt) for prompt in prompts])
        longest = int(lengths.max())
        ids = np.zeros((len(prompts), longest), np.int64)
        for row, prompt in zip(ids, prompts, strict=True):
            row[longest - len(prompt) :] = prompt
        lower = self.lower_cache(len(prompts), longest)
        upper = self.upper_cache(len(prompts), longest)
        lower.pad = upper.pad = longest - lengths
        for at in range(0, longest, CHUNK):
            states = self.run_text(ids[:, at : at + CHUNK], lower)
            self._run_prompt(layers, states, upper)
        return [upper.row(index) for index in range(len(prompts))]


class BackboneModel(Backbone[llama.Layer, KeyValues, np.ndarray]):
    """The backbone in numpy, float32 on the CPU."""

    def __init__(self, path: Path, entry: int) -> None:
        super().__init__(path, entry)
        self._lower = self._load_lower()

    def upper_layers(self, adapter: Adapter) -> list[llama.Layer]:
        return self._load_upper(adapter)

    def head(self, weight: np.ndarray, bias: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        columns = np.ascontiguousarray(weight.T)
        return lambda hidden: project(hidden, columns) + bias

    def residual_head(self, part: ResidualHead) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        state, out = np.ascontiguousarray(part.state.T), np.ascontiguousarray(part.out.T)

        def score(hidden: np.ndarray, said: np.ndarray) -> np.ndarray:
            with np.errstate(over="ignore"):
                return project(silu(project(hidden, state) + said), out) + part.bias

        return score

    def text_head(self) -> Callable[[np.ndarray], np.ndarray]:
        rows = self._gguf.tensor(EMBEDDING)

        def scores(hidden: np.ndarray) -> np.ndarray:
            return np.dot(rows, hidden[0])[None] if len(hidden) == 1 else hidden @ rows.T

        return scores

    def lower_cache(self, batch: int, capacity: int) -> KeyValues:
        return KeyValues(self.shape, self.entry, batch, capacity)

    def upper_cache(self, batch: int, capacity: int) -> KeyValues:
        return KeyValues(self.shape, self.shape.layers - self.entry, batch, capacity)

    def run_text(self, ids: np.ndarray, cache: KeyValues) -> np.ndarray:
        batch, columns = ids.shape
        rows = self._gguf.rows(EMBEDDING, ids.reshape(-1))
        rows = rows.reshape(batch, columns, self.shape.width)
        return forward(self.shape, self._lower, self._rotary, rows, cache)

    def run_upper(
        self, layers: Sequence[llama.Layer], states: np.ndarray, cache: KeyValues
    ) -> np.ndarray:
        states = forward(self.shape, layers, self._rotary, states, cache)[:, -1]
        return rms_norm(states, self._final_norm, self.shape.epsilon)

    def run_upper_columns(
        self, layers: Sequence[llama.Layer], states: np.ndarray, cache: KeyValues
    ) -> np.ndarray:
        states = forward(self.shape, layers, self._rotary, states, cache)
        flat = states.reshape(-1, self.shape.width)
        return rms_norm(flat, self._final_norm, self.shape.epsilon).reshape(states.shape)

    def _run_prompt(
        self, layers: Sequence[llama.Layer], states: np.ndarray, cache: KeyValues
    ) -> None:
        forward(self.shape, layers, self._rotary, states, cache)
