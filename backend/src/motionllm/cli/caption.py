"""`motionllm caption FILE_OR_FOLDER ...`. Standard library at import."""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from motionllm.cli.clip_files import Read, read_motions, tell
from motionllm.cli.file_names import files_named
from motionllm.cli.options import Commands, add_command
from motionllm.cli.status import Status, status_line
from motionllm.engine.options import add_arguments, engines_of
from motionllm.errors import MotionError

if TYPE_CHECKING:
    from motionllm.batch.captions import Piece
    from motionllm.motion.clip import Clip

SUFFIXES = (".npz", ".bvh", ".blend", ".glb", ".gltf", ".fbx", ".vrm")
COLUMNS = ("file", "start", "end", "caption", "error", "motion")
EPILOG = """\
Reads .npz clips, the .bvh of any humanoid skeleton and, through Blender, the animated humanoid in
a .blend, .glb, .fbx or .vrm; a folder stands for all such files in it. SMPL's parameters (.npz) and
HumanML3D's arrays (.npy) are read as well, see docs/captions.md. One line a file; files that
cannot be read are named and left out, and the exit code is then 1. Of a .blend every animated
character gets a line, of a .glb, .fbx or .vrm every animation in it. A motion of more than 10 s is
cut where the action changes; --pieces does so with every motion, and prints a line a piece.

examples:
  motionllm caption walk.bvh
  motionllm caption library/ --csv library.csv
  motionllm caption long_take.bvh --pieces
  motionllm caption library/*.bvh --json > captions.jsonl
"""


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "caption", "describe motions in a sentence", EPILOG)
    kinds = "folder, or .npz, .npy, .bvh, .blend, .glb, .fbx or .vrm"
    parser.add_argument("files", nargs="+", metavar="FILE", help=kinds)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object a line")
    form.add_argument("--csv", metavar="FILE", help=f"write a table: {', '.join(COLUMNS)}")
    parser.add_argument(
        "--pieces", action="store_true",
        help="a line for each stretch of one action, with start and end in seconds",
    )  # fmt: skip
    add_choice(parser)
    parser.add_argument(
        "--batch-size", type=int, default=64, help="pieces captioned together (default: 64)"
    )
    add_arguments(parser)
    parser.set_defaults(run=run)


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which motions of a file are meant."""
    parser.add_argument(
        "--action", default="", metavar="NAME",
        help="of a .blend, .glb, .fbx or .vrm this animation; wildcards allowed",
    )  # fmt: skip
    parser.add_argument(
        "--armature", default="", metavar="NAME",
        help="of a .blend, .glb, .fbx, .vrm or .bvh of several people this one; wildcards allowed",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Describe every file; 1 if some could not be."""
    from motionllm.batch import captions

    if options.batch_size < 1:
        raise MotionError("bad_request", "--batch-size must be 1 or more.")
    files = list(files_in(options.files))
    table = Path(options.csv).resolve() if options.csv else None
    if table is not None and table in [path.resolve() for path in files]:
        raise MotionError(
            "bad_request", f"{options.csv} is a motion and would be overwritten by the table.",
            "Give --csv another name.",
        )  # fmt: skip
    described = 0
    with status_line() as status, _writer(options, len(files)) as writer:
        skipped = _Skipped(status, writer)
        engines = engines_of(options)
        wanted = options.action, options.armature
        readable = _peeked(_motions(files, wanted, status, skipped))
        if readable is not None:
            found = captions.describe(
                readable, engines.get(None, lambda: status.show("loading the model")),
                options.pieces, options.batch_size,
            )  # fmt: skip
            for entry, pieces in found:
                if isinstance(pieces, MotionError):
                    skipped.add(entry.file, entry.motion, pieces)
                    continue
                described += 1
                status.clear()
                if not options.pieces:
                    pieces = [captions.Piece(0.0, entry.seconds, captions.sentence(pieces))]
                writer.described(entry, pieces)
    if options.csv:
        print(f"{described} described, {skipped.count} could not be: {options.csv}")
    return 1 if skipped.count else 0


class _Skipped:
    """Tells of files that are left out, and counts them."""

    def __init__(self, status: Status, writer: _Lines | _Table) -> None:
        self._status, self._writer = status, writer
        self.count = 0

    def add(self, file: str, motion: str, error: MotionError) -> None:
        self.count += 1
        self._status.clear()
        print(f"motionllm: {_named(file, motion, error)}", file=sys.stderr, flush=True)
        self._writer.failed(file, motion, error)


@dataclass(frozen=True)
class _Entry:
    """A motion to describe: its file, its name among several of the file, what was noted."""

    file: str
    motion: str
    seconds: float
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.file} ({self.motion})" if self.motion else self.file


