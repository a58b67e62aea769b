"""The engine's process: which one to start, with what, and its client. May import bpy, motionllm.

What only a process that is really started needs is loaded then: Blender starts without it.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

import motionllm
from motionllm.errors import MotionError
from motionllm.pack.folders import ENVIRONMENT

from . import extension, packs, paths

if TYPE_CHECKING:
    from motionllm.link.client import Client

FETCHING = "Fetching the language model"  # the title of that job

_client: Client | None = None
_client_key: tuple = ()


def find_backbone() -> Path:
    """Return the language model's file: the extension's, then the user's.

    Raises:
        MotionError: code "no_backbone".
    """
    from motionllm.pack import backbone

    bundled = sorted((extension.BUNDLED / "backbone").glob("*.gguf"))
    if bundled and not os.environ.get(ENVIRONMENT):
        return bundled[0]
    return backbone.find_backbone()


def client() -> Client:
    """Return the client of the engine that the preferences name; nothing is started yet.

    Raises:
        MotionError: code "no_backbone" or "no_engine".
    """
    settings = extension.preferences()
    if settings is None or settings.engine == "EMBEDDED":
        # Blender's own Python, told where Blender has installed the extension's wheel.
        sources = str(Path(motionllm.__file__).resolve().parent.parent)
        command = [sys.executable, *_arguments(), "--engine", "embedded"]
        return _client_of(command, {"PYTHONPATH": sources})
    if settings.engine == "TORCH":
        arguments = [*_arguments(), "--engine", "torch", "--device", settings.device]
        return _client_of([str(_gpu_python(settings)), *arguments], {})
    command = shlex.split(settings.command, posix=os.name != "nt")
    if not command:
        raise MotionError(
            "no_engine", "The engine's command is empty.", "Set it in the preferences."
        )
    return _client_of(command, {})


def _arguments() -> list[str]:
    arguments = ["-m", "motionllm.serve", "--backbone", str(find_backbone())]
    pack = packs.find_pack("default") or next(iter(packs.list_packs()), None)
    if pack is not None:
        arguments += ["--pack", str(pack.folder)]
    return arguments


def _gpu_python(settings: bpy.types.AddonPreferences) -> Path:
    from .gpu_environment import python_in

    chosen = settings.python.strip()
    python = paths.absolute(chosen) if chosen else python_in(extension.gpu_folder())
    if not python.is_file():
        raise MotionError(
            "no_engine",
            "The GPU engine is not installed.",
            "Press Set Up GPU Engine in the preferences, or choose the embedded engine.",
        )
    return python


def _client_of(command: list[str], environment: dict[str, str]) -> Client:
    """Return the client of this process; another command ends the process before it."""
    from motionllm.link.client import Client

    global _client, _client_key
    log = str(extension.log_path())
    key = (tuple(command), tuple(sorted(environment.items())), log)
    if _client is None or key != _client_key:
        close()
        _client, _client_key = Client(command, environment, log), key
    return _client


def pack_parameter(context: bpy.types.Context) -> dict[str, str]:
    """Return the request's "pack" for the pack chosen in the panel.

    An engine of the user's own command may run elsewhere, where folders of this machine mean
    nothing: it is told the name.
    """
    name = context.scene.motionllm.pack
    settings = extension.preferences()
    if settings is not None and settings.engine == "COMMAND":
        return {} if name in ("", "default") else {"pack": name}
    pack = packs.find_pack(name)
    if pack is None:
        return {}
    return {"pack": str(pack.folder)}


def pid() -> int | None:
    """Return the number of the engine's process, if one runs."""
    return _client.pid if _client else None


def close() -> None:
    """End the engine's process; safe to call at any time."""
    global _client
    if _client is not None:
        _client.close()
        _client = None
