"""The `motionllm` command: arguments in, exit code out. Standard library at import; every command
imports what it needs when it runs, so that `--help` is quick and needs nothing."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import motionllm
from motionllm.cli.generate import _GENERATE_EPILOG, _add_generate
from motionllm.cli.packs import fetch_backbone
from motionllm.errors import MotionError

USAGE, FAILED, MISSING, INTERRUPTED = 2, 1, 3, 130
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
  motionllm retarget wave.npz --onto hero.fbx --out hero_wave.fbx  on a rig of your own
  motionllm doctor                                                 what is missing, what to do

exit codes: 0 done, 1 failed, 2 bad request or usage, 3 something is not installed, 130 stopped
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything else here does."""

    def error(self, message: str) -> NoReturn:
        raise MotionError("bad_request", _sentence(message), f"See: {self.prog} --help")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser(
        prog="motionllm",
        description="Human motion from words, and words from human motion.",
        epilog=_EPILOG,
        formatter_class=raw,
    )
    parser.add_argument("--version", action="version", version=f"motionllm {motionllm.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def add(name: str, summary: str, epilog: str | None = None) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + ".",
            epilog=epilog, formatter_class=raw,
        )  # fmt: skip

    from motionllm.cli import benchmark as benchmark_command
    from motionllm.cli import caption as caption_command
    from motionllm.cli import generate as run
    from motionllm.cli import generate_list
    from motionllm.cli import generate_people as people_command
    from motionllm.cli import packs as packs_command
    from motionllm.cli import serve as serve_command
    from motionllm.engine.options import add_arguments

    generate = add("generate", "make motions from text", _GENERATE_EPILOG)
    _add_generate(generate)
    people_command.add_arguments(generate)
    generate_list.add_arguments(generate)
    add_arguments(generate)
    generate.set_defaults(run=run.generate)

    caption = add("caption", "describe motions in a sentence", caption_command.EPILOG)
    caption_command.add_arguments(caption)
    add_arguments(caption)
    caption.set_defaults(run=caption_command.run)

    from motionllm.cli import retarget as onto

    retarget = add("retarget", "put motions on a rig, in Blender without a window", onto.EPILOG)
    onto.add_arguments(retarget)
    retarget.set_defaults(run=onto.run)

    from motionllm.cli import crowd as crowd_command

    crowd = add("crowd", "fill a Blender scene with people", crowd_command.EPILOG)
    crowd_command.add_arguments(crowd)
    add_arguments(crowd)
    crowd.set_defaults(run=crowd_command.run)

    serve = add("serve", "answer programs on stdin and stdout (JSON-RPC with Content-Length)")
    add_arguments(serve)
    serve.set_defaults(run=serve_command.serve)

    packs = add("packs", "list the model packs found, with their licences")
    packs.add_argument("--json", action="store_true", help="print one JSON object a pack")
    packs.set_defaults(run=packs_command.packs)

    doctor = add("doctor", "tell what is installed, what is missing and what to do")
    doctor.add_argument("--pack", default="default", help="name or folder of a model pack")
    doctor.add_argument("--backbone", help="the language model's GGUF file")
    doctor.set_defaults(run=run.doctor)

    fetch = add("fetch-backbone", "download the language model (93 MB, once)")
    fetch.set_defaults(run=fetch_backbone)

    benchmark = commands.add_parser("benchmark", help="measure speed and memory", add_help=False)
    benchmark.set_defaults(run=benchmark_command.benchmark)
    _add_training(commands)
    return parser


def _add_training(commands) -> None:
    """Add what needs torch or a training set; the modules that describe it need neither."""
    try:
        from motionllm.cli.evaluate import register as register_evaluation
        from motionllm.cli.train import register
    except ModuleNotFoundError:  # a wheel without the training half
        return
    register(commands)
    register_evaluation(commands)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError):
            stream.reconfigure(errors="backslashreplace")  # a console that knows no emoji
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return fail("Stopped.", code=INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has enough; keep Python from complaining at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except MotionError as error:
        if _debugging():
            raise
        return fail(error.message, error.hint, EXIT_CODES.get(error.code, FAILED))
    except MemoryError:
        return fail("There is not enough memory.", "Ask for fewer or shorter motions.")
    except OSError as error:
        if _debugging():
            raise
        return fail(f"{error.filename or 'A file'}: {error.strerror or error}.")
    except Exception as error:
        if _debugging():
            raise
        kind = type(error).__name__
        first = (str(error).splitlines() or [""])[0]
        return fail(
            f"This is a defect of motionllm ({kind}: {first}).",
            "Set MOTIONLLM_DEBUG=1 to see where.",
        )


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["benchmark"]:  # its options are its own
        from motionllm.cli.benchmark import benchmark

        return benchmark(arguments[1:])
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


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


if __name__ == "__main__":
    sys.exit(main())