def _motions(
    files: list[Path], wanted: tuple[str, str], status: Status, skipped: _Skipped
) -> Iterator[tuple[_Entry, Clip]]:
    """Yield every clip of the files that can be read.

    Args:
        wanted: names of action and armature, see `read_motions`.
    """
    for number, path in enumerate(files, start=1):
        status.show(f"{number} of {len(files)}: {path}")
        for read in _read(path, wanted, skipped):
            status.clear()
            tell(path, read.notes)
            yield _Entry(str(path), read.name, read.clip.seconds, read.notes), read.clip


def files_in(names: Iterable[str]) -> Iterator[Path]:
    """Yield the files named, and the readable files of the folders named, in order of name.

    Raises:
        MotionError: "bad_request", for a folder without any, and wildcards that match nothing.
    """
    for path in (path for name in names for path in files_named(name)):
        if not path.is_dir():
            yield path
            continue
        inside = sorted(
            file for file in path.rglob("*")
            if file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and file.is_file()
        )  # fmt: skip
        if not inside:
            raise MotionError(
                "bad_request", f"{path} holds no motion.", "Looked for " + ", ".join(SUFFIXES) + "."
            )
        yield from inside


def _read(path: Path, wanted: tuple[str, str], skipped: _Skipped) -> list[Read]:
    """Return a file's motions; a file of no use is told of, whatever is wrong with it."""
    try:
        found, failed = read_motions(path, *wanted)
    except MotionError as error:
        found, failed = [], [("", error)]
    except Exception as error:  # a reader's defect must not cost the other files
        kind = type(error).__name__
        problem = MotionError("bad_file", f"It cannot be read ({kind}: {error}).")
        found, failed = [], [("", problem)]
    for motion, error in failed:
        skipped.add(str(path), motion, error)
    return found


def _peeked(items: Iterator) -> Iterator | None:
    """Return the iterator whole, or None if there is nothing: then no engine is needed."""
    for first in items:
        return _again(first, items)
    return None


def _again(first: object, rest: Iterator) -> Iterator:
    yield first
    yield from rest


def _named(file: str, motion: str, error: MotionError) -> str:
    """Return an error's text with the file's whole name in it, and the motion's if it has one."""
    text, short = str(error), Path(file).name
    if motion:
        return f"{file} ({motion}): {text}"
    if file in text:
        return text
    return text.replace(short, file, 1) if short in text else f"{file}: {text}"


@contextlib.contextmanager
def _writer(options: argparse.Namespace, files: int) -> Iterator[_Lines | _Table]:
    if not options.csv:
        yield _Lines(options, files)
        return
    path = Path(options.csv)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            table = _Table(file)
            yield table
        part.replace(path)
    except OSError as error:
        if error.filename not in (None, str(part), str(path)):
            raise
        raise MotionError(
            "output", f"{path} cannot be written: {error.strerror}.",
            f"The lines until then are in {part}." if part.exists() else "Choose another folder.",
        ) from error  # fmt: skip
    except KeyboardInterrupt:
        raise MotionError("cancelled", "Stopped.", f"The lines until then are in {part}.") from None


class _Lines:
    """Prints lines, of text or of JSON."""

    def __init__(self, options: argparse.Namespace, files: int) -> None:
        self._json, self._pieces, self._many = options.json, options.pieces, files > 1

    def described(self, entry: _Entry, pieces: list[Piece]) -> None:
        for piece in pieces:
            if self._json:
                times = {"start": round(piece.start, 2), "end": round(piece.end, 2)}
                seconds = times if self._pieces else {"seconds": round(piece.end, 3)}
                told = {"notes": list(entry.notes)} if entry.notes else {}
                which = {"file": entry.file, **_motion(entry.motion)}
                _print_json({**which, "caption": piece.caption, **seconds, **told})
                continue
            time = f"{piece.start:.1f}-{piece.end:.1f} s: " if self._pieces else ""
            name = f"{entry.name}: " if self._many or entry.motion else ""
            print(name + time + piece.caption, flush=True)

    def failed(self, file: str, motion: str, error: MotionError) -> None:
        if self._json:
            _print_json({"file": file, **_motion(motion), "error": error.message})


def _motion(name: str) -> dict[str, str]:
    """Return the field that tells several motions of a file apart; a file of one has none."""
    return {"motion": name} if name else {}


class _Table:
    """Writes a table."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._rows = file, csv.writer(file)
        self._rows.writerow(COLUMNS)

    def described(self, entry: _Entry, pieces: list[Piece]) -> None:
        for piece in pieces:
            times = f"{piece.start:.2f}", f"{piece.end:.2f}"
            self._rows.writerow([entry.file, *times, piece.caption, "", entry.motion])
        self._file.flush()

    def failed(self, file: str, motion: str, error: MotionError) -> None:
        self._rows.writerow([file, "", "", "", error.message, motion])
        self._file.flush()


def _print_json(value: dict) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)
