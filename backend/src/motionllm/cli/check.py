"""`motionllm check FILE ... --text TEXT`: what of it motions show. Standard library at import."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from motionllm.cli.caption import add_choice, files_in
from motionllm.cli.clip_files import read_motions, tell
from motionllm.cli.options import Commands, add_command
from motionllm.errors import MotionError

if TYPE_CHECKING:
    from motionllm.judge.clause import Verdict

EPILOG = """\
Reads a sentence as clauses (what is done, with which hand, where to, how often, in which order) and
measures each of them on each motion; no model is needed. Files are read as by `motionllm caption`.
Without --text a clip is checked against the sentence that it was made from. Words that cannot be
measured are named. docs/judge.md says what is read and what is not.

examples:
  motionllm check walk.npz
  motionllm check library/ --text "a person turns left, then sits down"
  motionllm check shot.blend --armature Anna --text "a woman sits down"
  motionllm check take.*.npz --text "a man waves with his right hand" --json --require
"""


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "check", "say which clauses of a sentence motions show", EPILOG)
    kinds = "folder, or .npz, .npy, .bvh, .blend, .glb, .fbx or .vrm"
    parser.add_argument("files", nargs="+", metavar="FILE", help=kinds)
    parser.add_argument("--text", metavar="TEXT", help="the sentence (default: the clip's own)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    add_choice(parser)
    parser.add_argument(
        "--require", action="store_true", help="exit code 1 where a clause is not shown"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check every file; 1 if some could not be, or with --require, did not show everything."""
    from motionllm.judge.judge import judged

    failed = 0
    for path in files_in(options.files):
        try:
            motions, broken = read_motions(path, options.action, options.armature)
        except MotionError as error:
            motions, broken = [], [("", error)]
        for motion, error in broken:
            name = f"{path} ({motion})" if motion else str(path)
            print(f"motionllm: {name}: {error}", file=sys.stderr, flush=True)
            failed += 1
        for read in motions:
            tell(path, read.notes)
            text = options.text or read.clip.text
            if not text.strip():
                print(f"motionllm: {path}: it names no sentence; give --text.", file=sys.stderr)
                failed += 1
                continue
            verdict = judged(read.clip, text)
            print(_line(f"{path} ({read.name})" if read.name else str(path), text, verdict,
                        options.json), flush=True)  # fmt: skip
            failed += options.require and not verdict.holds
    return 1 if failed else 0


def _line(name: str, text: str, verdict: Verdict, as_json: bool) -> str:
    if as_json:
        table = {"file": name, "text": text, "holds": verdict.holds} | json.loads(verdict.to_json())
        return json.dumps(table, ensure_ascii=False)
    return f"{name}: {verdict.told() or 'nothing that can be checked'}{verdict.left_out()}"
