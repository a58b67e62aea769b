"""What the system below Python must have: shared libraries and Debian packages. Standard library.

As root with apt-get at hand, missing packages are installed; otherwise the message says which.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Say = Callable[[str], None]

# Debian's packages for the libraries that the bpy wheels link to (read off with ldd) ...
LIBRARY_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libXxf86vm.so.1": "libxxf86vm1",
    "libgomp.so.1": "libgomp1",
    "libstdc++.so.6": "libstdc++6",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# ... and for what Workbench opens while it renders without a screen.
RENDER_LIBRARIES = ("libEGL.so.1", "libEGL_mesa.so.0")
RENDER_PACKAGES = ["libegl1", "libegl-mesa0", "libgl1-mesa-dri"]


class SetupError(Exception):
    """Setting up failed; the message says what to do."""


def need_packages(packages: list[str], purpose: str, say: Say = print) -> None:
    """Install Debian packages, or raise SetupError with the command that does."""
    command = ["install", "-y", "--no-install-recommends", *packages]
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise SetupError(
            f"The system lacks what {purpose} needs: {' '.join(packages)} (Debian's names). "
            f"Run: sudo apt-get {' '.join(command)}"
        )
    say(f"Installing system packages for {purpose}: {' '.join(packages)}")
    for arguments in (["update", "-qq"], command):
        done = subprocess.run(
            [apt, *arguments],
            env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise SetupError(f"apt-get {' '.join(command)} failed:\n{tail}")


def need_bpy_libraries(site_packages: Path, say: Say = print) -> None:
    """See to it that `import bpy` finds its shared libraries (Linux; elsewhere it brings them)."""
    missing = missing_libraries(site_packages / "bpy" / "__init__.so")
    if not missing:
        return
    unknown = [name for name in missing if name not in LIBRARY_PACKAGES]
    if unknown:
        raise SetupError(
            f"Blender's module needs shared libraries that are not there: {', '.join(unknown)}. "
            "Install the packages of your system that hold them and try again."
        )
    packages = sorted({LIBRARY_PACKAGES[name] for name in missing})
    need_packages(packages, "Blender's module", say)


def missing_libraries(binary: Path) -> list[str]:
    """Return the shared libraries that `binary` asks for and the system lacks."""
    ldd = shutil.which("ldd")
    if ldd is None or not sys.platform.startswith("linux") or not binary.is_file():
        return []
    done = subprocess.run([ldd, str(binary)], capture_output=True, text=True, check=False)
    return sorted({line.split()[0] for line in done.stdout.splitlines() if "not found" in line})


def need_render_libraries(say: Say = print) -> bool:
    """Return whether Workbench can render here, after trying to install what it needs."""
    if not sys.platform.startswith("linux") or _opens(RENDER_LIBRARIES):
        return True
    try:
        need_packages(RENDER_PACKAGES, "rendering with Workbench", say)
    except SetupError as error:
        say(f"{error}\nUntil then pictures are rendered with Cycles, which needs none of them.")
        return False
    return _opens(RENDER_LIBRARIES)


def _opens(names: tuple[str, ...]) -> bool:
    try:
        for name in names:
            ctypes.CDLL(name)
    except OSError:
        return False
    return True
