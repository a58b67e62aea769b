"""The engine in memory: loading takes seconds, asking again should not. Standard library at import;
engines come in through `open_engine`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from motionllm.engine.choose import open_engine

if TYPE_CHECKING:
    from motionllm.engine.interface import Engine

DEFAULT_PACK = "default"


class LoadedEngines:
    """Opens engines by pack name and keeps the last one.

    Only one, since each holds a backbone of some hundred megabytes; going to and fro between
    packs costs seconds, running out of memory costs more.
    """

    def __init__(
        self,
        kind: str = "auto",
        device: str = "auto",
        pack: str = DEFAULT_PACK,
        backbone: str | Path | None = None,
    ) -> None:
        """Load nothing yet.

        Args:
            kind: "auto", "embedded" or "torch".
            device: as `open_engine` takes it.
            pack: name or folder of the pack used where a request names none.
            backbone: the backbone's file; by default wherever `find_backbone` finds it.
        """
        self.kind = kind
        self.device = device
        self.pack = pack
        self.backbone = backbone
        self._key = ""
        self._engine: Engine | None = None

    def get(self, pack: str | None = None, on_loading: Callable[[], None] = lambda: None) -> Engine:
        """Return the engine of a pack, loading it where needed.

        Raises:
            MotionError: "no_pack", "bad_pack", "no_backbone", "no_engine", "bad_request".
        """
        key = pack or self.pack
        if self._engine is None or self._key != key:
            on_loading()
            self._engine = None  # free the memory before taking as much again
            self._engine = self._open(key)
            self._key = key
        return self._engine

    def _open(self, key: str) -> Engine:
        from motionllm.pack.backbone import find_backbone
        from motionllm.pack.folders import find_pack
        from motionllm.pack.pack import load_pack

        pack = load_pack(find_pack(key))
        return open_engine(self.kind, pack, find_backbone(pack, self.backbone), self.device)


@dataclass(frozen=True)
class EngineChoice:
    """Which engine a worker opens: kind, device, pack and backbone as `LoadedEngines` takes them.

    Attributes:
        version, pack_digest: of motionllm and of the pack; a worker with others refuses to work.
    """

    kind: str
    device: str
    pack: str
    backbone: str | None
    version: str
    pack_digest: str
