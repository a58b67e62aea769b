"""The torch engine: the embedded engine with its matrix products on torch, CPU or GPU. torch."""

from pathlib import Path

import torch

from motionllm.engine.embedded.engine import EmbeddedEngine
from motionllm.engine.torch_backbone import TorchBackboneModel
from motionllm.errors import MotionError
from motionllm.packs import Pack


class TorchEngine(EmbeddedEngine):
    """One pack on its backbone, in float32 on a torch device.

    Args:
        pack, backbone: as the embedded engine.
        device: "auto" (a GPU if there is one), or a torch device's name.

    Raises:
        MotionError: "bad_request" for a device that is not there, and what loading raises.
    """

    name = "torch"

    def __init__(self, pack: Pack, backbone: Path, device: str = "auto") -> None:
        self.device = choose_device(device)
        super().__init__(pack, backbone)

    def _open_model(self, backbone: Path, entry: int) -> TorchBackboneModel:
        return TorchBackboneModel(backbone, entry, torch.device(self.device))


def choose_device(device: str) -> str:
    """Return the name of a usable torch device.

    Raises:
        MotionError: "bad_request".
    """
    if device == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise MotionError(
            "bad_request", f"There is no device {device!r} here.", "Choose auto or cpu."
        ) from error
    return device
