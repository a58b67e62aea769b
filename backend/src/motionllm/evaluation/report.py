"""Figures of finished training runs, read from their logs. Standard library only."""

import json
from pathlib import Path


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
