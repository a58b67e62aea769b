"""Drawing the next token of motions, code by code, each pushed by guidance. numpy only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from motionllm.engine.embedded.backbone_model import Backbone
from motionllm.engine.embedded.rows_and_heads import residual_heads, table
from motionllm.tokens.sampling import guide, sample
from motionllm.tokens.vocabulary import Vocabulary

# Gets the codes (n,) of a token's levels so far; returns (codes,) for the next level.
Leaning = Callable[[np.ndarray], np.ndarray]


class Drawn(Protocol):
    """What a motion's tokens are drawn with; see motionllm.tokens.sampling."""

    generator: np.random.Generator
    temperature: float
    top_p: float
    guidance: float


class GuidedRows:
    """The rows of a batch: one a motion, then one more, without its text, for each guided one.

    Attributes:
        twins: which motions are guided, in order.
    """

    def __init__(self, motions: Sequence[Drawn]) -> None:
        self._motions = motions
        self.twins = np.array([i for i, one in enumerate(motions) if one.guidance != 1], np.int64)

    def doubled(self, rows: np.ndarray) -> np.ndarray:
        """Return one row a motion as one a row of the batch."""
        return np.concatenate([rows, rows[self.twins]])

    def guided(self, logits: np.ndarray) -> np.ndarray:
        """Return logits (motions, outputs) from those of all rows."""
        out = logits[: len(self._motions)].copy()
        for twin, plain in zip(self.twins, logits[len(self._motions) :], strict=True):
            out[twin] = guide(out[twin], plain, self._motions[twin].guidance)
        return out


class TokenHeads:
    """What scores a token's codes: the first or the end, then level by level.

    Args:
        tables: a pack's tables of an adapter that makes motion.
        books: codebooks in units of the encodings' spread, (levels, codes, code_dim).

    Attributes:
        first: hidden rows to logits (rows, outputs).
        further: for every further level its head, and what scores hidden rows by it.

    Raises:
        MotionError: "bad_pack" for a table that is missing or of another size.
    """

    def __init__(
        self,
        model: Backbone,
        tables: Mapping[str, np.ndarray],
        books: np.ndarray,
        vocabulary: Vocabulary,
    ) -> None:
        self._end = vocabulary.end
        self.first = model.head(
            table(tables, "head.weight", vocabulary.outputs, model.shape.width),
            table(tables, "head.bias", vocabulary.outputs),
        )
        self.further = [(part, model.residual_head(part)) for part in residual_heads(tables, books)]

    def draw_token(
        self,
        motions: Sequence[Drawn],
        rows: GuidedRows,
        hidden,
        may_end: Sequence[bool],
        leaning: Sequence[Leaning | None] = (),
    ) -> np.ndarray:
        """Draw each motion's next token, level by level: (motions, levels); the end has no levels.

        Args:
            hidden: the model's state of all rows.
            may_end: whether a motion may end here.
            leaning: of each motion, what is added to a level's logits; none for nobody.
        """
        leaning = leaning or [None] * len(motions)
        codes = np.zeros((len(motions), 1 + len(self.further)), np.int64)
        logits = rows.guided(self.first(hidden))
        for row, scores, one, may, leans in zip(
            codes, logits, motions, may_end, leaning, strict=True
        ):
            if not may:
                scores[self._end] = -np.inf
            if leans is not None:
                scores[: self._end] += leans(row[:0])
            row[0] = sample(scores, one.generator, one.temperature, one.top_p)
        going = np.flatnonzero(codes[:, 0] != self._end)
        known = np.minimum(codes, self._end - 1)  # a row for the end too, which nobody reads
        for level, (head, score) in enumerate(self.further, start=1):
            logits = rows.guided(score(hidden, rows.doubled(head.said_by(known))))
            for i in going.tolist():
                one, leans = motions[i], leaning[i]
                if leans is not None:
                    logits[i] += leans(codes[i, :level])
                known[i, level] = codes[i, level] = sample(
                    logits[i], one.generator, one.temperature, one.top_p
                )
        return codes
