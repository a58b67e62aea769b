"""Which engine is opened. Standard library at import: an engine's own code, numpy's or torch's, is
imported by its name when that engine is asked for, so that nothing here needs torch."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from motionllm import advice
from motionllm.errors import MotionError

if TYPE_CHECKING:
    from motionllm.engine.interface import Engine
    from motionllm.pack.pack import Pack

KINDS = ("auto", "embedded", "torch")
EMBEDDED = "motionllm.engine.embedded.engine"
ON_TORCH = "motionllm.engine.on_torch.engine"


def torch_installed() -> bool:
    """Tell whether the torch engine could be opened, without importing torch."""
    return all(importlib.util.find_spec(name) is not None for name in ("torch", "transformers"))


def torch_pays(device: str) -> bool:
    """Tell whether torch is installed and has something faster than this CPU to run on.

    Args:
        device: as `open_engine` takes it.
    """
    if device == "cpu" or not torch_installed():
        return False
    return device != "auto" or importlib.import_module(ON_TORCH).choose_device("auto") != "cpu"


def open_engine(kind: str, pack: Pack, backbone: Path, device: str = "auto") -> Engine:
    """Load an engine with a pack on a backbone; seconds to minutes, so never on a UI thread.

    Args:
        kind: "embedded" (numpy), "torch", or "auto": torch only where it has a GPU to use.
        backbone: the GGUF file the pack was trained on.
        device: "auto", "cpu", "cuda", "mps"... ; the embedded engine knows "cpu" only.

    Raises:
        MotionError: "bad_request" for an unknown kind or device, "no_engine" if torch
            is not installed, and what loading the pack or the backbone raises.
    """
    if kind not in KINDS:
        raise MotionError(
            "bad_request", f"There is no engine {kind!r}.", "Choose one of " + ", ".join(KINDS)
        )
    if kind == "torch" or (kind == "auto" and torch_pays(device)):
        if not torch_installed():
            raise MotionError(
                "no_engine",
                "The torch engine is not installed.",
                f"Install it with: {advice.install('torch')} (or choose the embedded engine).",
            )
        return importlib.import_module(ON_TORCH).TorchEngine(pack, backbone, device)
    if device not in ("auto", "cpu"):
        raise MotionError(
            "bad_request",
            f"The embedded engine runs on the CPU, not on {device!r}.",
            "Choose --engine torch for other devices.",
        )
    return importlib.import_module(EMBEDDED).EmbeddedEngine(pack, backbone)
