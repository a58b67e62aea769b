"""The two decode loops: text to motion tokens, and motion tokens to text. numpy only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from motionllm.engine.embedded.backbone_model import BackboneModel
from motionllm.engine.embedded.destination import Goals
from motionllm.engine.embedded.llama import KeyValues
from motionllm.engine.embedded.rows_and_heads import MotionRows, ResidualHead
from motionllm.engine.embedded.weights import Adapter
from motionllm.errors import MotionError
from motionllm.motion.lead import End
from motionllm.tokens import destination, prompts
from motionllm.tokens.sampling import SHORTEST_OPEN, Window, guide, sample
from motionllm.tokens.vocabulary import Vocabulary

REMEMBERED_COLUMNS = 4000  # text columns whose keys and values are kept (23 kB each)

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass
class MotionTask:
    """One motion to decode; `codes` grows by one row (levels,) a token.

    Attributes:
        wanted: what of the end is given, see motionllm.motion.lead.
        end: codes (3,) of where the first window ends, see motionllm.tokens.destination; None until drawn.
    """

    text: str
    windows: list[Window]
    generator: np.random.Generator
    temperature: float
    top_p: float
    guidance: float
    codes: list[np.ndarray] = field(default_factory=list)
    wanted: End | None = None
    end: np.ndarray | None = None

    @property
    def planned(self) -> int:
        """Tokens it will have at most."""
        return sum(window.limit - window.context for window in self.windows)


class MotionDecoder:
    """Text to motion tokens, in batches.

    Args:
        rows: what stands for a motion token at the entry layer.
        head, bias: float32 (vocabulary.outputs, width) and (vocabulary.outputs,).
        residual_heads: what scores the further codes of a token, level by level.
        goals: what draws where a motion ends.
    """

    def __init__(
        self,
        model: BackboneModel,
        adapter: Adapter,
        vocabulary: Vocabulary,
        rows: MotionRows,
        head: np.ndarray,
        bias: np.ndarray,
        residual_heads: Sequence[ResidualHead],
        goals: Goals,
    ) -> None:
        self._model = model
        self._layers = model.upper_layers(adapter)
        self._vocabulary = vocabulary
        self._rows = rows
        self._head = model.head(head, bias)
        self._residual_heads = [(part, model.residual_head(part)) for part in residual_heads]
        self._goals = goals
        self._goal_state = model.head(goals.state, np.zeros(len(goals.state), np.float32))
        self._read: OrderedDict[str, tuple[np.ndarray, np.ndarray]] = OrderedDict()

    def decode(self, tasks: Sequence[MotionTask], progress: Progress, cancelled: Cancelled) -> None:
        """Fill in the codes of all tasks, as one batch.

        Raises:
            MotionError: "cancelled" soon after `cancelled()` turns true.
        """
        stop_if(cancelled)
        wanted = [prompts.t2m_prompt(task.text) for task in tasks]
        plain = prompts.t2m_prompt("")
        guided = [plain] if any(task.guidance != 1 for task in tasks) else []
        prefixes = self._prefixes([*wanted, *guided])
        for step in range(max(len(task.windows) for task in tasks)):
            chosen = [i for i, task in enumerate(tasks) if len(task.windows) > step]
            batch = _Batch(
                [tasks[i] for i in chosen],
                [tasks[i].windows[step] for i in chosen],
                [prefixes[wanted[i]] for i in chosen],
                prefixes.get(plain),
            )
            self._decode_window(batch, tasks, progress, cancelled)

    def _decode_window(self, batch: _Batch, tasks, progress: Progress, cancelled: Cancelled):
        """Decode one window of every task in a batch."""
        longest = max(window.limit for window in batch.windows)
        cache = batch.start(self._model, 2 + longest)
        states = np.stack([self._opening(task, window) for task, window in batch.pairs()])
        filled = batch.windows[0].context  # the same in all: windows of a round are of one kind
        if not filled:
            stop_if(cancelled)
            states = self._settle(batch, self._model.run_upper(
                self._layers, batch.doubled(states), cache
            ))  # fmt: skip
        while True:
            stop_if(cancelled)
            hidden = self._model.run_upper(self._layers, batch.doubled(states), cache)
            filled += 1
            codes = self._draw(batch, hidden, filled)
            ended = codes[:, 0] == self._vocabulary.end
            going = [
                not ends and filled < window.limit
                for ends, window in zip(ended, batch.windows, strict=True)
            ]
            for task, row, ends in zip(batch.tasks, codes, ended, strict=True):
                if ends:
                    task.windows = [Window(0, None, len(task.codes))]  # so `planned` is true
                else:
                    task.codes.append(row)
            progress(sum(len(task.codes) for task in tasks), sum(task.planned for task in tasks))
            if not all(going):
                batch.drop(going, cache)
            if not batch.tasks:
                break
            states = np.stack([self._said(task, window, filled) for task, window in batch.pairs()])

    def _settle(self, batch: _Batch, hidden) -> np.ndarray:
        """Draw where each motion ends, at the start rows; return the ends' rows."""
        for task, state in zip(batch.tasks, self._goal_state(hidden), strict=False):
            given = (
                destination.given(task.wanted) if task.wanted else (None,) * len(destination.SIZES)
            )
            task.end = self._goals.draw(state, task.generator, task.temperature, task.top_p, given)
        return np.stack(
            [self._goals.first_row(task.end, window.length) for task, window in batch.pairs()]
        )

    def _said(self, task: MotionTask, window: Window, filled: int) -> np.ndarray:
        """Return the row (1, width) of the token drawn last, a window's `filled`-th."""
        codes = np.stack(task.codes[-filled:])
        row = self._rows.tokens(codes, window.length, filled - 1)
        if not window.context:
            row += self._goals.token_rows(task.end, codes, window.length, filled - 1)
        return row

    def _opening(self, task: MotionTask, window: Window) -> np.ndarray:
        """Return what a window begins with: its start mark and the tokens given, (n, width)."""
        start = self._rows.marks([self._vocabulary.start(window.length)])
        if not window.context:
            return start
        given = np.stack(task.codes[-window.context :])
        return np.concatenate([start, self._rows.tokens(given, window.length)])

    def _draw(self, batch: _Batch, hidden, filled: int) -> np.ndarray:
        """Draw each task's next token, level by level: (tasks, levels); the end has no levels.

        `filled` counts the window's tokens with this one.
        """
        end = self._vocabulary.end
        codes = np.zeros((len(batch.tasks), 1 + len(self._residual_heads)), np.int64)
        logits = batch.guided(self._head(hidden))
        for row, scores, (task, window) in zip(codes, logits, batch.pairs(), strict=True):
            if window.length is not None or filled <= SHORTEST_OPEN:
                scores[end] = -np.inf
            row[0] = sample(scores, task.generator, task.temperature, task.top_p)
        going = np.flatnonzero(codes[:, 0] != end)
        known = np.minimum(codes, end - 1)  # a row for the end too, which nobody reads
        for level, (head, score) in enumerate(self._residual_heads, start=1):
            logits = batch.guided(score(hidden, batch.doubled(head.said_by(known))))
            for i in going:
                task = batch.tasks[i]
                known[i, level] = codes[i, level] = sample(
                    logits[i], task.generator, task.temperature, task.top_p
                )
        return codes

    def _prefixes(self, texts: Sequence[str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return the upper keys and values of each text, remembering those used last."""
        new = [text for text in dict.fromkeys(texts) if text not in self._read]
        if new:
            encode = self._model.tokenizer.encode
            rows = self._model.read_prompts(self._layers, [encode(text) for text in new])
            self._read.update(zip(new, rows, strict=True))
        found = {text: self._read[text] for text in texts}
        for text in found:
            self._read.move_to_end(text)
        columns = sum(keys.shape[2] for keys, _ in self._read.values())
        while columns > REMEMBERED_COLUMNS:
            _, (keys, _) = self._read.popitem(last=False)
            columns -= keys.shape[2]
        return found


class _Batch:
    """The tasks of a window still going on: one row each, then one more for each guided task."""

    def __init__(self, tasks, windows, prefixes, plain) -> None:
        self.tasks: list[MotionTask] = tasks
        self.windows: list[Window] = windows
        self._twins = self._guided_indices()
        self._prefixes = [*prefixes, *[plain] * len(self._twins)]

    def _guided_indices(self) -> np.ndarray:
        return np.array([i for i, t in enumerate(self.tasks) if t.guidance != 1], np.int64)

    def start(self, model: BackboneModel, room: int) -> KeyValues:
        """Return a cache that holds every row's text and has room for more columns."""
        longest = max(keys.shape[2] for keys, _ in self._prefixes)
        cache = model.upper_cache(len(self._prefixes), longest + room)
        cache.fill(self._prefixes)
        return cache

    def pairs(self) -> list[tuple[MotionTask, Window]]:
        """Return every task with its window."""
        return list(zip(self.tasks, self.windows, strict=True))

    def doubled(self, rows: np.ndarray) -> np.ndarray:
        """Return one row a task as one a row of the cache."""
        return np.concatenate([rows, rows[self._twins]])

    def guided(self, logits: np.ndarray) -> np.ndarray:
        """Return logits (tasks, outputs) from those of all rows."""
        out = logits[: len(self.tasks)].copy()
        for twin, plain in zip(self._twins, logits[len(self.tasks) :], strict=True):
            out[twin] = guide(out[twin], plain, self.tasks[twin].guidance)
        return out

    def drop(self, going: list[bool], cache: KeyValues) -> None:
        """Forget the tasks that do not go on, and their rows of the cache."""
        cache.keep(np.flatnonzero([*going, *(going[twin] for twin in self._twins)]))
        self.tasks = [task for task, goes in zip(self.tasks, going, strict=True) if goes]
        self.windows = [window for window, goes in zip(self.windows, going, strict=True) if goes]
        self._twins = self._guided_indices()


def stop_if(cancelled: Cancelled) -> None:
    """Raise MotionError "cancelled" where somebody has cancelled."""
    if cancelled():
        raise MotionError("cancelled", "The request was cancelled.")
