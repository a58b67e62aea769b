"""Where packages come from: what this Python's pip is configured to ask. Standard library only.

Nothing in this project names a package index. pip has one of its own, and its configuration files
and PIP_... variables may name others, mirrors and folders; all of that is asked of pip itself.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

from motionllm.errors import MotionError
from motionllm.link.process import child_environment

LIMIT = 60  # seconds that pip may take to tell its settings
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows opens a console otherwise
# Not of pip's public face: where a pip of another build does not know it, pip has to do the work.
_ASK = """
import json
from pip._internal.commands import create_command
options = create_command("download").parser.parse_args([])[0]
indexes = [] if options.no_index else [options.index_url, *options.extra_index_urls]
print(json.dumps({"indexes": indexes, "certificates": options.cert, "proxy": options.proxy}))
"""


@dataclass(frozen=True)
class Settings:
    """What pip would use.

    Attributes:
        indexes: addresses of package indexes, the first to be asked first.
        certificates: a file of certificate authorities, None for the system's own.
        proxy: address, "" for the environment's own.
    """

    indexes: list[str] = field(default_factory=list)
    certificates: str | None = None
    proxy: str = ""


def command() -> tuple[list[str], dict[str, str]]:
    """Return what starts pip in this Python, and the environment to start it in.

    Blender's Python may be without pip, but carries one for making environments (ensurepip): that
    one runs from its wheel, and nothing is installed.

    Raises:
        MotionError: "missing_dependency" if there is neither.
    """
    environment = child_environment({"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    if importlib.util.find_spec("pip") is None:
        environment["PYTHONPATH"] = str(_carried_wheel())
    return [sys.executable, "-P", "-m", "pip", "--no-input"], environment


def read() -> Settings:
    """Return pip's settings; no index where pip does not tell them.

    Raises:
        MotionError: "missing_dependency" if there is no pip.
    """
    environment = command()[1]
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _ASK], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, env=environment, timeout=LIMIT, creationflags=NO_WINDOW, check=True,
        )  # fmt: skip
        return Settings(**json.loads(done.stdout.splitlines()[-1]))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, IndexError):
        return Settings()


def _carried_wheel() -> Path:
    folders = [Path(folder) for folder in (sysconfig.get_config_var("WHEEL_PKG_DIR"),) if folder]
    found = importlib.util.find_spec("ensurepip")
    if found is not None and found.origin:
        folders.append(Path(found.origin).parent / "_bundled")
    for folder in folders:
        for wheel in sorted(folder.glob("pip-*.whl")):
            return wheel
    raise MotionError(
        "missing_dependency",
        "This Python has no pip to fetch packages with.",
        "Install pip for it (Debian: apt-get install python3-pip).",
    )
