"""Where packs and fetched files lie, and finding a pack by name. Standard library only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from motionllm.errors import MotionError

ENVIRONMENT = "MOTIONLLM_BACKBONE"  # a file's path, before all other places


def cache_dir() -> Path:
    """Return the folder of this user's fetched files (it need not exist yet)."""
    if os.environ.get("MOTIONLLM_CACHE"):
        return Path(os.environ["MOTIONLLM_CACHE"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local")) / "motionllm"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/motionllm"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "motionllm"


def pack_folders(before: Iterable[Path] = ()) -> list[Path]:
    """Return the folders that may hold packs, first the ones that win.

    `before`, the extension's own; MOTIONLLM_PACKS; `packs` in the folder that one works in, where
    `motionllm train pack` writes them; the user's cache; and `packs` beside a checkout's sources.
    """
    named = [Path(part) for part in os.environ.get("MOTIONLLM_PACKS", "").split(os.pathsep) if part]
    checkout = Path(__file__).resolve().parents[4]
    return [*before, *named, Path("packs").absolute(), cache_dir() / "packs", checkout / "packs"]


def find_pack(name: str | Path) -> Path:
    """Return the folder of a pack by name or by path.

    Raises:
        MotionError: code "no_pack".
    """
    path = Path(name)
    if (path / "pack.json").is_file():
        return path
    for folder in pack_folders():
        if (folder / path.name / "pack.json").is_file() and path.name == str(name):
            return folder / path.name
    known = ", ".join(sorted({p.name for p in _all_folders()})) or "none"
    raise MotionError(
        "no_pack", f"There is no model pack '{name}'.",
        f"Packs found: {known}. Give a pack's name or the path of its folder.",
    )  # fmt: skip


def _all_folders() -> list[Path]:
    return [
        path.parent for folder in pack_folders() if folder.is_dir()
        for path in sorted(folder.glob("*/pack.json"))
    ]  # fmt: skip
