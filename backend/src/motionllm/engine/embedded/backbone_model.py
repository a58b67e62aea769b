"""The backbone as both directions use it: tokenizer, lower layers, and the tools to read a text.
numpy only.

Motion rows enter at layer `entry`: below it only text runs, through the plain backbone. Above it
each direction (t2m, m2t) has layers of its own, with its adapter merged in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from motionllm.engine.embedded.bpe import Tokenizer
from motionllm.engine.embedded.gguf import GgufFile
from motionllm.engine.embedded.llama import (
    KeyValues,
    Layer,
    Rotary,
    forward,
    project,
    rms_norm,
    silu,
)
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


class BackboneModel:
    """The language model without any adapter, split at the entry layer.

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
        self._rotary = Rotary(self.shape, self._gguf.metadata["llama.context_length"])
        self._final_norm = self._gguf.tensor(FINAL_NORM)
        self._lower = load_layers(self._gguf, self.shape, range(entry))

    def upper_layers(self, adapter: Adapter) -> list[Layer]:
        """Return the layers from the entry on, with an adapter merged in."""
        return load_layers(self._gguf, self.shape, range(self.entry, self.shape.layers), adapter)

    def head(self, weight: np.ndarray, bias: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Return what scores `run_upper`'s rows: (batch, width) to logits (batch, outputs).

        Args:
            weight, bias: float32 (outputs, width) and (outputs,).
        """
        columns = np.ascontiguousarray(weight.T)
        return lambda hidden: project(hidden, columns) + bias

    def residual_head(self, part: ResidualHead) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """Return what scores a further level of codes: `run_upper`'s rows (batch, width) and what
        was said before (batch, hidden width), to logits (batch, codes)."""
        state, out = np.ascontiguousarray(part.state.T), np.ascontiguousarray(part.out.T)

        def score(hidden: np.ndarray, said: np.ndarray) -> np.ndarray:
            with np.errstate(over="ignore"):
                return project(silu(project(hidden, state) + said), out) + part.bias

        return score

    def text_head(self) -> Callable[[np.ndarray], np.ndarray]:
        """Return what scores `run_upper`'s rows over all text tokens: the text rows themselves."""
        rows = self._gguf.tensor(EMBEDDING)

        def scores(hidden: np.ndarray) -> np.ndarray:
            return np.dot(rows, hidden[0])[None] if len(hidden) == 1 else hidden @ rows.T

        return scores

    def lower_cache(self, batch: int, capacity: int) -> KeyValues:
        """Return an empty cache for the lower layers."""
        return KeyValues(self.shape, self.entry, batch, capacity)

    def upper_cache(self, batch: int, capacity: int) -> KeyValues:
        """Return an empty cache for the upper layers."""
        return KeyValues(self.shape, self.shape.layers - self.entry, batch, capacity)

    def run_text(self, ids: np.ndarray, cache: KeyValues) -> np.ndarray:
        """Run text ids (batch, columns) through the lower layers; return their states."""
        batch, columns = ids.shape
        rows = self._gguf.rows(EMBEDDING, ids.reshape(-1))
        rows = rows.reshape(batch, columns, self.shape.width)
        return forward(self.shape, self._lower, self._rotary, rows, cache)

    def run_upper(self, layers: Sequence[Layer], states: np.ndarray, cache: KeyValues):
        """Run states (batch, columns, width) through upper layers; return the last column,
        normed for a head: (batch, width)."""
        states = forward(self.shape, layers, self._rotary, states, cache)[:, -1]
        return rms_norm(states, self._final_norm, self.shape.epsilon)

    def run_upper_columns(self, layers: Sequence[Layer], states: np.ndarray, cache: KeyValues):
        """Do as `run_upper`, but return every column: (batch, columns, width)."""
        states = forward(self.shape, layers, self._rotary, states, cache)
        flat = states.reshape(-1, self.shape.width)
        return rms_norm(flat, self._final_norm, self.shape.epsilon).reshape(states.shape)

    def read_prompts(
        self, layers: Sequence[Layer], prompts: Sequence[Sequence[int]]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the upper keys and values of each prompt, as `KeyValues.fill` wants them."""
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

    def _run_prompt(self, layers: Sequence[Layer], states: np.ndarray, cache: KeyValues) -> None:
        """Run a prompt's states through upper layers for their keys and values alone."""
        forward(self.shape, layers, self._rotary, states, cache)
