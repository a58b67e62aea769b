"""Reading a GGUF file: its metadata, and its tensors as float32. numpy only.

The values equal those of the `gguf` package and of transformers' `gguf_file=` bit for bit: the
model was trained on exactly these numbers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionllm.errors import MotionError
from motionllm.pack.tensors import from_bfloat16

Metadata = dict[str, Any]  # key -> number, string, bool or list, as the file says

MAGIC = b"GGUF"
VERSIONS = (2, 3)
HINT = "Fetch the language model's file again."

# number of a type -> (name, weights in a block, bytes of a block)
TYPES = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    3: ("Q4_1", 32, 20),
    8: ("Q8_0", 32, 34),
    30: ("BF16", 1, 2),
}

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q",
            12: "d"}  # fmt: skip
_STRING, _ARRAY = 8, 9


@dataclass(frozen=True)
class TensorInfo:
    """Where a tensor lies: `shape` in numpy's order, `begin` in bytes from the file's start."""

    kind: str
    shape: tuple[int, ...]
    begin: int
    row_bytes: int


class GgufFile:
    """An open GGUF file, memory-mapped.

    Attributes:
        metadata: key -> number, string, bool or list.
        tensors: name -> TensorInfo.

    Raises:
        MotionError: "bad_file" if it is no GGUF file, cut off, or of an unknown type.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self._data = np.memmap(self.path, dtype=np.uint8, mode="r")
            self.metadata, self.tensors = _read_header(self._data.data)
        except (OSError, ValueError, struct.error, IndexError, UnicodeDecodeError) as error:
            raise MotionError(
                "bad_file", f"{self.path.name} is not a readable GGUF file: {error}.", HINT
            ) from error

    def tensor(self, name: str) -> np.ndarray:
        """Return a tensor as a float32 array of its own."""
        info = self.info(name)
        return _dequantise(self._rows(info), info.kind).reshape(info.shape)

    def rows(self, name: str, indices: np.ndarray) -> np.ndarray:
        """Return some rows of a matrix, in the order asked: float32 (len(indices), columns)."""
        info = self.info(name)
        return _dequantise(self._rows(info)[np.asarray(indices)], info.kind)

    def info(self, name: str) -> TensorInfo:
        """Return where a tensor lies.

        Raises:
            MotionError: "bad_file" if the file has no such tensor.
        """
        if name not in self.tensors:
            raise MotionError("bad_file", f"{self.path.name} holds no tensor {name}.", HINT)
        return self.tensors[name]

    def _rows(self, info: TensorInfo) -> np.ndarray:
        """Return a tensor's bytes, one row each: uint8 (rows, bytes)."""
        count = int(np.prod(info.shape[:-1]))
        end = info.begin + count * info.row_bytes
        return np.asarray(self._data[info.begin : end]).reshape(count, info.row_bytes)


class _Reader:
    """A position in the bytes of a header."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def scalar(self, code: str):
        (value,) = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        return value

    def string(self) -> str:
        length = self.scalar("Q")
        if length > len(self.data) - self.at:
            raise ValueError("it is cut off")
        self.at += length
        return str(self.data[self.at - length : self.at], "utf-8")

    def value(self, kind: int):
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            if kind not in _SCALARS:
                raise ValueError(f"it holds the unknown value type {kind}")
            return self.scalar(_SCALARS[kind])
        inner, count = self.scalar("I"), self.scalar("Q")
        if count > len(self.data) - self.at:
            raise ValueError("it is cut off")
        if inner in _SCALARS:
            code = f"<{count}{_SCALARS[inner]}"
            values = list(struct.unpack_from(code, self.data, self.at))
            self.at += struct.calcsize(code)
            return values
        return [self.value(inner) for _ in range(count)]


def _read_header(data: memoryview) -> tuple[Metadata, dict[str, TensorInfo]]:
    reader = _Reader(data)
    if bytes(data[:4]) != MAGIC:
        raise ValueError("it does not begin with GGUF")
    reader.at = 4
    version = reader.scalar("I")
    if version not in VERSIONS:
        raise ValueError(f"it has the unknown version {version}")
    tensor_count, value_count = reader.scalar("Q"), reader.scalar("Q")
    metadata = {}
    for _ in range(value_count):
        key = reader.string()
        metadata[key] = reader.value(reader.scalar("I"))
    found = []
    for _ in range(tensor_count):
        name = reader.string()
        shape = tuple(reader.scalar("Q") for _ in range(reader.scalar("I")))[::-1]
        found.append((name, shape, reader.scalar("I"), reader.scalar("Q")))
    alignment = metadata.get("general.alignment", 32)
    start = -(-reader.at // alignment) * alignment
    return metadata, {
        name: _tensor_info(shape, kind, start + offset, len(data))
        for name, shape, kind, offset in found
    }


def _tensor_info(shape: tuple[int, ...], kind: int, begin: int, size: int) -> TensorInfo:
    if kind not in TYPES:
        raise ValueError(f"it holds weights of the unsupported type {kind}")
    name, block, block_bytes = TYPES[kind]
    if shape[-1] % block:
        raise ValueError("a row does not fill its blocks")
    row_bytes = shape[-1] // block * block_bytes
    if begin + int(np.prod(shape[:-1])) * row_bytes > size:
        raise ValueError("it is cut off")
    return TensorInfo(name, shape, begin, row_bytes)


def _dequantise(rows: np.ndarray, kind: str) -> np.ndarray:
    """Return float32 (rows, columns) from the bytes (rows, bytes) of a type in TYPES."""
    if kind == "F32":
        return rows.view("<f4").astype(np.float32)
    if kind == "F16":
        return rows.view("<f2").astype(np.float32)
    if kind == "BF16":
        return from_bfloat16(rows.view("<u2"))
    if kind == "Q8_0":  # half-precision scale, 32 signed bytes
        blocks = rows.reshape(-1, 34)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
        return (blocks[:, 2:].view(np.int8) * scale).reshape(len(rows), -1)
    # Q4_1: half-precision scale and minimum, then 16 bytes: low nibbles first, then high ones.
    blocks = rows.reshape(-1, 20)
    scale, minimum = blocks[:, :4].copy().view("<f2").astype(np.float32).T[:, :, None]
    values = np.empty((len(blocks), 32), np.float32)
    np.bitwise_and(blocks[:, 4:], 15, out=values[:, :16], casting="unsafe")
    np.right_shift(blocks[:, 4:], 4, out=values[:, 16:], casting="unsafe")
    values *= scale
    values += minimum
    return values.reshape(len(rows), -1)
