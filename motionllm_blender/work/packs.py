"""The model packs of this machine, as the panel lists them. May import bpy."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from . import extension

REMEMBER = 2.0  # seconds that a list of packs is believed


@dataclass(frozen=True)
class FoundPack:
    """A model pack on this machine, as its pack.json describes it."""

    folder: Path
    name: str
    licence: str
    commercial: bool


_packs: tuple[float, list[FoundPack]] = (-1e9, [])


def list_packs() -> list[FoundPack]:
    """Return the packs that come with the extension, those in its folder of the user's, and those
    that the command line finds; of packs with one name the first.

    What was found is remembered for a moment: panels ask at every redraw.
    """
    global _packs
    now = time.monotonic()
    if now - _packs[0] > REMEMBER:
        _packs = (now, _read_packs())
    return _packs[1]


def forget() -> None:
    """Look anew the next time: a pack was installed."""
    global _packs
    _packs = (-1e9, [])


def _read_packs() -> list[FoundPack]:
    from motionllm.pack.folders import pack_folders

    found: dict[str, FoundPack] = {}
    own = (extension.BUNDLED / "packs", extension.user_folder() / "packs")
    for parent in pack_folders(own):
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
