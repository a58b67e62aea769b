"""Blender as a helper of the command line: where it is, and one job in it. Standard library only.

A job is plain data, handed over in a file; the answer is one marked line of Blender's output.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import motionllm
from motionllm.errors import MotionError

ENVIRONMENT = "MOTIONLLM_BLENDER"
MARK = "MOTIONLLM-ANSWER "
LIMIT = 1800.0  # seconds of one job
# Both kinds of Blender run this: the program, and Python with the module bpy. Leaving at once
# avoids the crash of 4.2 and the hang of 4.5 in the interpreter's own ending.
SCRIPT = """
import importlib, json, os, sys, traceback
job = json.loads(open(sys.argv[-1], encoding="utf-8").read())
sys.path[:0] = job["paths"]
import bpy
from motionllm.errors import MotionError
try:
    if job["addon"]:
        headless = importlib.import_module("motionllm_blender.headless.jobs")
        importlib.import_module("motionllm_blender").register()
    else:
        import addon_utils
        name = "bl_ext.user_default.motionllm_blender"
        if addon_utils.enable(name) is None:
            raise MotionError(
                "missing_dependency", "The MotionLLM extension is not installed in this Blender.",
                "Install its zip in Blender's preferences.",
            )
        headless = importlib.import_module(name + ".headless.jobs")
    answer = {"result": headless.run(job)}
except MotionError as error:
    answer = {"error": [error.code, error.message, error.hint]}
except Exception as error:
    traceback.print_exc()
    answer = {"error": ["internal", f"Blender failed: {error!r}.", "Its output is in the log."]}
sys.stdout.flush()
sys.stdout.write("\\n" + job["mark"] + json.dumps(answer) + "\\n")
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)
"""


def find_blender(chosen: str | None = None) -> list[str]:
    """Return the start of a command that runs a script in Blender.

    Args:
        chosen: Blender's program, or a Python that has the module bpy; else the environment's
            MOTIONLLM_BLENDER, this Python if it has bpy, and `blender` on the PATH are tried.

    Raises:
        MotionError: code "missing_dependency".
    """
    named = chosen or os.environ.get(ENVIRONMENT, "")
    if named:
        path = shutil.which(named)
        if path is None:
            raise MotionError("missing_dependency", f"{named} is no program that can be started.")
        return _command(path)
    if importlib.util.find_spec("bpy") is not None:
        return _command(sys.executable)
    path = shutil.which("blender")
    if path is None:
        raise MotionError(
            "missing_dependency",
            "This needs Blender, and none was found.",
            f"Install Blender 4.2 or newer (or the Python module bpy), or name its program in the "
            f"environment variable {ENVIRONMENT}.",
        )
    return _command(path)


def _command(path: str) -> list[str]:
    if "python" in Path(path).name.lower():
        return [path, "-u"]
    # Without the user's own start-up file, unless the extension installed there is needed.
    clean = ["--factory-startup"] if _addon() else []
    return [path, "--background", *clean, "--python"]


def _addon() -> Path | None:
    """Return the folder that the add-on's sources lie in, None where only a wheel is installed."""
    root = Path(motionllm.__file__).resolve().parents[3]
    return root if (root / "motionllm_blender" / "headless" / "jobs.py").is_file() else None


def run(job: dict, blender: str | None = None) -> dict:
    """Do one job in Blender and return its answer; see `motionllm_blender.headless.jobs`.

    Raises:
        MotionError: of the job, or "missing_dependency", "internal".
    """
    start = find_blender(blender)
    addon = _addon()
    paths = [str(Path(motionllm.__file__).resolve().parent.parent)]
    if addon is not None:
        paths.append(str(addon))
    with tempfile.TemporaryDirectory(prefix="motionllm-") as folder:
        script, table = Path(folder) / "job.py", Path(folder) / "job.json"
        script.write_text(SCRIPT, "utf-8")
        whole = job | {"paths": paths, "addon": addon is not None, "mark": MARK}
        table.write_text(json.dumps(whole), "utf-8")
        command = [*start, str(script)]
        if "--background" in start:
            command.append("--")
        # Blender's own settings are left alone: neither read nor written by a bare module.
        variables = dict(os.environ, BLENDER_USER_RESOURCES=folder) if addon else dict(os.environ)
        try:
            done = subprocess.run(
                [*command, str(table)], capture_output=True, text=True, encoding="utf-8",
                errors="replace", stdin=subprocess.DEVNULL, timeout=LIMIT, check=False,
                env=variables,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise MotionError("internal", f"Blender did not answer in {LIMIT:.0f} s.") from error
        except OSError as error:
            raise MotionError(
                "missing_dependency", f"{start[0]} cannot be started: {error.strerror}."
            ) from error
    for line in reversed(done.stdout.splitlines()):
        if line.startswith(MARK):
            answer = json.loads(line[len(MARK) :])
            if "error" in answer:
                raise MotionError(*answer["error"])
            return answer["result"]
    tail = (done.stderr or done.stdout).strip().splitlines()[-3:]
    raise MotionError("internal", "Blender ended without an answer.", "\n".join(tail))
