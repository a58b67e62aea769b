"""The `motionllm` command: arguments in, exit code out. Standard library at import; every command
imports what it needs when it runs, so that `--help` is quick and needs nothing."""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import os
import sys
from collections.abc import Sequence

import motionllm
from motionllm.cli import (
    benchmark,
    caption,
    check,
    crowd,
    data,
    doctor,
    evaluate,
    fetch_backbone,
    generate,
    packs,
    retarget,
    serve,
    train,
)
from motionllm.cli.options import Parser
from motionllm.errors import MotionError

USAGE, FAILED, MISSING, INTERRUPTED = 2, 1, 3, 130
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
EXIT_CODES = {
    "bad_request": USAGE,
    "no_pack": MISSING,
    "no_backbone": MISSING,
    "no_engine": MISSING,
    "missing_dependency": MISSING,
    "cancelled": INTERRUPTED,
}
_EPILOG = """\
examples:
  motionllm generate "a person walks forward, then waves" --seconds 4 --out wave.bvh
  motionllm generate "someone jumps" --count 4 --out jump.npz      jump.0.npz ... jump.3.npz
  motionllm generate --prompts prompts.jsonl --out clips/          0000.npz, 0001.npz, ...
  motionllm caption walk.bvh wave.npz --json
  motionllm caption library/ --csv library.csv
  motionllm check wave.bvh --text "someone waves"                  does it show that?
  motionllm retarget wave.npz --onto hero.fbx --out hero_wave.fbx  on a rig of your own
  motionllm doctor                                                 what is missing, what to do

exit codes: 0 done, 1 failed, 2 bad request or usage, 3 something is not installed, 130 stopped
"""


# In the order of the help; each adds its own parser and the function that runs it.
COMMANDS = (
    generate, caption, check, retarget, crowd, serve, packs, doctor, fetch_backbone, benchmark,
    data, train, evaluate,
)  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="motionllm",
        description="Human motion from words, and words from human motion.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"motionllm {motionllm.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for command in COMMANDS:
        command.register(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(OSError):
                stream.reconfigure(errors="backslashreplace")  # a console that knows no emoji
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return fail("Stopped.", code=INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has enough; keep Python from complaining at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if _debugging() and not isinstance(error, MemoryError):
            raise
        return fail(*_told(error))


def _told(error: Exception) -> tuple[str, str, int]:
    """Return what is printed of an error, the hint, and the exit code."""
    if isinstance(error, MotionError):
        return error.message, error.hint, EXIT_CODES.get(error.code, FAILED)
    if isinstance(error, MemoryError):
        return "There is not enough memory.", "Ask for fewer or shorter motions.", FAILED
    if isinstance(error, OSError):
        hint = "Make room, or write elsewhere, and run the same command again."
        what = f"{error.filename or 'A file'}: {error.strerror or error}."
        return what, hint if error.errno in FULL else "", FAILED
    first = (str(error).splitlines() or [""])[0]
    return (
        f"This is a defect of motionllm ({type(error).__name__}: {first}).",
        "Set MOTIONLLM_DEBUG=1 to see where.",
        FAILED,
    )


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["benchmark"]:  # its options are its own
        return benchmark.run(arguments[1:])
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return USAGE
    return options.run(options) or 0


def fail(message: str, hint: str = "", code: int = FAILED) -> int:
    """Print an error as everything here does, and return the exit code."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        print(f"motionllm: {message}", file=sys.stderr)
        if hint:
            print(f"  {hint}", file=sys.stderr)
    return code


def _debugging() -> bool:
    return os.environ.get("MOTIONLLM_DEBUG", "") not in ("", "0")


if __name__ == "__main__":
    sys.exit(main())
