"""From a clean checkout to an animated character: one command, nothing to install by hand.

    python3 install/quickstart.py "a person walks forward, then waves"

Makes .venv (Blender as a Python module, numpy, motionllm: no torch), fetches the language
model's file, builds the extension's zips, installs the full one in Blender, generates through
the extension's own operator and writes out/<name>.blend, .bvh and .png. What is already there is
kept, so a second run takes seconds. Standard library only.
"""

import sys

import supported_python

supported_python.restart_if_too_old()

import argparse  # noqa: E402  (from here on Python 3.11)
import os  # noqa: E402
import re  # noqa: E402
import subprocess  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TextIO  # noqa: E402

import build_extension  # noqa: E402
import environments  # noqa: E402
import system  # noqa: E402
from environments import ENVIRONMENTS, ROOT  # noqa: E402

FOLDER = ROOT / ".venv"
CHOICES = ("quickstart-4.5", "quickstart-5.2")  # for Python 3.11 and 3.13
LIMIT = 900  # seconds for the part inside Blender


def main() -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("prompt", metavar="PROMPT", help="what the person does, in a sentence")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of the clip (4)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another clip (0)")
    parser.add_argument("--out", type=Path, default=ROOT / "out", help="where to write (out/)")
    arguments = parser.parse_args()
    started = time.monotonic()
    try:
        written = run(arguments)
    except system.SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    print(f"\nDone in {time.monotonic() - started:.0f} s:")
    for path in written:
        print(f"  {path}")
    print(f"More: {environments.script_in(FOLDER, 'motionllm')} --help")
    return 0


def run(arguments: argparse.Namespace) -> list[Path]:
    """Make everything that is missing, then the clip; return the files written."""
    _say("[1/5] Python environment")
    environment = choose_environment()
    python = environments.ensure(environment, FOLDER, _say)
    system.need_bpy_libraries(environments.site_packages(python), _say)
    workbench = system.need_render_libraries(_say)
    _say("[2/5] Language model")
    build_extension.fetch_backbone(python)
    _say("[3/5] Extension")
    zips = build_extension.build(python, say=_say)
    _say("[4/5] motionllm command")
    environments.install_wheel(FOLDER, build_extension.link_wheel(ROOT / "build"), _say)
    _say("[5/5] Blender: install the extension, generate, render")
    stem = arguments.out / file_stem(arguments.prompt)
    arguments.out.mkdir(parents=True, exist_ok=True)
    assert zips.full is not None  # it was asked for
    run_blender(
        python,
        ["--zip", str(zips.full), "--prompt", arguments.prompt, "--stem", str(stem)]
        + ["--seconds", str(arguments.seconds), "--seed", str(arguments.seed)]
        + ["--renderer", "workbench" if workbench else "cycles"],
    )
    return [stem.with_name(stem.name + suffix) for suffix in (".blend", ".bvh", ".png")]


def choose_environment() -> environments.Environment:
    """Return the environment for the Python there is, the running one preferred.

    Raises:
        system.SetupError: neither Python that Blender's module exists for was found.
    """
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    choices = [ENVIRONMENTS[name] for name in CHOICES]
    choices.sort(key=lambda environment: environment.python != running)
    for environment in choices:
        if environments.find_python(environment.python) is not None:
            return environment
    raise system.SetupError(
        f"Blender's Python module exists for Python 3.11 and 3.13; this is {running}, and neither "
        "was found on the PATH. Install one of them (Debian and Ubuntu: apt-get install "
        "python3.13 python3.13-venv, or python3.11 python3.11-venv) and run this command again."
    )


def file_stem(prompt: str) -> str:
    """Return a file name made of the prompt's words."""
    words = re.findall(r"[^\W_]+", prompt.lower())
    return "_".join(words)[:60].strip("_") or "clip"


def run_blender(python: Path, options: list[str]) -> None:
    """Run first_scene.py under bpy; show its progress, keep Blender's own chatter in a log."""
    resources = FOLDER / "blender"  # Blender's settings and extensions: none of the user's own
    resources.mkdir(exist_ok=True)
    variables = {
        "BLENDER_USER_RESOURCES": str(resources),
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "PYTHONUNBUFFERED": "1",
    }
    environment = {**os.environ, **variables}
    for name in ("PYTHONPATH", "PYTHONHOME", "MOTIONLLM_BACKBONE"):
        environment.pop(name, None)  # what the zip brings must do
    log = resources / "quickstart.log"
    script = ROOT / "install" / "first_scene.py"
    with log.open("w", encoding="utf-8") as chatter:
        code, reason = _follow([str(python), str(script), *options], environment, chatter)
    if code:
        reason = reason or f"Blender ended with code {code} (after {LIMIT} s it is stopped)."
        raise system.SetupError(f"{reason}\nAll that Blender said: {log}")


def _follow(command: list[str], environment: dict, chatter: TextIO) -> tuple[int, str]:
    """Run a command; show its lines that begin with "> ", log the others.

    Returns:
        Its exit code, and the line that begins with "! ", which says why it failed.
    """
    reason = ""
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=chatter,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        watchdog = threading.Timer(LIMIT, process.kill)
        watchdog.start()
        try:
            for line in process.stdout or ():
                if line.startswith("> "):
                    _say("  " + line[2:].rstrip())
                elif line.startswith("! "):
                    reason = line[2:].rstrip()
                else:
                    chatter.write(line)
            return process.wait(), reason
        finally:
            watchdog.cancel()
            process.kill()


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
