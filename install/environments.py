"""Python environments from hash-locked requirement files. Standard library only.

Every environment is a venv whose packages come from install/locks/<name>.txt, checked by hash.
Where packages come from is pip's own configuration: nothing here names an index. A stamp written
last says which lock an environment holds, so a second call takes no time and an interrupted one
is noticed and made anew.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import system

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "install" / "locks"
FOLDER = ROOT / ".envs"

STAMP = "motionllm-lock.sha256"  # in the venv: the lock it holds
MAKING = "motionllm-making"  # in the venv: work has begun and not ended

Say = Callable[[str], None]


@dataclass(frozen=True)
class Environment:
    """One environment: its name is its folder under .envs and its lock's name."""

    name: str
    python: str  # the Python version it needs, as "3.11"

    @property
    def lock(self) -> Path:
        """The lock file."""
        return LOCKS / f"{self.name}.txt"

    @property
    def folder(self) -> Path:
        """Where tests keep it."""
        return FOLDER / self.name


# bpy 4.2 to 5.0 exist for Python 3.11 only, 5.2 for 3.13 only.
ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment("lint", "3.11"),
        Environment("numpy", "3.11"),
        Environment("torch", "3.11"),
        Environment("bpy-4.2", "3.11"),
        Environment("bpy-4.5", "3.11"),
        Environment("bpy-5.0", "3.11"),
        Environment("bpy-5.2", "3.13"),
        Environment("quickstart-4.5", "3.11"),
        Environment("quickstart-5.2", "3.13"),
    )
}


def python_in(folder: Path) -> Path:
    """Return the interpreter of the venv in `folder`."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def script_in(folder: Path, name: str) -> Path:
    """Return the command that a package installed into the venv in `folder`."""
    return folder / ("Scripts" if os.name == "nt" else "bin") / name


@functools.cache
def find_python(version: str) -> Path | None:
    """Return a Python of this version that really runs, or None.

    The running one is preferred, then the PATH is searched. A launcher that is on the PATH but
    does not start (a version manager's shim, say) counts as not found.
    """
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        # Not the venv this may run in.
        return Path(getattr(sys, "_base_executable", "") or sys.executable)
    names = [f"python{version}", "python3", "python"]
    suffix = ".exe" if os.name == "nt" else ""
    for folder in os.get_exec_path():
        for name in names:
            candidate = Path(folder) / (name + suffix)
            if candidate.is_file() and _version_of(candidate) == version:
                return candidate
    return None


@functools.cache
def _version_of(python: Path) -> str | None:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [str(python), "-c", code], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def ensure(environment: Environment, folder: Path, say: Say = print) -> Path:
    """Make or bring up to date the environment in `folder`; return its interpreter.

    Raises:
        system.SetupError: no fitting Python, no lock, or pip failed; the message says what to do.
    """
    python = python_in(folder)
    wanted = _digest(environment)
    stamp = folder / STAMP
    if python.exists() and stamp.is_file() and stamp.read_text().strip() == wanted:
        return python
    started = time.monotonic()
    base = find_python(environment.python)
    if base is None:
        raise system.SetupError(
            f"Python {environment.python} is needed for {environment.name} and was not found. "
            f"Install it (Debian: apt-get install python{environment.python}-venv) and try again."
        )
    if (folder / MAKING).exists() or not _is_venv(folder, environment.python):
        shutil.rmtree(folder, ignore_errors=True)
        say(f"Making {folder} with Python {environment.python} ...")
        _make_venv(base, folder, environment.python, say)
    (folder / MAKING).touch()
    stamp.unlink(missing_ok=True)
    say(f"Installing {environment.lock.name} into {folder} ...")
    command = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile"]
    pip(python, ["install", *command, "-r", str(environment.lock)], say)
    stamp.write_text(wanted + "\n")
    (folder / MAKING).unlink()
    say(f"{folder.name} is ready ({time.monotonic() - started:.0f} s).")
    return python


def install_wheel(folder: Path, wheel: Path, say: Say = print) -> None:
    """Install one wheel file, without its dependencies, unless these very bytes are there."""
    stamp = folder / f"motionllm-wheel-{wheel.name.split('-')[0]}.sha256"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text().strip() == digest:
        return
    stamp.unlink(missing_ok=True)
    command = ["install", "--no-index", "--no-deps", "--force-reinstall", str(wheel)]
    pip(python_in(folder), command, say)
    stamp.write_text(digest + "\n")


def pip(python: Path, arguments: list[str], say: Say = print) -> None:
    """Run pip, telling of each download; raise SetupError with its last lines if it fails."""
    command = [str(python), "-m", "pip", "--no-input", "--disable-pip-version-check", *arguments]
    tail: deque[str] = deque(maxlen=15)
    with subprocess.Popen(
        [*command, "--progress-bar", "off"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        done = threading.Event()
        threading.Thread(target=_tick, args=(done, say), daemon=True).start()
        for line in process.stdout or ():
            line = line.strip()
            tail.append(line)
            if line.startswith(("Downloading ", "Using cached ", "Installing collected ")):
                say(f"  {line[:96]}")
        done.set()
    if process.returncode:
        raise PipFailed(arguments, list(tail))


def _tick(done: threading.Event, say: Say) -> None:
    """Say from time to time that work goes on, until it is done."""
    started = time.monotonic()
    while not done.wait(15):
        say(f"  ... {time.monotonic() - started:.0f} s")


class PipFailed(system.SetupError):
    """pip failed; the message holds its last lines."""

    def __init__(self, arguments: list[str], tail: list[str]):
        hint = "Check the network and the disk, then run the same command again."
        if any("torch==" in line and "No matching distribution" in line for line in tail):
            hint = (
                "pip found no CPU build of torch (the common index has a CUDA build of several "
                "gigabytes for this system, which is not taken). Name an index or a folder that "
                "has the CPU build in pip's configuration (extra-index-url or find-links)."
            )
        shown = "\n".join(f"  | {line}" for line in tail)
        super().__init__(f"pip {' '.join(arguments[:2])} failed:\n{shown}\n{hint}")


def _digest(environment: Environment) -> str:
    if not environment.lock.is_file():
        raise system.SetupError(f"{environment.lock} is missing; make it with install/lock.py.")
    return hashlib.sha256(environment.python.encode() + environment.lock.read_bytes()).hexdigest()


def _is_venv(folder: Path, version: str) -> bool:
    python = python_in(folder)
    return python.exists() and _version_of(python) == version


def _make_venv(base: Path, folder: Path, version: str, say: Say) -> None:
    has_venv = [str(base), "-c", "import ensurepip, venv"]
    if subprocess.run(has_venv, capture_output=True, check=False).returncode:
        system.need_packages([f"python{version}-venv"], "a virtual environment", say)
    made = subprocess.run(
        [str(base), "-m", "venv", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        said = (made.stdout + made.stderr).strip()
        raise system.SetupError(f"{base} could not make {folder}: {said}")


def site_packages(python: Path) -> Path:
    """Return the folder that the packages of this interpreter lie in."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())
