"""The motion tokenizer with its convolutions on torch, for the torch engine. torch.

Same numbers as the numpy one up to rounding. It is faster, and it keeps numpy's BLAS out of the
engine, whose threads and torch's would wait for each other.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch.nn import functional

from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer


class TorchMotionTokenizer(MotionTokenizer):
    """See embedded.motion_tokenizer; runs on the CPU, being small beside the language model."""

    def __init__(self, tensors: Mapping[str, np.ndarray], config: Mapping) -> None:
        super().__init__(tensors, config)
        self._weights = {name: torch.tensor(value) for name, value in self._tensors.items()}

    @torch.inference_mode()
    def _linear(self, name: str, x: np.ndarray) -> np.ndarray:
        return functional.linear(_rows(x), *self._parameters(name)).numpy()

    @torch.inference_mode()
    def _conv(self, name: str, x: np.ndarray, dilation: int = 1) -> np.ndarray:
        weight, bias = self._parameters(name)
        reach = dilation * (weight.shape[2] // 2)
        rows = _rows(x).reshape(-1, *x.shape[-2:]).transpose(1, 2)
        found = functional.conv1d(rows, weight, bias, padding=reach, dilation=dilation)
        found = found.transpose(1, 2).contiguous()
        return found.reshape(*x.shape[:-1], len(bias)).numpy()

    def _parameters(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        self._tensor(f"{name}.weight"), self._tensor(f"{name}.bias")  # says what is missing
        return self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]


def _rows(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
