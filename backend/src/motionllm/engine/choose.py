"""Which engine is opened. An engine's own code is imported when it is."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from motionllm.errors import MotionError

if TYPE_CHECKING:
    from motionllm.pack.pack import Pack
from motionllm.engine.interface import Engine

KINDS = ("auto", "embedded", "torch")


def torch_installed() -> bool:
    """Tell whether the torch engine could be opened, without importing torch."""
    return all(importlib.util.find_spec(name) is not None for name in ("torch", "transformers"))


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
    if kind == "torch" or (kind == "auto" and _torch_pays(device)):
        if not torch_installed():
            raise MotionError(
                "no_engine",
                "The torch engine is not installed.",
                "Install motionllm[torch], or choose the embedded engine.",
            )
        from motionllm.engine.on_torch.engine import TorchEngine

        return TorchEngine(pack, backbone, device)
    if device not in ("auto", "cpu"):
        raise MotionError(
            "bad_request",
            f"The embedded engine runs on the CPU, not on {device!r}.",
            "Choose --engine torch for other devices.",
        )
    from motionllm.engine.embedded.engine import EmbeddedEngine

    return EmbeddedEngine(pack, backbone)


def _torch_pays(device: str) -> bool:
    """Tell whether torch is installed and has something faster than this CPU."""
    if (
        not torch_installed()
        or importlib.util.find_spec("motionllm.engine.on_torch.engine") is None
    ):
        return False
    if device == "cpu":
        return False
    if device != "auto":
        return True
    import torch

    return bool(torch.cuda.is_available() or torch.backends.mps.is_available())
