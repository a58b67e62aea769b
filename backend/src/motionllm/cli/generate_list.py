"""`motionllm generate --prompts FILE --out FOLDER`. Standard library at import."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from pathlib import Path

from motionllm.cli.file_names import file_named
from motionllm.engine.loaded import EngineChoice
from motionllm.errors import MotionError

SAY_EVERY = 60.0  # seconds between two lines where nobody watches


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says where the work is done."""
    parser.add_argument(
        "--cluster", choices=("ray",),
        help="with --prompts: share the work out over the Ray cluster that RAY_ADDRESS names or "
        "that runs here; where there is none, over this machine's cores (needs Ray: motionllm "
        "doctor)",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=int, metavar="N",
        help="with --prompts: engines side by side (default: one for each core or GPU, as memory "
        "allows; 0.8 GB each)",
    )  # fmt: skip


def run(options: argparse.Namespace, defaults, status) -> int:
    """Write a clip for every line of a file, and beside them a table of what they show.

    Args:
        defaults: a checked request whose numbers stand where a line has none.
        status: the terminal's line for progress.

    Raises:
        MotionError: what every line would meet; "cancelled" with what was done until then.
    """
    from motionllm.batch.groups import pack_digest
    from motionllm.batch.run import Outcome, run_batch
    from motionllm.pack.folders import find_pack
    from motionllm.pack.pack import load_pack

    if options.workers is not None and options.workers < 1:
        raise MotionError("bad_request", "--workers must be 1 or more.")
    pack = load_pack(find_pack(options.pack))
    digest = pack_digest(pack.folder)
    make = _maker(options, digest, status)
    outcome = Outcome()
    with _open_prompts(options.prompts) as lines:
        try:
            run_batch(
                lines, Path(options.out), defaults, digest, make, _Reporter(status).report, outcome,
                options.batch_size, pack.warning, Path(options.prompts).suffix,
            )  # fmt: skip
        except KeyboardInterrupt:
            raise MotionError(
                "cancelled",
                f"Stopped: {outcome.written:,} written, {outcome.kept:,} kept.",
                "Run the same command again to go on.",
            ) from None
        except MotionError as error:
            if not outcome.written:
                raise
            hint = f"{error.hint} {outcome.written:,} clips were written before.".strip()
            raise MotionError(error.code, error.message, hint) from error
    status.clear()
    lacking = _write_table(Path(options.out), outcome, options.require)
    print(f"{outcome.written} written, {outcome.kept} kept, {outcome.bad} bad lines")
    return 1 if outcome.bad or (lacking and options.require) else 0


def _write_table(folder: Path, outcome, require: bool) -> int:
    """Write what the clips show; return how many lack a clause, which is an error if required."""
    from motionllm.batch import table

    checked = lacking = 0

    def noted():
        nonlocal checked, lacking
        for row in table.rows(folder, zip(outcome.indices, outcome.numbers, strict=True)):
            checked += bool(row.verdict.ticks)
            lacking += not row.verdict.holds
            if require and not row.verdict.holds:
                told = f"{row.verdict.told()}{row.verdict.left_out()}"
                print(f"motionllm: line {row.line}: {row.file}: {told}", file=sys.stderr)
            yield row

    table.write_table(folder, noted())
    if checked:
        print(f"motionllm: {checked - lacking:,} of {checked:,} show every clause: "
              f"{folder / table.NAME}", file=sys.stderr)  # fmt: skip
    return lacking


def _maker(options: argparse.Namespace, digest: str, status):
    """Return what turns groups into clips: this machine or a cluster."""
    import motionllm
    from motionllm.batch import processes, ray_cluster

    if options.cluster:
        ray_cluster.need_ray()
    make = ray_cluster.make_on_ray if options.cluster else processes.make_here
    choice = EngineChoice(
        options.engine, options.device, str(options.pack), options.backbone,
        motionllm.__version__, digest,
    )  # fmt: skip
    return lambda groups: make(groups, choice, options.workers, status.show)


class _Reporter:
    """Tells of bad lines at once, and of progress where it is seen or from time to time."""

    def __init__(self, status) -> None:
        self._status = status
        self._began = self._last = time.monotonic()

    def report(self, text: str) -> None:
        if text.startswith("line"):
            self._status.clear()
            print(f"motionllm: {text}", file=sys.stderr, flush=True)
            return
        self._status.show(text)
        now = time.monotonic()
        if not self._status.watched and now - self._last > SAY_EVERY:
            self._last = now
            minutes = (now - self._began) / 60
            print(f"motionllm: {text} after {minutes:.0f} min", file=sys.stderr, flush=True)


def _open_prompts(name: str):
    if name == "-":
        return contextlib.nullcontext(sys.stdin.buffer)
    try:
        return file_named(name).open("rb")
    except OSError as error:
        raise MotionError("bad_request", f"{name} cannot be read: {error.strerror}.") from error
