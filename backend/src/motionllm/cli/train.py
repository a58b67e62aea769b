"""`motionllm train`: the models of a pack. Standard library at import."""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from motionllm import advice
from motionllm.cli.data import DATA, RUNS
from motionllm.cli.options import Commands
from motionllm.errors import MotionError
from motionllm.folder_lock import lock_folder
from motionllm.train.recipes import RECIPES
from motionllm.train.run_folder import run_folder

if TYPE_CHECKING:
    from motionllm.pack.pack import Pack


def register(commands: Commands) -> None:
    """Add the subcommands; each sets `run`, a function of the parsed options."""
    train = commands.add_parser("train", help="train a model pack").add_subparsers(
        dest="task", required=True
    )
    for task, text, minutes in (
        ("tokenizer", "the motion tokenizer (VQ-VAE)", 120.0),
        ("t2m", "the adapter from text to motion", 240.0),
        ("m2t", "the adapter from motion to text", 90.0),
    ):
        _add_task(train, task, text, minutes)
    _add_people(train)
    _add_evaluator(train)
    _add_pack(train)


def _add_task(train: Commands, task: str, text: str, minutes: float) -> None:
    part = train.add_parser(task, help=f"train {text}; a stopped run goes on where it was")
    part.add_argument("--data", type=Path, default=DATA)
    part.add_argument("--run", dest="folder", type=Path, default=RUNS / task,
                      help="folder of the run: log, checkpoints")  # fmt: skip
    part.add_argument("--minutes", type=float, default=minutes,
                      help=f"budget over all restarts ({minutes:.0f})")  # fmt: skip
    part.add_argument("--seed", type=int, default=0)
    part.add_argument("--threads", type=int, help="CPU threads (all)")
    part.add_argument("--start", metavar="PACK",
                      help="a new run begins from what this pack knows")  # fmt: skip
    if task != "tokenizer":
        part.add_argument("--tokenizer", type=Path, default=RUNS / "tokenizer",
                          help="a tokenizer's run, or a pack that has one")  # fmt: skip
        part.add_argument("--backbone", type=Path, help="GGUF file or transformers folder")
        part.add_argument("--device", default="auto", help="auto, cpu, cuda, ... (auto)")
    if task == "t2m":
        part.add_argument("--recipe", choices=sorted(RECIPES), default="ours",
                          help="another way to train, to compare with (ours)")  # fmt: skip
    part.set_defaults(run=_in_run_folder(_train), recipe="ours")


def _add_people(train: Commands) -> None:
    people = train.add_parser(
        "people", help="train the adapter for several people, on top of a pack's text to motion"
    )
    people.add_argument("--data", type=Path, default=DATA)
    people.add_argument("--run", dest="folder", type=Path, default=RUNS / "people",
                        help="folder of the run: log, checkpoints")  # fmt: skip
    people.add_argument("--minutes", type=float, default=60.0,
                        help="budget over all restarts (60)")  # fmt: skip
    people.add_argument("--seed", type=int, default=0)
    people.add_argument("--threads", type=int, help="CPU threads (all)")
    people.add_argument("--start", metavar="PACK", default="default",
                        help="the pack whose text to motion it begins from")  # fmt: skip
    people.add_argument("--device", default="auto", help="auto, cpu, cuda, ... (auto)")
    people.add_argument("--backbone", type=Path, help="GGUF file or transformers folder")
    people.add_argument("--places-only", action="store_true",
                        help="tell followers of the leader by place tokens alone")  # fmt: skip
    people.add_argument("--share", type=float, default=1.0,
                        help="of the groups trained on, for a curve over data (1)")  # fmt: skip
    people.set_defaults(run=_in_run_folder(_train_people))


def _add_evaluator(train: Commands) -> None:
    evaluator = train.add_parser(
        "evaluator", help="train what matches motions and captions, for 'motionllm eval'"
    )
    evaluator.add_argument("--data", type=Path, default=DATA)
    evaluator.add_argument("--run", dest="folder", type=Path, default=RUNS / "evaluator")
    evaluator.add_argument("--minutes", type=float, default=15.0, help="budget (15)")
    evaluator.add_argument("--seed", type=int, default=0)
    evaluator.add_argument("--threads", type=int, help="CPU threads (all)")
    evaluator.add_argument("--backbone", type=Path, help="GGUF file or transformers folder")
    evaluator.set_defaults(run=_in_run_folder(_train_evaluator))


