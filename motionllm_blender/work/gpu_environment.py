"""The GPU engine's environment: made outside Blender from the wheel the extension carries.

Imports motionllm, no bpy, so that it may run on a thread.
"""

import contextlib
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from motionllm.errors import MotionError
from motionllm.link.process import child_environment
from motionllm.pack.connection import in_words_of

INCOMPLETE = "motionllm-incomplete"  # in the environment until all is installed
STAMP = "motionllm-wheel.sha256"  # in the environment: which wheel it holds
OLDEST_TORCH = (2, 4)
CPU_MEGABYTES, GPU_MEGABYTES = 400, 3500  # downloads, rounded up
STEPS = 4

Progress = Callable[[str, int, int], None]
Cancelled = Callable[[], bool]


def has_gpu() -> bool:
    """Tell whether this machine has a GPU that PyTorch's CUDA builds use."""
    return sys.platform != "darwin" and shutil.which("nvidia-smi") is not None


def size_text(index: str = "") -> str:
    """Return what has to be downloaded, in words; see set_up about `index`."""
    if not has_gpu():
        return f"about {CPU_MEGABYTES} MB (PyTorch; no NVIDIA GPU was found)"
    if platform.system() == "Windows" and not index:
        return f"about {CPU_MEGABYTES} MB (PyTorch; for one with CUDA, name a package index)"
    return f"about {GPU_MEGABYTES / 1000:g} GB (PyTorch for NVIDIA GPUs)"


