"""`motionllm benchmark`: the engines beside transformers' own generate() of the same backbone.

numpy only itself; each program runs in a process of its own, which imports what it needs. Rows of
torch and transformers are left out where they are not installed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from motionllm.benchmark import lists
from motionllm.benchmark.programs import (
    BASELINE,
    CAPTIONS,
    Case,
    Report,
    cases,
    programs,
    run_program,
)
from motionllm.engine.choose import open_engine
from motionllm.errors import MotionError
from motionllm.pack.backbone import find_backbone
from motionllm.pack.folders import find_pack
from motionllm.pack.pack import load_pack
from motionllm.requests import GenerateRequest
from motionllm.tokens import prompts
from motionllm.tokens.sampling import token_count


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a Markdown table; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="motionllm benchmark",
        description="Time clips on every engine present, beside transformers' own generate() of "
        "the same backbone and number of tokens. Run it on a machine that does nothing else.",
    )
    parser.add_argument("--pack", default="default", help="name or folder of a model pack")
    parser.add_argument("--backbone", help="the language model's GGUF file")
    parser.add_argument("--seconds", type=float, nargs="+", metavar="S", help="(default: 4 10)")
    parser.add_argument("--batch", type=int, nargs="+", metavar="N", help="(default: 1 8)")
    parser.add_argument("--repeats", type=int, default=3, metavar="N")
    parser.add_argument(
        "--batch-clips", type=int, metavar="N",
        help="measure only how long the command takes over a list of N prompts, beside generate() "
        "at the same batch size (4 s and 8, unless --seconds and --batch say otherwise)",
    )  # fmt: skip
    parser.add_argument("--worker", nargs=2, metavar=("PROGRAM", "BEGIN"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    options.seconds = options.seconds or ([4.0] if options.batch_clips else [4.0, 10.0])
    options.batch = options.batch or ([8] if options.batch_clips else [1, 8])
    try:
        if options.worker:
            report = _measure(options, options.worker[0], float(options.worker[1]))
            print(json.dumps(asdict(report)))
            return 0
        if options.batch_clips:
            if len(options.seconds) > 1 or len(options.batch) > 1 or options.batch_clips < 1:
                parser.error("--batch-clips is 1 or more, with one of --seconds and --batch")
            print(lists.table(options))
            return 0
        print(table(cases(options), _run_all(options)))
    except MotionError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def table(cases: Sequence[Case], reports: dict[str, Report]) -> str:
    """Return the Markdown of some reports; "times faster" compares with generate() unguided."""
    lines = [
        "| clip | batch | guidance | program | seconds | times faster than generate() |",
        "|---:|---:|---:|---|---:|---:|",
    ]
    for index, case in enumerate(cases):
        plain = cases.index(Case(case.seconds, case.batch, 1.0))
        for program, report in reports.items():
            factor = ""
            if BASELINE in reports:
                factor = f"{reports[BASELINE].times[plain] / report.times[index]:.1f}"
            lines.append(
                f"| {case.seconds:g} s | {case.batch} | {case.guidance:g} | {program} "
                f"| {report.times[index]:.2f} | {factor} |"
            )
    lines += ["", "| program | start to first token, s | peak memory, MB |", "|---|---:|---:|"]
    for program, report in reports.items():
        memory = "" if report.memory is None else f"{report.memory:.0f}"
        lines.append(f"| {program} | {report.start:.1f} | {memory} |")
    return "\n".join(lines)


def _run_all(options: argparse.Namespace) -> dict[str, Report]:
    """Measure every program in a process of its own, one after the other."""
    return {program: run_program(program, options) for program in programs()}


def _measure(options: argparse.Namespace, program: str, begin: float) -> Report:
    pack = load_pack(find_pack(options.pack))
    backbone = find_backbone(pack, options.backbone)
    first: list[float] = []
    run = _baseline(backbone, first) if program == BASELINE else _engine(
        program, pack, backbone, first
    )  # fmt: skip
    run(Case(min(options.seconds), 1, 1.0), 0)  # warm: threads, buffers, the empty prompt
    start = first[0] - begin
    times = []
    for case in cases(options):
        if options.batch_clips:
            times.append(lists.time_all(run, case, options.batch_clips))
            continue
        taken = []
        for repeat in range(options.repeats):
            before = time.perf_counter()
            run(case, repeat)
            taken.append(time.perf_counter() - before)
        times.append(statistics.median(taken))
    return Report(start, _peak_memory(), times)


def _engine(program: str, pack, backbone: Path, first: list[float]) -> Callable[[Case, int], None]:
    engine = open_engine(program, pack, backbone)
    asked = 0

    def progress(_done: int, _total: int) -> None:
        if not first:
            first.append(time.time())

    def run(case: Case, repeat: int) -> None:
        nonlocal asked
        asked += 1  # every request has a new text: nothing may come from memory
        engine.generate(
            [
                GenerateRequest(f"{text}, {asked}", case.seconds, repeat, guidance=case.guidance)
                for text in _texts(case)
            ],
            progress,
        )

    return run


def _baseline(backbone: Path, first: list[float]) -> Callable[[Case, int], None]:
    """Return transformers' way: the prompt, then as many tokens of text as motion has."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch
    from transformers import AutoTokenizer, LlamaForCausalLM

    where = {"pretrained_model_name_or_path": backbone.parent, "gguf_file": backbone.name}
    tokenizer = AutoTokenizer.from_pretrained(**where, padding_side="left")
    model = LlamaForCausalLM.from_pretrained(**where, dtype=torch.float32)
    writer: Any = model.eval()  # a decorator hides from checkers that it generates

    def generate(texts: list[str], tokens: int, guidance: float, seed: int) -> None:
        torch.manual_seed(seed)
        extra = {}
        if guidance != 1:
            plain = tokenizer([prompts.t2m_prompt("")] * len(texts), return_tensors="pt")
            extra = {
                "guidance_scale": guidance,
                "negative_prompt_ids": plain["input_ids"],
                "negative_prompt_attention_mask": plain["attention_mask"],
            }
        batch = tokenizer(texts, return_tensors="pt", padding=True)
        batch.pop("token_type_ids", None)
        with torch.inference_mode():
            writer.generate(
                **batch, **extra, do_sample=True, top_k=0, top_p=0.95,
                min_new_tokens=tokens, max_new_tokens=tokens, pad_token_id=2,
            )  # fmt: skip

    generate([prompts.t2m_prompt(CAPTIONS[0])], 1, 1.0, 0)
    first.append(time.time())

    def run(case: Case, repeat: int) -> None:
        texts = [prompts.t2m_prompt(text) for text in _texts(case)]
        generate(texts, token_count(case.seconds, 30, 6), case.guidance, repeat)

    return run


def _texts(case: Case) -> list[str]:
    return [CAPTIONS[index % len(CAPTIONS)] for index in range(case.batch)]


def _peak_memory() -> float | None:
    """Return this process's peak resident memory in megabytes."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


if __name__ == "__main__":
    sys.exit(main())
