"""Where the server's processes find their sources, and whether a process lives."""

import os
import time
from pathlib import Path

import motionllm

SOURCE = str(Path(motionllm.__file__).parents[1])
SCRIPTED = str(Path(__file__).with_name("scripted_server.py"))


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        if Path("/proc/self").exists():
            return False
        try:
            os.kill(pid, 0)
        except OSError:
            return False
        return True
    return state != "Z"


def gone(pid: int, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False
