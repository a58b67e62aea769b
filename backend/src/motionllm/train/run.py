"""What every training run shares: log file, progress, checkpoints, a schedule by time. torch.

A run lives in one folder: `log.txt`, `log.jsonl` (one record a report), `checkpoint.pt`. It is
budgeted in minutes of training, counted over restarts, so that a stopped run goes on where it was.
"""

import json
import math
import os
import time
import warnings
from pathlib import Path

import torch

from motionllm.errors import MotionError

CHECKPOINT_EVERY = 180.0  # seconds
REPORT_EVERY = 30.0


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
        warnings.showwarning = self._warned  # of libraries: for the log, not for the terminal

    def _warned(self, message: Warning | str, category: type[Warning], *_: object) -> None:
        self._log(f"{category.__name__}: {message}")

    def resume(self, state: dict) -> bool:
        """Load the checkpoint into `state`, a dict of objects with load_state_dict.

        The clock starts here: loading data and model is not training.
        """
        self._last = time.monotonic()
        path = self.folder / "checkpoint.pt"
        if not path.is_file():
            return False
        saved = torch.load(path, map_location="cpu", weights_only=True)
        for name, part in state.items():
            part.load_state_dict(saved[name])
        self.step, self._elapsed = saved["step"], saved["elapsed"]
        self.say(f"resumed at step {self.step}, {self._elapsed / 60:.1f} minutes done")
        return True

    def save(self, state: dict) -> None:
        """Write the checkpoint; an interrupted write leaves the old one whole.

        Raises:
            MotionError: code "output", if the disk is full or does not take it.
        """
        part = self.folder / "checkpoint.part"
        saved = {name: value.state_dict() for name, value in state.items()}
        try:
            torch.save(saved | {"step": self.step, "elapsed": self._elapsed}, part)
            os.replace(part, self.folder / "checkpoint.pt")
        except (OSError, RuntimeError) as error:  # torch tells of a full disk by the latter
            part.unlink(missing_ok=True)
            raise MotionError(
                "output", f"The checkpoint cannot be written to {self.folder}.",
                "Make room on the disk and run the same command again: it goes on from the last "
                "checkpoint.",
            ) from error  # fmt: skip
        self._saved = time.monotonic()

    def say(self, text: str) -> None:
        """Print a line and append it to the log."""
        line = f"{time.strftime('%H:%M:%S')} {text}"
        print(line, flush=True)
        self._log(line)

    def _log(self, line: str) -> None:
        with (self.folder / "log.txt").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def record(self, **values: object) -> None:
        """Append a record to log.jsonl."""
        values = {"step": self.step, "minutes": round(self._elapsed / 60, 2)} | values
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def held_out(self, figures: dict[str, float], what: str = "held out") -> None:
        """Say and record figures of recordings that are never trained on."""
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
