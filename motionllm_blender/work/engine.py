"""Which process to start, with which pack and language model. May import bpy and motionllm.

The full extension carries both in its folder `data`; what was fetched later lies in the user's
folder of the extension.
"""

import json
import os
import shlex
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import bpy

import motionllm
from motionllm.errors import MotionError
from motionllm.link.client import Client
from motionllm.pack import backbone
from motionllm.pack.folders import ENVIRONMENT

from .. import FOLDER, PACKAGE
from . import jobs

BUNDLED = FOLDER / "data"
REMEMBER = 2.0  # seconds that a list of packs is believed


@dataclass(frozen=True)
class FoundPack:
    """A model pack on this machine, as its pack.json describes it."""

    folder: Path
    name: str
    licence: str
    commercial: bool


_packs: tuple[float, list[FoundPack]] = (-1e9, [])


def preferences() -> bpy.types.AddonPreferences | None:
    """Return the add-on's preferences, None where it runs outside an installed extension."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    return addon.preferences if addon else None


def user_folder() -> Path:
    """Return the folder the extension may write to; it survives updates."""
    try:
        return Path(bpy.utils.extension_path_user(PACKAGE, create=True))
    except ValueError:  # not installed as an extension
        return Path(tempfile.gettempdir()) / "motionllm"


def log_path() -> Path:
    """Return the file of the engine's log."""
    return user_folder() / "engine.log"


def list_packs() -> list[FoundPack]:
    """Return the packs that come with the extension and those in the user's folder.

    What was found is remembered for a moment: panels ask at every redraw.
    """
    global _packs
    now = time.monotonic()
    if now - _packs[0] > REMEMBER:
        _packs = (now, _read_packs())
    return _packs[1]


def _read_packs() -> list[FoundPack]:
    found: dict[str, FoundPack] = {}
    for parent in (BUNDLED / "packs", user_folder() / "packs"):
        for file in sorted(parent.glob("*/pack.json")):
            try:
                config = json.loads(file.read_text(encoding="utf-8"))
                pack = FoundPack(
                    file.parent,
                    str(config.get("name", file.parent.name)),
                    str(config.get("licence", "unknown licence")),
                    bool(config.get("commercial", False)),
                )
            except (OSError, ValueError, AttributeError):
                # Still listed: the engine says what is wrong with it when it is chosen.
                pack = FoundPack(file.parent, file.parent.name, "unreadable", False)
            found.setdefault(pack.folder.name, pack)
    return sorted(found.values(), key=lambda pack: (pack.folder.name != "default", pack.name))


def find_pack(name: str) -> FoundPack | None:
    """Return the pack in the folder of that name."""
    return next((pack for pack in list_packs() if pack.folder.name == name), None)


def find_backbone() -> Path:
    """Return the language model's file: the extension's, then the user's.

    Raises:
        MotionError: code "no_backbone".
    """
    bundled = sorted((BUNDLED / "backbone").glob("*.gguf"))
    if bundled and not os.environ.get(ENVIRONMENT):
        return bundled[0]
    return backbone.find_backbone()


def wheel() -> Path | None:
    """Return the motionllm wheel that the extension carries."""
    found = sorted((FOLDER / "wheels").glob("motionllm-*.whl"))
    return found[-1] if found else None


def engine_python(folder: Path) -> Path:
    """Return the interpreter of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def gpu_folder() -> Path:
    """Return the folder of the GPU engine's environment."""
    settings = preferences()
    chosen = settings.environment.strip() if settings else ""
    return Path(bpy.path.abspath(chosen)) if chosen else user_folder() / "gpu-engine"


def client(context: bpy.types.Context) -> Client:
    """Return the client of the engine that the preferences name; nothing is started yet.

    Raises:
        MotionError: code "no_backbone", "no_engine" or "no_pack".
    """
    settings = preferences()
    kind = settings.engine if settings else "EMBEDDED"
    if kind == "COMMAND":
        command = shlex.split(settings.command, posix=os.name != "nt")
        if not command:
            raise MotionError(
                "no_engine", "The engine's command is empty.", "Set it in the preferences."
            )
        return jobs.client(command, {}, log_path())
    arguments = ["-m", "motionllm.serve", "--backbone", str(find_backbone())]
    pack = find_pack("default") or next(iter(list_packs()), None)
    if pack is not None:
        arguments += ["--pack", str(pack.folder)]
    if kind == "TORCH":
        python = settings.python.strip()
        python = Path(bpy.path.abspath(python)) if python else engine_python(gpu_folder())
        if not python.is_file():
            raise MotionError(
                "no_engine",
                "The GPU engine is not installed.",
                "Press Set Up GPU Engine in the preferences, or choose the embedded engine.",
            )
        arguments += ["--engine", "torch", "--device", settings.device]
        return jobs.client([str(python), *arguments], {}, log_path())
    # Blender's own Python, told where Blender has installed the extension's wheel.
    sources = str(Path(motionllm.__file__).resolve().parent.parent)
    arguments += ["--engine", "embedded"]
    return jobs.client([sys.executable, *arguments], {"PYTHONPATH": sources}, log_path())


def pack_parameter(context: bpy.types.Context) -> dict[str, str]:
    """Return the request's "pack" for the pack chosen in the panel.

    An engine of the user's own command may run elsewhere, where folders of this machine mean
    nothing: it is told the name.
    """
    name = context.scene.motionllm.pack
    settings = preferences()
    if settings is not None and settings.engine == "COMMAND":
        return {} if name in ("", "default") else {"pack": name}
    pack = find_pack(name)
    if pack is None:
        return {}
    return {"pack": str(pack.folder)}
