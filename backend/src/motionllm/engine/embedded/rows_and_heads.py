"""What motion tokens look like to the language model, on their way in and out. numpy only.

A token is one code of each codebook. On the way in, the first code has a row of its own and the
further ones add a linear map of theirs, as does where the person is by then (see tokens.path); on
the way out, each further code is scored given the state and the codes before it. All of the pack's
maps over codes are multiplied out once, into tables. Ends and places are codes in a row as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from motionllm.engine.embedded.llama import silu
from motionllm.errors import MotionError
from motionllm.tokens.codes import look_up
from motionllm.tokens.path import Trail
from motionllm.tokens.sampling import sample
from motionllm.tokens.vocabulary import Vocabulary


class MotionRows:
    """States that enter the upper layers for motion tokens.

    Args:
        tables: the pack's motion embeddings.
        books: codebooks in units of the encodings' spread, (levels, codes, code_dim).
        path: the net movement of the codes.
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
        path: Trail,
        prefix: str = "",
    ) -> None:
        self._rows = table(tables, f"{prefix}input", vocabulary.rows, width)
        enter = table(tables, f"{prefix}residual_in.weight", width, books.shape[2])
        self._further = books[1:] @ enter.T
        self._trail_in = table(tables, f"{prefix}trail_in.weight", width, path.size)
        self._path = path

    def marks(self, ids: Sequence[int]) -> np.ndarray:
        """Return the states (n, width) of rows that are no codes: starts and the end."""
        return self._rows[np.asarray(ids)]

    def tokens(self, codes: np.ndarray, length: int | None, since: int = 0) -> np.ndarray:
        """Return the states (n - since, width) of a window's tokens from number `since` on.

        Args:
            codes: the window's tokens so far, (n, levels).
            length: tokens it will have; None if that is open.
        """
        numbers = self._path.numbers(codes, length)[since:]
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
        return look_up(self.said, codes)


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


class ChainHead:
    """Scores codes that are drawn one after another, each told those before it: ends and places.

    Args:
        tables: of a pack.
        name: of the head in them.
        width: of the language model's states.
        sizes: codes of each part.
        own_states: whether every part has a map of the state of its own, or all share one.

    Attributes:
        state: (states * hidden, width), from the language model's state to that of the parts.

    Raises:
        MotionError: "bad_pack" for a table that is missing or of another size.
    """

    def __init__(
        self,
        tables: Mapping[str, np.ndarray],
        name: str,
        width: int,
        sizes: Sequence[int],
        own_states: bool,
    ) -> None:
        hidden = table(tables, f"{name}.out.0.weight").shape[-1]
        self._own = len(sizes) if own_states else 0
        self.state = table(tables, f"{name}.state.weight", (self._own or 1) * hidden, width)
        self._said = [
            table(tables, f"{name}.said.{part}.weight", size, hidden)
            for part, size in enumerate(sizes[:-1])
        ]
        self._out = [
            (table(tables, f"{name}.out.{part}.weight", size, hidden),
             table(tables, f"{name}.out.{part}.bias", size))
            for part, size in enumerate(sizes)
        ]  # fmt: skip

    def logits(self, state: np.ndarray, drawn: Sequence[int]) -> np.ndarray:
        """Return the logits of the code that follows those drawn, at a state (states * hidden,)."""
        said = [rows[code] for rows, code in zip(self._said, drawn, strict=False)]
        # Summed as packs were trained, to the last digit: a state of one's own comes last.
        if self._own:
            mixed = np.split(state, self._own)[len(drawn)] + sum(said)
        else:
            mixed = sum(said, state)
        weight, bias = self._out[len(drawn)]
        return np.einsum("h,sh->s", silu(mixed), weight) + bias

    def draw(
        self,
        state: np.ndarray,
        generator: np.random.Generator,
        temperature: float,
        top_p: float,
        given: Sequence[int | None] | None = None,
        leaning: Sequence[np.ndarray] | None = None,
    ) -> np.ndarray:
        """Draw the codes (parts,) at a state (states * hidden,).

        Args:
            given: codes that are not drawn; None for those that are.
            leaning: added to the logits of each part, (size,) each.
        """
        drawn: list[int] = []
        for part in range(len(self._out)):
            code = given[part] if given is not None else None
            if code is None:
                scores = self.logits(state, drawn)
                if leaning is not None:
                    scores = scores + leaning[part]
                code = sample(scores, generator, temperature, top_p)
            drawn.append(code)
        return np.array(drawn)


def table(tables: Mapping[str, np.ndarray], name: str, *shape: int) -> np.ndarray:
    """Return a table of the pack in float32, checked for its shape where one is given.

    Raises:
        MotionError: "bad_pack".
    """
    if name not in tables or (shape and tables[name].shape != shape):
        raise MotionError("bad_pack", f"The pack's table {name} is missing or of another size.")
    return tables[name].astype(np.float32)
