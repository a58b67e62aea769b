"""What is measured, and with what: programs, each in a process of its own. numpy only."""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import time
from dataclasses import dataclass

from motionllm.engine.choose import torch_installed
from motionllm.errors import MotionError
from motionllm.pack.folders import find_pack
from motionllm.pack.pack import load_pack

BASELINE = "generate()"  # of transformers
CAPTIONS = (  # eight prompts of everyday length, so that a batch is padded as in real use
    "a person walks forward and waves with the left hand",
    "an exhausted old man drags himself along",
    "someone runs in a circle to the right",
    "a woman bows deeply and then stands up straight again",
    "a person kicks with the right leg",
    "the man raises both arms over his head and turns around",
    "a person dances happily",
    "someone sneaks backwards, looking over the shoulder",
)


@dataclass(frozen=True)
class Case:
    """One measurement: a batch of clips of some length."""

    seconds: float
    batch: int
    guidance: float


@dataclass(frozen=True)
class Report:
    """What one program measured.

    Attributes:
        start: seconds from the process's begin to the first token.
        memory: peak resident megabytes, or None where the system does not tell.
        times: seconds of each case's batch, the median of the repeats.
    """

    start: float
    memory: float | None
    times: list[float]


def programs() -> list[str]:
    """Return what can be measured here, the baseline first."""
    found = ["embedded"]
    if torch_installed():
        found.insert(0, BASELINE)
        if importlib.util.find_spec("motionllm.engine.on_torch.engine"):
            found.append("torch")
    return found


def cases(options: argparse.Namespace) -> list[Case]:
    """Return what is measured: without guidance, and as the pack is shipped."""
    shipped = load_pack(find_pack(options.pack)).config["guidance"]
    return [
        Case(seconds, batch, guidance)
        for seconds in options.seconds
        for batch in options.batch
        for guidance in dict.fromkeys((1.0, float(shipped)))
    ]


def run_program(program: str, options: argparse.Namespace) -> Report:
    """Measure a program in a process of its own.

    Raises:
        MotionError: "internal", if it fails.
    """
    print(f"measuring {program} ...", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "motionllm.benchmark.engines", "--pack", str(options.pack)]
    command += ["--repeats", str(options.repeats)]
    command += ["--backbone", options.backbone] if options.backbone else []
    command += ["--seconds", *map(str, options.seconds), "--batch", *map(str, options.batch)]
    command += ["--batch-clips", str(options.batch_clips)] if options.batch_clips else []
    command += ["--worker", program, str(time.time())]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise MotionError("internal", f"Measuring {program} failed; see the lines above.")
    return Report(**json.loads(done.stdout.splitlines()[-1]))
