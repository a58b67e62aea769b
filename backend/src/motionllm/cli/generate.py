"""What the command line's commands do. Standard library at import; heavier things on use."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from motionllm.cli import generate_people as people_command
from motionllm.errors import MotionError

SUFFIXES = (".npz", ".bvh", ".png", ".gif", ".mp4")


class Status:
    """One line on a terminal's stderr that is overwritten; silent where nobody watches."""

    def __init__(self) -> None:
        self._shown = False
        self.watched = sys.stderr is not None and sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Put text in place of what is there."""
        if self.watched:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
            self._shown = True

    def clear(self) -> None:
        """Leave an empty line, for other output."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._shown = False

    def tokens(self, stage: str):
        """Return a function for an engine's progress."""
        return lambda done, total: self.show(f"{stage} {100 * done // max(total, 1)} %")


@contextlib.contextmanager
def status_line() -> Iterator[Status]:
    """Return the line, cleared at the end."""
    status = Status()
    try:
        yield status
    finally:
        status.clear()


def _engines(options: argparse.Namespace):
    from motionllm.engine.loaded import LoadedEngines

    return LoadedEngines(options.engine, options.device, options.pack, options.backbone)


def generate(options: argparse.Namespace) -> int:
    """Run `motionllm generate`."""
    if (options.text is None) == (options.prompts is None):
        raise MotionError(
            "bad_request", "Give either a text or --prompts FILE.", "See: motionllm generate --help"
        )
    if options.cluster and options.prompts is None:
        raise MotionError("bad_request", "--cluster goes with --prompts.")
    if options.count < 1 or options.batch_size < 1:
        raise MotionError("bad_request", "--count and --batch-size must be 1 or more.")
    if options.loop and (options.prompts is not None or people_command.asked(options)):
        raise MotionError("bad_request", "--loop goes with one text for one person.")
    if people_command.asked(options):
        return _generate_people(options)
    return _generate_one(options) if options.prompts is None else _generate_many(options)


def _request(options: argparse.Namespace, text: str, seed: int):
    from motionllm.engine.interface import GenerateRequest, check_request

    return check_request(
        GenerateRequest(
            text,
            options.seconds,
            seed,
            options.temperature,
            options.top_p,
            options.guidance,
            not options.no_cleanup,
            options.best_of,
            options.turn,
            options.ahead,
            options.left,
        )  # fmt: skip
    )


def _generate_one(options: argparse.Namespace) -> int:
    from motionllm.batch.run import check_folder
    from motionllm.motion import loop

    out = Path(options.out)
    _check_output(out)
    requests = [
        _request(options, options.text, options.seed + index) for index in range(options.count)
    ]
    if options.loop:
        requests = [loop.request_for(request) for request in requests]
    if options.count == 1:
        paths = [out]
    else:
        paths = [out.with_name(f"{out.stem}.{index}{out.suffix}") for index in range(len(requests))]
    check_folder(out.parent)
    with status_line() as status:
        engine = _engines(options).get(None, lambda: status.show("loading the model"))
        for start in range(0, len(requests), options.batch_size):
            some = slice(start, start + options.batch_size)
            clips = engine.generate(requests[some], status.tokens("generating"))
            for path, clip in zip(paths[some], clips, strict=True):
                status.show(f"writing {path}")
                write_clip(loop.close(clip, options.seconds) if options.loop else clip, path)
                status.clear()
                print(path, flush=True)
        if warning := engine.pack.warning(requests[0].text):
            print(warning, file=sys.stderr)
    return 0


def _generate_people(options: argparse.Namespace) -> int:
    if options.prompts is not None:
        raise MotionError("bad_request", "--people and --partner-of go with one text.")
    _check_output(Path(options.out))
    request = _request(options, options.text, options.seed)
    with status_line() as status:
        return people_command.run(options, request, _engines(options), status)