def _add_pack(train: Commands) -> None:
    pack = train.add_parser("pack", help="put three runs together into a model pack")
    pack.add_argument("name", help="the pack's name")
    pack.add_argument("--out", type=Path, help="folder to write (packs/NAME)")
    pack.add_argument("--data", type=Path, default=DATA)
    for task in ("tokenizer", "t2m", "m2t"):
        pack.add_argument(f"--{task}", type=Path, default=RUNS / task)
    pack.add_argument("--people", type=Path,
                      help="run of the adapter for several people, or a pack that has one; else "
                      "the one that the written pack has is kept")  # fmt: skip
    pack.add_argument("--backbone", type=Path)
    pack.set_defaults(run=_pack)


def _need_torch() -> None:
    if importlib.util.find_spec("torch") is None:  # imported later, when its words go to the log
        raise MotionError(
            "missing_dependency", "Training needs PyTorch, which is not installed here.",
            f"Install it with: {advice.install('train')}",
        )  # fmt: skip


def _pack_named(name: str) -> Pack:
    from motionllm.pack.folders import find_pack
    from motionllm.pack.pack import load_pack

    return load_pack(find_pack(name))


def _in_run_folder(train: Callable[[argparse.Namespace], None]) -> Callable:
    """Return the function of a command that trains: alone in its folder, quietly."""

    def run(options: argparse.Namespace) -> int:
        _need_torch()
        if options.minutes <= 0:
            raise MotionError("bad_request", "--minutes must be more than 0.")
        with run_folder(options.folder):
            import torch

            if options.threads:
                torch.set_num_threads(options.threads)
            train(options)
        return 0

    return run


def _train(options: argparse.Namespace) -> None:
    start = _pack_named(options.start) if options.start else None
    if options.task == "tokenizer":
        from motionllm.train.tokenizer import train

        train(options.data, options.folder, options.minutes, options.seed, start)
        return
    from motionllm.engine.on_torch.engine import choose_device
    from motionllm.pack.backbone import find_backbone
    from motionllm.train import adapters
    from motionllm.train.write_pack import load_tokenizer

    adapters.train(
        options.task, options.data, load_tokenizer(options.tokenizer),
        find_backbone(None, options.backbone), options.folder, options.minutes, options.seed,
        start, choose_device(options.device), RECIPES[options.recipe],
    )  # fmt: skip


def _train_people(options: argparse.Namespace) -> None:
    from motionllm.engine.on_torch.engine import choose_device
    from motionllm.pack.backbone import find_backbone
    from motionllm.train.people import train
    from motionllm.train.start import tokenizer_of

    start = _pack_named(options.start)
    train(
        options.data, tokenizer_of(start), find_backbone(start, options.backbone), options.folder,
        options.minutes, start, options.seed, not options.places_only,
        choose_device(options.device), options.share,
    )  # fmt: skip


def _train_evaluator(options: argparse.Namespace) -> None:
    from motionllm.pack.backbone import find_backbone
    from motionllm.train.matcher import train

    backbone = find_backbone(None, options.backbone)
    train(options.data, backbone, options.folder, options.minutes, options.seed)


def _found(name: str) -> Path | None:
    """Return the folder of the pack that a name stands for here, if there is one."""
    from motionllm.pack.folders import find_pack

    try:
        return find_pack(name).resolve()
    except MotionError:
        return None


def _pack(options: argparse.Namespace) -> int:
    _need_torch()
    from motionllm.pack.backbone import find_backbone
    from motionllm.train.run import run_metrics
    from motionllm.train.write_pack import write_pack

    out = options.out or Path("packs") / options.name
    metrics = run_metrics(options.tokenizer, options.t2m, options.m2t)
    with lock_folder(out):
        write_pack(
            out, options.name, options.data, options.tokenizer, options.t2m, options.m2t,
            find_backbone(None, options.backbone), metrics, options.people,
        )  # fmt: skip
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{out}: {size / 1e6:.1f} MB")
    known = _found(options.name) == out.resolve()
    print(f'Use it: motionllm generate "a person walks" --pack {options.name if known else out} '
          "--out walk.bvh")  # fmt: skip
    return 0
