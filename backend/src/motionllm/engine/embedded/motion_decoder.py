"""The decode loop of one person: text to motion tokens. numpy only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from motionllm.engine.embedded.backbone_model import Backbone, Cache
from motionllm.engine.embedded.destination import Destinations
from motionllm.engine.embedded.rows_and_heads import MotionRows
from motionllm.engine.embedded.token_heads import GuidedRows, Leaning, TokenHeads
from motionllm.engine.embedded.weights import Adapter
from motionllm.errors import MotionError
from motionllm.motion.lead import End
from motionllm.progress import Cancelled, Progress
from motionllm.tokens import destination, prompts, steer
from motionllm.tokens.sampling import SHORTEST_OPEN, Window
from motionllm.tokens.vocabulary import Vocabulary

REMEMBERED_COLUMNS = 4000  # text columns whose keys and values are kept (23 kB each)


@dataclass
class MotionTask:
    """One motion to decode; `codes` grows by one row (levels,) a token.

    Attributes:
        asked_end: what of the end is given, see motionllm.motion.lead.
        destination: codes (3,) of where the first window ends, see motionllm.tokens.destination;
            of use once they are drawn.
    """

    text: str
    windows: list[Window]
    generator: np.random.Generator
    temperature: float
    top_p: float
    guidance: float
    codes: list[np.ndarray] = field(default_factory=list)
    asked_end: End | None = None
    destination: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    steering: steer.Steering | None = None

    @property
    def planned(self) -> int:
        """Tokens it will have at most."""
        return sum(window.limit - window.context for window in self.windows)


class MotionDecoder:
    """Text to motion tokens, in batches.

    Args:
        rows: what stands for a motion token at the entry layer.
        heads: what draws a token.
        destinations: what draws where a motion ends.
    """

    def __init__(
        self,
        model: Backbone,
        adapter: Adapter,
        vocabulary: Vocabulary,
        rows: MotionRows,
        heads: TokenHeads,
        destinations: Destinations,
    ) -> None:
        self._model = model
        self._layers = model.upper_layers(adapter)
        self._vocabulary = vocabulary
        self._rows = rows
        self._heads = heads
        self._destinations = destinations
        self._path = destinations.path
        state = destinations.state
        self._destination_state = model.head(state, np.zeros(len(state), np.float32))
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

    def _decode_window(
        self, batch: _Batch, tasks: Sequence[MotionTask], progress: Progress, cancelled: Cancelled
    ) -> None:
        """Decode one window of every task in a batch; progress is told of all tasks."""
        longest = max(window.limit for window in batch.windows)
        cache = batch.start(self._model, 2 + longest)
        states = np.stack([self._opening(task, window) for task, window in batch.pairs()])
        filled = batch.windows[0].context  # the same in all: windows of a round are of one kind
        if not filled:
            stop_if(cancelled)
            hidden = self._model.run_upper(self._layers, batch.doubled(states), cache)
            states = self._draw_destination(batch, hidden)
        while True:
            stop_if(cancelled)
            hidden = self._model.run_upper(self._layers, batch.doubled(states), cache)
            filled += 1
            may_end = [window.length is None and filled > SHORTEST_OPEN for window in batch.windows]
            leaning = [self._leaning(task) for task in batch.tasks]
            codes = self._heads.draw_token(batch.tasks, batch.rows, hidden, may_end, leaning)
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

    def _draw_destination(self, batch: _Batch, hidden) -> np.ndarray:
        """Draw where each motion ends, at the start rows; return the ends' rows."""
        for task, state in zip(batch.tasks, self._destination_state(hidden), strict=False):
            self._draw_end(task, state)
        return np.stack(
            [
                self._destinations.first_row(task.destination, window.length)
                for task, window in batch.pairs()
            ]
        )

    def _draw_end(self, task: MotionTask, state: np.ndarray) -> None:
        """Draw where a motion ends, as far as that is not given, and how it gets there."""
        sampling = task.generator, task.temperature, task.top_p
        end = task.asked_end
        if end is not None:
            own = destination.decode(self._destinations.draw(state, *sampling))
            goes = steer.manner(own)
            if end.place is not None:
                end = steer.with_turn(end, goes, bool(task.generator.random() < 0.5))
            task.steering = steer.Steering(
                end, goes, task.windows[0].length, float(np.hypot(own[0], own[1]))
            )
        task.destination = self._destinations.draw(state, *sampling, end)

    def _leaning(self, task: MotionTask) -> Leaning | None:
        """Return what makes a motion's next codes likelier that lead to its end."""
        steering = task.steering
        if steering is None:
            return None
        codes = task.codes
        place = self._path.places(np.stack(codes))[-1] if codes else np.zeros(3)
        return lambda drawn: steering.leaning(place, self._path.moves(drawn), len(codes))

    def _said(self, task: MotionTask, window: Window, filled: int) -> np.ndarray:
        """Return the row (1, width) of the token drawn last, a window's `filled`-th."""
        codes = np.stack(task.codes[-filled:])
        row = self._rows.tokens(codes, window.length, filled - 1)
        if not window.context:
            left = self._destinations.token_rows(task.destination, codes, window.length, filled - 1)
            row += left
        return row

    def _opening(self, task: MotionTask, window: Window) -> np.ndarray:
        """Return what a window begins with: its start mark and the tokens given, (n, width)."""
        start = self._rows.marks([self._vocabulary.start(window.length)])
        if not window.context:
            return start
        given = np.stack(task.codes[-window.context :])
        return np.concatenate([start, self._rows.tokens(given, window.length)])

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

    def __init__(
        self,
        tasks: list[MotionTask],
        windows: list[Window],
        prefixes: list[tuple[np.ndarray, np.ndarray]],
        plain: tuple[np.ndarray, np.ndarray] | None,
    ) -> None:
        """Begin with all tasks.

        Args:
            windows: of each task.
            prefixes: upper keys and values of each task's text.
            plain: those of the empty text, where a task is guided.
        """
        self.tasks = tasks
        self.windows = windows
        self.rows = GuidedRows(tasks)
        twins = [] if plain is None else [plain] * len(self.rows.twins)
        self._prefixes = [*prefixes, *twins]

    def start(self, model: Backbone, room: int) -> Cache:
        """Return a cache that holds every row's text and has room for more columns."""
        longest = max(keys.shape[2] for keys, _ in self._prefixes)
        cache = model.upper_cache(len(self._prefixes), longest + room)
        cache.fill(self._prefixes)
        return cache

    def pairs(self) -> list[tuple[MotionTask, Window]]:
        """Return every task with its window."""
        return list(zip(self.tasks, self.windows, strict=True))

    def doubled(self, states: np.ndarray) -> np.ndarray:
        """Return states of one row a task as one a row of the cache."""
        return self.rows.doubled(states)

    def drop(self, going: list[bool], cache: Cache) -> None:
        """Forget the tasks that do not go on, and their rows of the cache."""
        cache.keep(np.flatnonzero([*going, *(going[twin] for twin in self.rows.twins)]))
        self.tasks = [task for task, goes in zip(self.tasks, going, strict=True) if goes]
        self.windows = [window for window, goes in zip(self.windows, going, strict=True) if goes]
        self.rows = GuidedRows(self.tasks)


def stop_if(cancelled: Cancelled) -> None:
    """Raise MotionError "cancelled" where somebody has cancelled."""
    if cancelled():
        raise MotionError("cancelled", "The request was cancelled.")
