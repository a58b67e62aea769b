"""The torch engine: the embedded engine with its matrix products on torch, CPU or GPU. torch."""

from pathlib import Path

import torch

from motionllm.engine.embedded.engine import EmbeddedEngine
from motionllm.engine.on_torch.backbone_model import TorchBackboneModel, knows_half
from motionllm.engine.on_torch.motion_tokenizer import TorchMotionTokenizer
from motionllm.errors import MotionError
from motionllm.pack.pack import Pack

PRECISIONS = ("auto", "fp32", "fp16")


class TorchEngine(EmbeddedEngine):
    """One pack on its backbone, on a torch device.

    Args:
        pack, backbone: as the embedded engine.
        device: "auto" (a GPU if there is one), or a torch device's name.
        precision: of the matrices. "fp32" draws the embedded engine's tokens. "fp16" (x86 CPUs
            only) is up to twice as fast and moves the loss by less than 0.0001 nats; of a hundred
            4 s clips three come out otherwise. "auto" is fp16 where that works.

    Attributes:
        precision: "fp32" or "fp16".

    Raises:
        MotionError: "bad_request" for a device or precision that is not there, and what
            loading raises.
    """

    name = "torch"
    _tokenizer_type = TorchMotionTokenizer

    def __init__(
        self, pack: Pack, backbone: Path, device: str = "auto", precision: str = "auto"
    ) -> None:
        self.device = choose_device(device)
        self.precision = choose_precision(precision, self.device)
        super().__init__(pack, backbone)

    def _open_model(self, backbone: Path, entry: int) -> TorchBackboneModel:
        half = self.precision == "fp16"
        return TorchBackboneModel(backbone, entry, torch.device(self.device), half)


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


def choose_precision(precision: str, device: str) -> str:
    """Return "fp32" or "fp16".

    On a GPU float32 costs little, a decode step being bound by its many small kernels, and keeps
    the tokens of the embedded engine.

    Raises:
        MotionError: "bad_request".
    """
    if precision not in PRECISIONS:
        raise MotionError(
            "bad_request",
            f"There is no precision {precision!r}.",
            "Choose one of " + ", ".join(PRECISIONS),
        )
    works = precision != "fp32" and knows_half(torch.device(device))
    if precision == "fp16" and not works:
        raise MotionError(
            "bad_request", f"Half precision does not work on {device!r}.", "Choose fp32."
        )
    return "fp16" if works else "fp32"
