"""What every training run shares: log file, progress, checkpoints, a schedule by time. torch.

A run lives in one folder: `log.txt`, `log.jsonl` (one record a report), `checkpoint.pt`. It is
budgeted in minutes of training, counted over restarts, so that a stopped run goes on where it was.
"""

import io
import json
import math
import os
import pickle
import time
from pathlib import Path
from typing import NoReturn

import torch

from motionllm.errors import MotionError
from motionllm.train.run_folder import LOG, cannot_write

BEGUN = "begun.json"  # file of a run: what it was begun with
TOKENS = "tokens.npz"  # file of a run: the training set as tokens

CHECKPOINT_EVERY = 180.0  # seconds
REPORT_EVERY = 30.0
NAMES = {"data": "training set (--data)", "task": "kind of training"}


class Run:
    """Bookkeeping of one training run.

    Attributes:
        folder: where its files are.
        minutes: the budget.
        step: optimiser steps done, over all restarts.
    """

    def __init__(self, folder: Path, minutes: float) -> None:
        self.folder = folder
        self.minutes = minutes
        self.step = 0
        self._elapsed = 0.0
        self._last = self._reported = self._saved = time.monotonic()
        self._sums: dict[str, float] = {}
        self._count = 0
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, **what: str) -> None:
        """Make sure that a run goes on with what it was begun with, and note that.

        Args:
            what: "task", and hashes of the "data" and of the "tokenizer", as far as there are any.

        Raises:
            MotionError: "bad_request" where something else was trained in the folder, "output".
        """
        path = self.folder / BEGUN
        try:
            before = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            before = {}
        other = [name for name, value in what.items() if before.get(name, value) != value]
        if other and (self.folder / "checkpoint.pt").is_file():
            raise MotionError(
                "bad_request",
                f"The run in {self.folder} was begun with another {NAMES.get(other[0], other[0])}.",
                "Go on with that one, or give this training a folder of its own: --run FOLDER.",
            )  # fmt: skip
        if other:  # nothing was learnt of it yet
            (self.folder / TOKENS).unlink(missing_ok=True)
        self._write(path, json.dumps(before | what).encode())

    def resume(self, state: dict) -> bool:
        """Load the checkpoint into `state`, a dict of objects with load_state_dict.

        The clock starts here: loading data and model is not training.

        Raises:
            MotionError: "bad_file" for a checkpoint that does not fit.
        """
        self._last = time.monotonic()
        path = self.folder / "checkpoint.pt"
        if not path.is_file():
            return False
        try:
            saved = torch.load(path, map_location="cpu", weights_only=True)
            for name, part in state.items():
                part.load_state_dict(saved[name])
            self.step, self._elapsed = saved["step"], saved["elapsed"]
        except (RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError) as error:
            raise MotionError(
                "bad_file", f"{path} is broken or of another kind of training.",
                "Give this training a folder of its own with --run FOLDER, or remove that file.",
            ) from error  # fmt: skip
        self.say(f"resumed at step {self.step}, {self._elapsed / 60:.1f} minutes done")
        return True

    def save(self, state: dict) -> None:
        """Write the checkpoint; an interrupted write leaves the old one whole.

        Raises:
            MotionError: code "output", if the disk is full or does not take it.
        """
        saved = {name: value.state_dict() for name, value in state.items()}
        # Written in memory first: torch tells of a full disk by an error that may mean anything.
        whole = io.BytesIO()
        torch.save(saved | {"step": self.step, "elapsed": self._elapsed}, whole)
        self._write(self.folder / "checkpoint.pt", whole.getbuffer())
        self._saved = time.monotonic()

    def stopped(self, state: dict) -> NoReturn:
        """Write the checkpoint of a run that is stopped.

        Raises:
            MotionError: "cancelled", with how it goes on; "output".
        """
        self.save(state)
        raise MotionError(
            "cancelled",
            f"Stopped after {self._elapsed / 60:.1f} of {self.minutes:g} minutes.",
            "Run the same command again: it goes on from there.",
        )  # fmt: skip

    def say(self, text: str) -> None:
        """Print a line and append it to the log.

        Raises:
            MotionError: code "output".
        """
        line = f"{time.strftime('%H:%M:%S')} {text}"
        print(line, flush=True)
        self._append(LOG, line)

    def _append(self, name: str, line: str) -> None:
        path = self.folder / name
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise cannot_write(path, error) from error

    def _write(self, path: Path, data: bytes | memoryview) -> None:
        """Write a file; an interrupted write leaves the old one whole."""
        part = path.with_suffix(".part")
        try:
            part.write_bytes(data)
            os.replace(part, path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise cannot_write(path, error) from error

    def record(self, **values: object) -> None:
        """Append a record to log.jsonl."""
        values = {"step": self.step, "minutes": round(self._elapsed / 60, 2)} | values
        self._append("log.jsonl", json.dumps(values))

    def held_out(self, figures: dict[str, float], what: str = "held out") -> None:
        """Say and record figures of recordings that are never trained on, where there are any."""
        if not figures:
            return
        self.say(f"{what}: " + "  ".join(f"{name} {value:.4g}" for name, value in figures.items()))
        self.record(held_out=figures)

    @property
    def progress(self) -> float:
        """Share of the budget that is used, 0..1."""
        return min(1.0, self._elapsed / (60.0 * self.minutes))

    @property
    def finished(self) -> bool:
        """Whether the budget is used up."""
        return self.progress >= 1.0

    def learning_rate(self, peak: float, warmup_steps: int = 100) -> float:
        """Return the rate for this step: a short warm-up, then half a cosine to 2 % of the peak."""
        warm = min(1.0, (self.step + 1) / warmup_steps)
        return peak * warm * (0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * self.progress)))

    def advance(self, losses: dict[str, float], state: dict) -> bool:
        """Count a step; report and save when it is time. Return whether a report was made."""
        now = time.monotonic()
        self._elapsed += now - self._last
        self._last = now
        self.step += 1
        self._count += 1
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        if now - self._saved > CHECKPOINT_EVERY or self.finished:
            self.save(state)
        if now - self._reported < REPORT_EVERY and not self.finished:
            return False
        mean = {name: value / self._count for name, value in self._sums.items()}
        left = self.minutes - self._elapsed / 60
        parts = "  ".join(f"{name} {value:.4f}" for name, value in mean.items())
        self.say(f"step {self.step}  {left:.1f} min left  {parts}")
        self.record(**{name: round(value, 5) for name, value in mean.items()})
        self._sums, self._count, self._reported = {}, 0, now
        return True


def last_figures(run: Path) -> dict[str, float]:
    """Return the last held-out figures in a run's log.jsonl, or nothing."""
    try:
        lines = (run / "log.jsonl").read_text("utf-8").splitlines()
    except OSError:
        return {}
    for line in reversed(lines):
        record = json.loads(line)
        if "held_out" in record:
            return record["held_out"] | {"minutes": record["minutes"]}
    return {}


def run_metrics(tokenizer: Path, t2m: Path, m2t: Path) -> dict[str, float]:
    """Return the figures that a pack shows of itself, from folders of runs or of packs."""
    found: dict[str, float] = {}
    for name, run in (("tokenizer", tokenizer), ("t2m", t2m), ("m2t", m2t)):
        if (run / "pack.json").is_file():  # a tokenizer taken over keeps its figures
            metrics = json.loads((run / "pack.json").read_text("utf-8"))["metrics"]
            found |= {key: value for key, value in metrics.items() if key.startswith(f"{name} ")}
        found |= {f"{name} {key}": round(value, 4) for key, value in last_figures(run).items()}
    return found
