"""Drawing where a motion ends, and telling every token what of it is left. numpy only.

The numpy half of model.text_to_motion; see motionllm.tokens.destination.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from motionllm.engine.embedded.rows_and_heads import ChainHead, table
from motionllm.motion.lead import End
from motionllm.tokens import destination
from motionllm.tokens.path import Trail

TEMPERATURE = 0.4  # at most: an end is one choice of which all else follows


class Destinations:
    """A pack's tables of ends.

    Args:
        tables: the pack's motion embeddings.
        width: of the language model's states.
        path: the net movement of the codes.

    Attributes:
        path: the net movement of the codes.
        state: (hidden, width), from the language model's state to that of ends.

    Raises:
        MotionError: "bad_pack" for a table that is missing or of another size.
    """

    def __init__(self, tables: Mapping[str, np.ndarray], width: int, path: Trail) -> None:
        self._row = table(tables, "goal_row", width)
        self._enter = table(tables, "goal_in.weight", width, destination.SIZE)
        self._head = ChainHead(tables, "goal_head", width, destination.SIZES, own_states=False)
        self.path = path
        self.state = self._head.state

    def draw(
        self,
        state: np.ndarray,
        generator: np.random.Generator,
        temperature: float,
        top_p: float,
        asked: End | None = None,
    ) -> np.ndarray:
        """Draw the codes (3,) of an end at the start row's state of ends (hidden,).

        Args:
            asked: what of the end is given, and so not drawn.
        """
        given = destination.given(asked) if asked else None
        return self._head.draw(state, generator, min(temperature, TEMPERATURE), top_p, given)

    def first_row(self, end: np.ndarray, length: int | None) -> np.ndarray:
        """Return the row (1, width) of an end's codes, of a window of so many tokens."""
        left = None if length is None else np.array([float(length)])
        return self._row + self._entered(destination.numbers(end, np.zeros((1, 3)), left))

    def token_rows(
        self, end: np.ndarray, codes: np.ndarray, length: int | None, since: int
    ) -> np.ndarray:
        """Return what an end adds to the rows of a window's tokens (n, levels) from `since` on."""
        places = self.path.places(codes)[since:]
        left = None if length is None else length - np.arange(since + 1.0, len(codes) + 1)
        return self._entered(destination.numbers(end, places, left))

    def _entered(self, numbers: np.ndarray) -> np.ndarray:
        # Not a matrix product: numpy's BLAS threads and torch's would wait for each other.
        return np.einsum("nk,wk->nw", numbers, self._enter)
