"""Drawing where a motion ends, and telling every token what of it is left. numpy only.

The numpy half of language.text_to_motion; see motionllm.tokens.destination.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from motionllm.engine.embedded.llama import silu
from motionllm.engine.embedded.rows_and_heads import table
from motionllm.tokens import destination
from motionllm.tokens.path import Trail
from motionllm.tokens.sampling import sample

TEMPERATURE = 0.4  # at most: an end is one choice of which all else follows


class Goals:
    """A pack's tables of ends.

    Args:
        tables: the pack's motion embeddings.
        walked: the net movement of the codes.

    Attributes:
        state: (hidden, width), from the language model's state to that of ends.

    Raises:
        MotionError: "bad_pack" for a table that is missing or of another size.
    """

    def __init__(self, tables: Mapping[str, np.ndarray], width: int, walked: Trail) -> None:
        self._row = table(tables, "goal_row", width)
        self._enter = table(tables, "goal_in.weight", width, destination.SIZE)
        self.state = table(tables, "goal_head.state.weight")
        hidden = len(self.state)
        self._said = [
            table(tables, f"goal_head.said.{part}.weight", size, hidden)
            for part, size in enumerate(destination.SIZES[:-1])
        ]
        self._out = [
            (table(tables, f"goal_head.out.{part}.weight", size, hidden),
             table(tables, f"goal_head.out.{part}.bias", size))
            for part, size in enumerate(destination.SIZES)
        ]  # fmt: skip
        self._trail = walked

    def logits(self, hidden: np.ndarray, drawn: list[int]) -> np.ndarray:
        """Return the logits of the code that follows those drawn, at a state of ends (hidden,)."""
        said = hidden
        for part, code in enumerate(drawn):
            said = said + self._said[part][code]
        weight, bias = self._out[len(drawn)]
        return np.einsum("h,sh->s", silu(said), weight) + bias

    def draw(
        self,
        hidden: np.ndarray,
        generator: np.random.Generator,
        temperature: float,
        top_p: float,
        given: Sequence[int | None] = (None,) * len(destination.SIZES),
    ) -> np.ndarray:
        """Draw the codes (3,) of an end at the start row's state of ends (hidden,).

        Args:
            given: codes that are not drawn.
        """
        drawn: list[int] = []
        for code in given:
            if code is None:
                scores = self.logits(hidden, drawn)
                code = sample(scores, generator, min(temperature, TEMPERATURE), top_p)
            drawn.append(code)
        return np.array(drawn)

    def first_row(self, end: np.ndarray, length: int | None) -> np.ndarray:
        """Return the row (1, width) of an end's codes, of a window of so many tokens."""
        left = None if length is None else np.array([float(length)])
        return self._row + self._entered(destination.numbers(end, np.zeros((1, 3)), left))

    def token_rows(
        self, end: np.ndarray, codes: np.ndarray, length: int | None, since: int
    ) -> np.ndarray:
        """Return what an end adds to the rows of a window's tokens (n, levels) from `since` on."""
        places = self._trail.places(codes)[since:]
        left = None if length is None else length - np.arange(since + 1.0, len(codes) + 1)
        return self._entered(destination.numbers(end, places, left))

    def _entered(self, numbers: np.ndarray) -> np.ndarray:
        # Not a matrix product: numpy's BLAS threads and torch's would wait for each other.
        return np.einsum("nk,wk->nw", numbers, self._enter)
