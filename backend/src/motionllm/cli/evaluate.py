"""`motionllm eval` and `motionllm gallery`. Standard library at import."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from motionllm.cli.data import DATA, RUNS
from motionllm.cli.options import Commands
from motionllm.engine.options import add_arguments, engines_of
from motionllm.errors import MotionError

PARTS = (
    "predicates", "tokenizer", "prompts", "everyday_predicates", "everyday", "physics", "captions",
    "matching", "people", "judge",
)  # fmt: skip


def register(commands: Commands) -> None:
    """Add the subcommands; each sets `run`, a function of the parsed options."""
    evaluate = commands.add_parser(
        "eval", help="measure a model pack against held-out recordings",
        description="Measure a model pack: the prompt suite, motion, tokenizer, captions. Writes "
        "OUT/PACK.md and OUT/PACK.json; a part that is measured replaces only itself.",
    )  # fmt: skip
    evaluate.add_argument("--data", type=Path, default=DATA, help=f"training set ({DATA})")
    evaluate.add_argument("--seeds", type=int, default=3, help="clips of each prompt (3)")
    evaluate.add_argument("--only", metavar="PARTS", default=",".join(PARTS),
                          help="some of " + ",".join(PARTS))  # fmt: skip
    evaluate.add_argument("--evaluator", type=Path, default=RUNS / "evaluator",
                          help="run of 'motionllm train evaluator' (for matching)")  # fmt: skip
    evaluate.add_argument("--rivals", type=Path, default=RUNS / "rivals",
                          help="runs of 'motionllm train t2m --recipe NAME', each in a folder of "
                          "that name")  # fmt: skip
    evaluate.add_argument("--takes", type=Path, default=RUNS / "takes",
                          help="folder where takes of the everyday suite are kept")  # fmt: skip
    evaluate.add_argument("--out", type=Path, default=Path("docs") / "evaluation")
    add_arguments(evaluate)
    evaluate.set_defaults(run=_evaluate)

    gallery = commands.add_parser("gallery", help="draw a page of prompts as motion strips")
    gallery.add_argument("--out", type=Path, default=Path("docs") / "gallery.md")
    gallery.add_argument("--people", action="store_true",
                         help="draw six sentences for two people instead")  # fmt: skip
    add_arguments(gallery)
    gallery.set_defaults(run=_gallery)


def _evaluate(options: argparse.Namespace) -> int:
    from motionllm.evaluation.session import Session
    from motionllm.evaluation.tables import Results
    from motionllm.pack.backbone import find_backbone

    parts = [part for part in options.only.split(",") if part]
    unknown = sorted(set(parts) - set(PARTS))
    if unknown or not parts:
        raise MotionError(
            "bad_request", f"There is no part {', '.join(unknown) or 'to measure'}.",
            "Parts are " + ", ".join(PARTS) + ".",
        )  # fmt: skip
    if options.seeds < 1:
        raise MotionError("bad_request", "--seeds must be 1 or more.")
    engine = engines_of(options).get()
    backbone = find_backbone(engine.pack, options.backbone)
    session = Session(
        engine,
        options.data,
        options.seeds,
        _say,
        options.evaluator,
        options.rivals,
        backbone,
        options.takes,
    )
    results = Results(options.out, engine.pack)
    for part in PARTS:
        if part in parts:
            _say(f"measuring {part}")
            tables = getattr(session, part)()
            command = f"motionllm eval --pack {engine.pack.name} --seeds {options.seeds}"
            command += "" if options.data == DATA else f" --data {options.data}"
            results.put(part, tables, f"{command} --only {part}")
            for table in tables[:1]:
                print(table.markdown(), flush=True)
    print(options.out / f"{engine.pack.name}.md")
    return 0


def _gallery(options: argparse.Namespace) -> int:
    from motionllm.evaluation.gallery import draw, draw_people

    engine = engines_of(options).get()
    for path in (draw_people if options.people else draw)(engine, options.out):
        print(path)
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