def _check_output(path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise MotionError(
            "bad_request",
            f"A motion cannot be written as {path.name!r}.",
            "The suffix must be one of " + ", ".join(SUFFIXES) + ".",
        )
    if path.is_dir():
        raise MotionError("bad_request", f"{path} is a folder.", "Give the name of a file.")
    if suffix not in (".npz", ".bvh"):
        from motionllm.pictures.films import check_suffix

        check_suffix(suffix)


def write_clip(clip, path: Path) -> None:
    """Write a clip in the format of the path's suffix.

    Raises:
        MotionError: "output", "missing_dependency".
    """
    suffix = path.suffix.lower()
    if suffix == ".npz":
        from motionllm.motion.clip import save_clip

        save_clip(clip, path)
    elif suffix == ".bvh":
        from motionllm.motion.bvh import write_bvh

        write_bvh(path, clip)
    else:
        from motionllm.pictures import films

        films.write(clip, path)


def _generate_many(options: argparse.Namespace) -> int:
    from motionllm.cli import generate_list

    if options.count != 1:
        raise MotionError("bad_request", "--count goes with one text, not with --prompts.")
    folder = Path(options.out)
    if folder.is_file() or folder.suffix.lower() in SUFFIXES:
        raise MotionError("bad_request", "With --prompts, --out must be a folder.")
    # A stand-in text: every line brings its own, but the numbers are checked now.
    defaults = _request(options, "motion", options.seed)
    with status_line() as status:
        return generate_list.run(options, defaults, status)


def read_clip(path: Path):
    """Read a clip from .npz, from the .bvh of any humanoid, or from what Blender can open.

    Raises:
        MotionError: "bad_file", "no_rig", "missing_dependency" without Blender, or "bad_request"
            for another suffix.
    """
    suffix = path.suffix.lower()
    if suffix == ".npz":
        from motionllm.motion.clip import load_clip

        return load_clip(path)
    if suffix == ".bvh":
        from motionllm.motion.bvh import read_bvh
        from motionllm.rig.from_bvh import clip_from_bvh

        return clip_from_bvh(read_bvh(path))
    if suffix in (".blend", ".glb", ".gltf", ".fbx", ".vrm"):
        return _read_in_blender(path)
    raise MotionError("bad_request", f"{path} is no motion this program can read.")


def _read_in_blender(path: Path):
    from motionllm.cli import blender
    from motionllm.motion.clip import load_clip

    with tempfile.TemporaryDirectory(prefix="motionllm-") as folder:
        out = Path(folder) / "clip.npz"
        blender.run({"kind": "read", "file": str(path.resolve()), "out": str(out)})
        return load_clip(out)


def _print_json(value: dict) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def serve(options: argparse.Namespace) -> int:
    """Run `motionllm serve` until stdin closes."""
    from motionllm.serve.server import serve as serve_pipe

    serve_pipe(_engines(options))
    return 0


def packs(options: argparse.Namespace) -> int:
    """Run `motionllm packs`."""
    from motionllm.serve.server import pack_table

    table = pack_table()
    if options.json:
        for pack in table:
            _print_json(pack)
    elif not table:
        raise MotionError("no_pack", "There is no model pack.", "See: motionllm doctor")
    else:
        width = max(len(pack["name"]) for pack in table)
        for pack in table:
            use = "commercial use allowed" if pack["commercial"] else "non-commercial use only"
            print(f"{pack['name']:<{width}}  {use}; {pack['licence']}")
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Run `motionllm doctor`: 3 if motions cannot be made."""
    from motionllm.cli.doctor import MISSING, examine, report

    findings = list(examine(options.pack, options.backbone))
    print(report(findings))
    return 3 if any(finding.state == MISSING for finding in findings) else 0


def fetch_backbone(options: argparse.Namespace) -> int:
    """Run `motionllm fetch-backbone`."""
    from motionllm.pack.backbone import fetch_backbone as fetch

    with status_line() as status:
        path = fetch(
            lambda done, total: status.show(f"fetching {done / 1e6:.0f} of {total / 1e6:.0f} MB")
        )
    print(path)
    return 0


def benchmark(arguments: list[str]) -> int:
    """Run `motionllm benchmark` with its own arguments."""
    from motionllm.benchmark.engines import main

    return main(arguments) or 0
