"""`motionllm benchmark --batch-clips N`: the JSONL command beside transformers' generate().

The command is timed as its users time it, from its start to its end, loading and writing included;
generate() only while it works, loaded and warm. So the factor is rather too small than too large.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from motionllm.benchmark.programs import BASELINE, CAPTIONS, Case, cases, programs, run_program
from motionllm.errors import MotionError


def table(options: argparse.Namespace) -> str:
    """Return the Markdown table of a batch of clips by every program present.

    Args:
        options: of the benchmark's command, with one `batch` and one `seconds`.

    Raises:
        MotionError: "internal", if a program fails.
    """
    measured = cases(options)
    rates: list[tuple[str, float, float]] = []  # program, guidance, clips a second
    found = programs()
    if BASELINE in found:
        report = run_program(BASELINE, options)
        for case, taken in zip(measured, report.times, strict=True):
            rates.append((BASELINE, case.guidance, options.batch_clips / taken))
    for program in found:
        if program != BASELINE:
            for case in measured:
                taken = _command(options, program, case)
                rates.append((program, case.guidance, options.batch_clips / taken))
    return _markdown(options, measured[0], rates)


def time_all(run: Callable, case: Case, clips: int) -> float:
    """Return the seconds that `run(case, repeat)` takes over a number of clips, batch by batch."""
    before = time.perf_counter()
    for start in range(0, clips, case.batch):
        size = min(case.batch, clips - start)
        run(Case(case.seconds, size, case.guidance), start)
    return time.perf_counter() - before


def _command(options: argparse.Namespace, program: str, case: Case) -> float:
    """Return the seconds of `motionllm generate --prompts` over all clips."""
    print(f"measuring {program}, guidance {case.guidance:g} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="motionllm-") as folder:
        prompts = Path(folder) / "prompts.jsonl"
        with prompts.open("w", encoding="utf-8") as file:
            for index in range(options.batch_clips):
                text = f"{CAPTIONS[index % len(CAPTIONS)]}, {index}"  # a text of its own each
                print(json.dumps({"text": text, "seconds": case.seconds}), file=file)
        command = [sys.executable, "-m", "motionllm", "generate", "--prompts", str(prompts)]
        command += ["--out", str(Path(folder) / "clips"), "--engine", program]
        command += ["--batch-size", str(case.batch), "--guidance", str(case.guidance)]
        command += ["--pack", str(options.pack), "--device", "cpu"]
        command += ["--backbone", options.backbone] if options.backbone else []
        before = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        taken = time.perf_counter() - before
        if done.returncode or not done.stdout.startswith(f"{options.batch_clips} written"):
            raise MotionError("internal", f"The batch by {program} failed; see the lines above.")
    return taken


def _markdown(
    options: argparse.Namespace, case: Case, rates: list[tuple[str, float, float]]
) -> str:
    known = {guidance: rate for program, guidance, rate in rates if program == BASELINE}
    lines = [
        f"{options.batch_clips} clips of {case.seconds:g} s, {case.batch} decoded together; "
        "generate() without its loading, the command as a whole.",
        "",
        "| program | guidance | clips a second | times generate() guided alike | unguided |",
        "|---|---:|---:|---:|---:|",
    ]
    for program, guidance, rate in rates:
        name = program if program == BASELINE else f"generate --prompts, {program}"
        factors = [f"{rate / known[g]:.1f}" if g in known else "" for g in (guidance, 1.0)]
        lines.append(f"| {name} | {guidance:g} | {rate:.2f} | {factors[0]} | {factors[1]} |")
    return "\n".join(lines)
