"""The decode loop of captions: motion tokens to text. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from motionllm.engine.embedded.backbone_model import Backbone
from motionllm.engine.embedded.motion_decoder import stop_if
from motionllm.engine.embedded.rows_and_heads import MotionRows
from motionllm.engine.embedded.weights import Adapter
from motionllm.progress import Cancelled, Progress
from motionllm.tokens import prompts
from motionllm.tokens.sampling import sample
from motionllm.tokens.vocabulary import Vocabulary

CAPTION_TOKENS = 40  # after which a caption ends in any case
TEMPERATURE, TOP_P = 0.8, 0.9  # of captions that are drawn
KNOWN = 64  # motions whose keys and values are remembered, about a megabyte each
SCORED = 8  # texts scored together: the logits of each take some megabytes


class CaptionDecoder:
    """Motion tokens to text, greedily, in batches."""

    def __init__(
        self, model: Backbone, adapter: Adapter, vocabulary: Vocabulary, rows: MotionRows
    ) -> None:
        self._model = model
        self._layers = model.upper_layers(adapter)
        self._vocabulary = vocabulary
        self._rows = rows
        self._head = model.text_head()
        ids = np.array([model.tokenizer.encode(prompts.CAPTION_PROMPT)])
        cache = model.lower_cache(1, ids.shape[1])
        self._prompt = model.run_text(ids, cache)[0]
        self._prompt_cache = cache.row(0)
        self._known: dict[bytes, tuple[Any, np.ndarray]] = {}

    def decode(
        self,
        motions: Sequence[np.ndarray],
        progress: Progress,
        cancelled: Cancelled,
        generators: Sequence[np.random.Generator] | None = None,
    ) -> list[list[int]]:
        """Return the text ids of the caption of each motion (n, levels), without the end token.

        Args:
            generators: draw the tokens with these, as many a motion, motion by motion: so many
                captions are returned. Else the likeliest tokens are taken.

        Raises:
            MotionError: "cancelled" soon after `cancelled()` turns true.
        """
        count = len(motions) if generators is None else len(generators)
        total = count * CAPTION_TOKENS
        stop_if(cancelled)
        known = self._known_motions(motions)
        copies = np.repeat(np.arange(len(motions)), count // len(motions))
        longest = max(keys.shape[2] for (keys, _), _ in known)
        upper = self._model.upper_cache(count, longest + CAPTION_TOKENS)
        upper.fill([known[index][0] for index in copies])
        logits = np.stack([known[index][1] for index in copies])
        lower = self._model.lower_cache(count, len(self._prompt) + CAPTION_TOKENS)
        lower.fill([self._prompt_cache] * count)

        texts: list[list[int]] = [[] for _ in range(count)]
        live = np.arange(count)
        for step in range(CAPTION_TOKENS):
            if generators is None:
                tokens = logits.argmax(axis=1)
            else:
                tokens = np.array([
                    sample(row, generators[int(index)], TEMPERATURE, TOP_P)
                    for index, row in zip(live, logits, strict=True)
                ])  # fmt: skip
            going = tokens != self._model.tokenizer.end
            for index, token in zip(live[going], tokens[going], strict=True):
                texts[index].append(int(token))
            live = live[going]
            progress(total - len(live) * (CAPTION_TOKENS - 1 - step), total)
            if not len(live) or step == CAPTION_TOKENS - 1:
                break
            if not going.all():
                upper.keep(np.flatnonzero(going))
                lower.keep(np.flatnonzero(going))
            states = self._model.run_text(tokens[going][:, None], lower)
            stop_if(cancelled)
            logits = self._head(self._model.run_upper(self._layers, states, upper))
        return texts

    def likelihoods(
        self, motions: Sequence[np.ndarray], texts: Sequence[str], cancelled: Cancelled
    ) -> np.ndarray:
        """Return how likely each text is as the caption of its motion (n, levels): nats, (N,).

        Raises:
            MotionError: "cancelled" soon after `cancelled()` turns true.
        """
        found: list[np.ndarray] = []
        for first in range(0, len(motions), SCORED):
            stop_if(cancelled)
            part = slice(first, first + SCORED)
            found.append(self._likelihoods(motions[part], texts[part]))
        return np.concatenate(found)

    def _likelihoods(self, motions: Sequence[np.ndarray], texts: Sequence[str]) -> np.ndarray:
        tokenizer = self._model.tokenizer
        answers = [tokenizer.encode(prompts.m2t_answer(text)) for text in texts]
        count, most = len(motions), max(map(len, answers))
        upper, states = self._read_motions(motions, most)
        ids = np.zeros((count, most), np.int64)
        for row, answer in zip(ids, answers, strict=True):
            row[: len(answer)] = answer  # what follows an answer is never looked at
        lower = self._model.lower_cache(count, len(self._prompt) + most)
        lower.fill([self._prompt_cache] * count)
        first = self._model.run_upper(self._layers, states, upper)
        more = self._model.run_upper_columns(self._layers, self._model.run_text(ids, lower), upper)
        total = np.zeros(count)
        for column in range(most + 1):
            logits = self._head(first if column == 0 else more[:, column - 1])
            for index, answer in enumerate(answers):
                if column <= len(answer):
                    token = answer[column] if column < len(answer) else tokenizer.end
                    row = logits[index].astype(np.float64)
                    total[index] += row[token] - np.logaddexp.reduce(row)
        return total

    def _known_motions(self, motions: Sequence[np.ndarray]) -> list[tuple[Any, np.ndarray]]:
        """Return what the upper layers keep of each motion, and the scores of the first token.

        A motion is read once, however many captions of it are drawn and however often it is asked
        for; of the last KNOWN motions that is remembered.
        """
        names = [codes.tobytes() for codes in motions]
        unknown = {name: codes for name, codes in zip(names, motions, strict=True)
                   if name not in self._known}  # fmt: skip
        if unknown:
            upper, states = self._read_motions(list(unknown.values()), 0)
            scores = self._head(self._model.run_upper(self._layers, states, upper))
            for row, name in enumerate(unknown):
                self._known[name] = upper.row(row), scores[row].copy()
        found = [self._known[name] for name in names]
        while len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]
        return found

    def _read_motions(self, motions: Sequence[np.ndarray], room: int):
        """Return an upper cache with room for so many further columns, and what it is to read."""
        sequences = [self._sequence(codes) for codes in motions]
        longest = max(map(len, sequences))
        states = np.zeros((len(motions), longest, self._model.shape.width), np.float32)
        for row, sequence in zip(states, sequences, strict=True):
            row[longest - len(sequence) :] = sequence
        upper = self._model.upper_cache(len(motions), longest + room)
        upper.pad = np.array([longest - len(sequence) for sequence in sequences])
        return upper, states

    def _sequence(self, codes: np.ndarray) -> np.ndarray:
        """Return what enters the upper layers before the caption: (columns, width)."""
        start, end = self._rows.marks([self._vocabulary.start(), self._vocabulary.end])
        rows = self._rows.tokens(codes, len(codes))
        return np.concatenate([self._prompt, start[None], rows, end[None]])
