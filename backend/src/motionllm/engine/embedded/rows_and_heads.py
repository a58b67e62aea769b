"""What motion tokens look like to the language model, on their way in and out. numpy only.

A token is one code of each codebook. On the way in, the first code has a row of its own and the
further ones add a linear map of theirs, as does where the person is by then (see trail); on the
way out, each further code is scored given the state and the codes before it. All of the pack's maps
over codes are multiplied out once, into tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from motionllm.errors import MotionError
from motionllm.tokens import path
from motionllm.tokens.path import Trail
from motionllm.tokens.vocabulary import Vocabulary


class MotionRows:
    """States that enter the upper layers for motion tokens.

    Args:
        tables: the pack's motion embeddings.
        books: codebooks in units of the encodings' spread, (levels, codes, code_dim).
        walked: the net movement of the codes.
        prefix: "" for text to motion, "m2t_" for captions.

    Raises:
        MotionError: "bad_pack" for a table that is missing or of another size.
    """

    def __init__(
        self,
        tables: Mapping[str, np.ndarray],
        books: np.ndarray,
        vocabulary: Vocabulary,
        width: int,
        walked: Trail,
        prefix: str = "",
    ) -> None:
        self._rows = table(tables, f"{prefix}input", vocabulary.rows, width)
        enter = table(tables, f"{prefix}residual_in.weight", width, books.shape[2])
        self._further = books[1:] @ enter.T
        self._trail_in = table(tables, f"{prefix}trail_in.weight", width, path.SIZE)
        self._trail = walked

    def marks(self, ids: Sequence[int]) -> np.ndarray:
        """Return the states (n, width) of rows that are no codes: starts and the end."""
        return self._rows[np.asarray(ids)]

    def tokens(self, codes: np.ndarray, length: int | None, since: int = 0) -> np.ndarray:
        """Return the states (n - since, width) of a window's tokens from number `since` on.

        Args:
            codes: the window's tokens so far, (n, levels).
            length: tokens it will have; None if that is open.
        """
        numbers = self._trail.numbers(codes, length)[since:]
        # Not a matrix product: numpy's BLAS threads and torch's would wait for each other.
        states = np.einsum("nk,wk->nw", numbers, self._trail_in)
        states += self._rows[codes[since:, 0]]
        for level, further in enumerate(self._further, start=1):
            states += further[codes[since:, level]]
        return states


@dataclass(frozen=True)
class ResidualHead:
    """Scores the codes of one further level: `out @ silu(state @ hidden + said) + bias`.

    Attributes:
        state: (hidden width, width), from the language model's state.
        said: (levels before, codes, hidden width): what each code drawn before adds.
        out, bias: (codes, hidden width) and (codes,).
    """

    state: np.ndarray
    said: np.ndarray
    out: np.ndarray
    bias: np.ndarray

    def said_by(self, codes: np.ndarray) -> np.ndarray:
        """Return what drawn codes (n, levels) add: (n, hidden width)."""
        return sum(table[codes[:, level]] for level, table in enumerate(self.said))


def residual_heads(tables: Mapping[str, np.ndarray], books: np.ndarray) -> list[ResidualHead]:
    """Return the heads of all levels but the first.

    Raises:
        MotionError: "bad_pack", as MotionRows.
    """
    return [_residual_head(tables, books, level) for level in range(1, len(books))]


def _residual_head(tables: Mapping[str, np.ndarray], books: np.ndarray, level: int) -> ResidualHead:
    name = f"residual_heads.{level - 1}"
    codes, code_dim = books.shape[1:]
    bias = table(tables, f"{name}.said.bias")
    state = table(tables, f"{name}.state.weight")
    weight = table(tables, f"{name}.said.weight", len(bias), code_dim)
    said = books[:level] @ weight.T
    said[0] += bias
    return ResidualHead(
        state,
        said,
        table(tables, f"{name}.out.weight", codes, len(bias)),
        table(tables, f"{name}.out.bias", codes),
    )


def table(tables: Mapping[str, np.ndarray], name: str, *shape: int) -> np.ndarray:
    """Return a table of the pack in float32, checked for its shape where one is given.

    Raises:
        MotionError: "bad_pack".
    """
    if name not in tables or (shape and tables[name].shape != shape):
        raise MotionError("bad_pack", f"The pack's table {name} is missing or of another size.")
    return tables[name].astype(np.float32)