def python_in(folder: Path) -> Path:
    """Return the interpreter of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def state(folder: Path, wheel: Path | None = None) -> str:
    """Return "missing", "incomplete", "outdated" (another wheel than this one) or "ready"."""
    if (folder / INCOMPLETE).exists():
        return "incomplete"
    if not python_in(folder).is_file():
        return "missing"
    stamp = folder / STAMP
    if wheel is not None and stamp.is_file() and stamp.read_text().strip() != _digest(wheel):
        return "outdated"
    return "ready"


def _digest(wheel: Path) -> str:
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def set_up(
    folder: Path, wheel: Path, progress: Progress, cancelled: Cancelled, index: str = "",
    base: str = sys.executable,
) -> str:  # fmt: skip
    """Make the environment, or finish one that was interrupted; return what was installed.

    Packages come from where pip is configured to look. For Linux the common index has PyTorch
    with CUDA alone, gigabytes: without a GPU it is not taken, and a CPU build must be found.

    Args:
        folder: of the environment; anything in it that is no environment is left alone.
        wheel: the motionllm wheel.
        index: address of a package index, or a folder of wheels, to be asked besides; or "".
        base: interpreter to make it with.

    Raises:
        MotionError: "download", "output", "missing_dependency" or "cancelled"; pressing the
            button again goes on from there.
    """
    if folder.exists() and any(folder.iterdir()) and not _is_ours(folder):
        raise MotionError(
            "output", f"{folder} holds other files.", "Choose an empty folder for the environment."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / INCOMPLETE).touch()
    except OSError as error:
        raise MotionError("output", f"{folder} cannot be written: {error.strerror}.") from error
    progress("Making the environment", 0, STEPS)
    python = python_in(folder)
    if not _runs(python):
        _clear(folder)
        _run([base, "-m", "venv", "--clear", str(folder)], progress, cancelled, 0)
        (folder / INCOMPLETE).touch()
    if not _runs(python):
        raise MotionError(
            "missing_dependency",
            f"{base} cannot make environments.",
            "Set the path of another Python in the preferences that has motionllm[torch].",
        )
    pip = [str(python), "-m", "pip", "--no-input", "--disable-pip-version-check"]
    besides = []
    if index:
        besides = ["--find-links" if Path(index).is_dir() else "--extra-index-url", index]
    progress("Looking for PyTorch", 1, STEPS)
    versions = _run([*pip, "index", "versions", "torch", *besides], progress, cancelled, 1)
    torch = choose_torch(" ".join(versions))
    progress("Installing PyTorch", 1, STEPS)
    _run([*pip, "install", torch, *besides], progress, cancelled, 1)
    progress("Installing the engine", 2, STEPS)
    _run([*pip, "install", f"{wheel}[torch]", *besides], progress, cancelled, 2)
    # Another wheel of the same version number would be taken for the same.
    again = ["install", "--no-deps", "--force-reinstall", str(wheel)]
    _run([*pip, *again], progress, cancelled, 2)
    progress("Testing it", 3, STEPS)
    code = (
        "import torch, transformers, motionllm; print(torch.__version__, "
        "torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU')"
    )
    found = _run([str(python), "-c", code], progress, cancelled, 3)
    (folder / STAMP).write_text(_digest(wheel))
    (folder / INCOMPLETE).unlink()
    return "PyTorch " + found[-1] if found else "PyTorch"


def choose_torch(versions: str) -> str:
    """Return the requirement of the build that fits this machine.

    Args:
        versions: what pip has, as `pip index versions` prints it, newest first.

    Raises:
        MotionError: "download" where there is only a build that this machine has no use for.
    """
    label = r"cu\d+" if has_gpu() else "cpu"
    for found in re.finditer(rf"\b(\d+)\.(\d+)[\w.]*\+{label}\b", versions):
        if (int(found[1]), int(found[2])) >= OLDEST_TORCH:
            return f"torch=={found[0]}"
    if platform.system() == "Linux" and not has_gpu():
        raise MotionError(
            "download",
            "pip finds no CPU build of PyTorch: the common one is about "
            f"{GPU_MEGABYTES / 1000:g} GB and for NVIDIA GPUs.",
            "Name a package index that has the CPU build in the preferences (PyTorch's "
            "installation page does) or in pip's own configuration, then press the button again.",
        )
    return "torch>=" + ".".join(map(str, OLDEST_TORCH))


def _is_ours(folder: Path) -> bool:
    return (folder / INCOMPLETE).exists() or (folder / "pyvenv.cfg").exists()


def _clear(folder: Path) -> None:
    """Take away a half-made environment, but keep the mark that it is one."""
    for path in folder.iterdir():
        if path.name == INCOMPLETE:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _runs(python: Path) -> bool:
    if not python.is_file():
        return False
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            [str(python), "-m", "pip", "--version"], capture_output=True, timeout=60,
            env=child_environment(), creationflags=_no_window(), check=False,
        )  # fmt: skip
        return done.returncode == 0
    return False


def _no_window() -> int:
    return getattr(subprocess, "CREATE_NO_WINDOW", 0)


def _run(command: list[str], progress: Progress, cancelled: Cancelled, step: int) -> list[str]:
    """Run a command, telling of its downloads; return its last lines."""
    tail: deque[str] = deque(maxlen=12)
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, encoding="utf-8", errors="replace", env=child_environment(),
            creationflags=_no_window(),
        )  # fmt: skip
    except OSError as error:
        raise MotionError("output", f"{command[0]} could not be started: {error}.") from error

    def read() -> None:
        for line in process.stdout or ():
            line = line.strip()
            if line:
                tail.append(line)
            found = re.match(r"(?:Downloading|Using cached) (\S+)(.*)", line)
            if found:
                name = found[1].rsplit("/", 1)[-1].split("-", 1)[0]
                progress(f"Downloading {name}{found[2][:20]}", step, STEPS)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    while process.poll() is None:
        if cancelled():
            process.kill()
            process.wait()
            raise MotionError("cancelled", "The installation was stopped.", "It can go on.")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
    reader.join(5.0)
    if process.returncode:
        why, advice = in_words_of(list(tail)) or (
            tail[-1].rstrip(".") if tail else "no reason was given",
            "Check the connection and the disk's space, then press the button again.",
        )
        raise MotionError("download", f"Setting up the GPU engine failed: {why}.", advice)
    return list(tail)
