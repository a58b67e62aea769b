"""`motionllm generate`: one text. Standard library at import."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from motionllm.cli import generate_list, generate_people
from motionllm.cli.clip_files import SUFFIXES, check_output, write_clip
from motionllm.cli.options import Commands, add_command, add_fields, request_of
from motionllm.cli.status import status_line
from motionllm.engine.options import add_arguments, engines_of
from motionllm.errors import MotionError
from motionllm.requests import GenerateRequest, check_request, loop_request

EPILOG = """\
The suffix of --out chooses the format: .npz (all fields, lossless), .bvh (for other programs),
.png (poses side by side), .gif or .mp4 (a film). The same seed gives the same motion.

--prompts takes one JSON object a line, for example
  {"text": "a person sits down", "seconds": 3, "seed": 7}
(or, as .txt, a prompt a line; as .csv, a table with a column "text" and others by these names)
and writes 0000.npz, 0001.npz, ... into the folder --out, with a table of what each shows of its
text, checked.csv. Bad lines are reported with their
number, the others go on. Run it again to continue after a stop: clips that were made from the same
request with the same pack are kept. The files are the same, byte for byte, in one go or in several.

examples:
  motionllm generate "an exhausted person walks" --seconds 6 --seed 3 --out walk.bvh
  motionllm generate "a person dances" --count 3 --out dance.gif
  motionllm generate "two people bow to each other" --people 2 --out pair.npz
  motionllm generate "two people dance salsa" --partner-of lead.bvh --out partner.npz
  motionllm generate --prompts crowd.jsonl --out crowd/
  motionllm generate --prompts crowd.jsonl --out crowd/ --cluster ray    on many machines
"""


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "generate", "make motions from text", EPILOG)
    parser.add_argument(
        "--out", required=True, metavar="FILE", help="file to write; with --prompts a folder"
    )
    parser.add_argument(
        "--prompts", metavar="FILE", help="many motions: a list, .jsonl, .txt or .csv"
    )
    add_fields(parser, GenerateRequest)
    parser.add_argument(
        "--count", type=int, default=1,
        help="motions of the same text, seeds counting up from --seed (default: 1)",
    )  # fmt: skip
    parser.add_argument(
        "--require", action="store_true",
        help="exit code 1 where a clause of the text is not shown (see motionllm check)",
    )  # fmt: skip
    parser.add_argument("--loop", action="store_true", help="a seamless loop, of about --seconds")
    parser.add_argument(
        "--batch-size", type=int, default=8, help="motions decoded together (default: 8)"
    )
    generate_people.add_arguments(parser)
    generate_list.add_arguments(parser)
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run `motionllm generate`."""
    if (options.text is None) == (options.prompts is None):
        raise MotionError(
            "bad_request", "Give either a text or --prompts FILE.", "See: motionllm generate --help"
        )
    if options.cluster and options.prompts is None:
        raise MotionError("bad_request", "--cluster goes with --prompts.")
    if options.action and options.partner_of is None:
        raise MotionError("bad_request", "--action goes with --partner-of.")
    if options.count < 1 or options.batch_size < 1:
        raise MotionError("bad_request", "--count and --batch-size must be 1 or more.")
    if options.loop and (options.prompts is not None or generate_people.asked(options)):
        raise MotionError("bad_request", "--loop goes with one text for one person.")
    if generate_people.asked(options):
        return _generate_people(options)
    return _generate_one(options) if options.prompts is None else _generate_many(options)


def _generate_one(options: argparse.Namespace) -> int:
    from motionllm.files import check_folder
    from motionllm.judge import choose
    from motionllm.judge.clause import Verdict
    from motionllm.judge.foresee import foreseen
    from motionllm.motion import lead, loop

    out = Path(options.out)
    check_output(out)
    first = request_of(options)
    requests = [
        check_request(replace(first, seed=first.seed + index)) for index in range(options.count)
    ]
    if options.loop:
        requests = [loop_request(request) for request in requests]
    if options.count == 1:
        paths = [out]
    else:
        paths = [out.with_name(f"{out.stem}.{index}{out.suffix}") for index in range(len(requests))]
    check_folder(out.parent)
    ahead = foreseen(first)
    if ahead is not None and not ahead.possible:
        print(f"motionllm: {' '.join(ahead.text.splitlines())}", file=sys.stderr, flush=True)
    failed = drawn = False
    with status_line() as status:
        engine = engines_of(options).get(None, lambda: status.show("loading the model"))
        for start in range(0, len(requests), options.batch_size):
            some = slice(start, start + options.batch_size)
            clips = choose.generate(engine, requests[some], status.tokens("generating"))
            for path, clip in zip(paths[some], clips, strict=True):
                status.show(f"writing {path}")
                write_clip(loop.close(clip, options.seconds) if options.loop else clip, path)
                status.clear()
                print(path, flush=True)
                verdict = Verdict.from_json(clip.ticks)
                if verdict.ticks:
                    told = f"{verdict.told()}{verdict.left_out()}"
                    print(f"motionllm: {path.name}: {told}", file=sys.stderr)
                if clip.source:
                    print(f"motionllm: {path.name}: a recording, {clip.source}", file=sys.stderr)
                drawn |= not clip.source
                failed |= options.require and not verdict.holds
                if miss := lead.told(clip, first.end):
                    print(f"motionllm: {path.name}: {miss}", file=sys.stderr)
        if drawn and (warning := engine.pack.warning(requests[0].text)):
            print(warning, file=sys.stderr)
    return 1 if failed else 0


def _generate_people(options: argparse.Namespace) -> int:
    if options.prompts is not None:
        raise MotionError("bad_request", "--people and --partner-of go with one text.")
    check_output(Path(options.out))
    request = request_of(options)
    with status_line() as status:
        return generate_people.run(options, request, engines_of(options), status)


def _generate_many(options: argparse.Namespace) -> int:
    if options.count != 1:
        raise MotionError("bad_request", "--count goes with one text, not with --prompts.")
    folder = Path(options.out)
    if folder.is_file() or folder.suffix.lower() in SUFFIXES:
        raise MotionError("bad_request", "With --prompts, --out must be a folder.")
    # A stand-in text: every line brings its own, but the numbers are checked now.
    defaults = request_of(options, text="motion")
    with status_line() as status:
        return generate_list.run(options, defaults, status)
