"""Reading and writing safetensors files, the only weight format of model packs. numpy only.

A file is 8 bytes (length of the header, little endian), the header (JSON: name -> dtype, shape,
data_offsets) and the raw arrays. Nothing in it can run code.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from motionllm.errors import MotionError

HEADER_LIMIT = 100_000_000  # bytes, as in the reference implementation

_DTYPES = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


def read_tensors(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Return every array of a file by name.

    The arrays are read-only views of the memory-mapped file, so unused ones cost nothing;
    bfloat16, which numpy lacks, is converted to float32.

    Raises:
        MotionError: "bad_file" if the file is missing, cut off or no safetensors file.
    """
    path = Path(path)
    try:
        if path.stat().st_size < 8:
            raise ValueError("it is too short")
        data = np.memmap(path, dtype=np.uint8, mode="r")
        header, start = _read_header(data)
        header.pop("__metadata__", None)
        body = data[start:]
        return {name: _array(body, entry) for name, entry in header.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MotionError(
            "bad_file", f"{path.name} is not a readable safetensors file: {error}.", str(path)
        ) from error


def write_tensors(
    path: str | os.PathLike[str],
    tensors: Mapping[str, np.ndarray],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write arrays to a file; the file appears whole or not at all.

    Args:
        tensors: arrays of float, int, uint8 or bool type; float16 stays float16.
        metadata: strings kept in the header.

    Raises:
        MotionError: "bad_file" for a type the format cannot hold, "output" if writing fails.
    """
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    arrays, offset = [], 0
    for name, tensor in tensors.items():
        array = np.asarray(tensor)
        array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
        array = array.reshape(np.shape(tensor))  # ascontiguousarray makes scalars one-dimensional
        if array.dtype not in _NAMES:
            raise MotionError("bad_file", f"Tensor {name} has the unsupported type {array.dtype}.")
        header[name] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        arrays.append(array)
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the arrays then start on an 8-byte boundary
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for array in arrays:
                file.write(array.tobytes())
        os.replace(partial, path)
    except OSError as error:
        raise MotionError("output", f"{path} cannot be written: {error}.") from error


def _read_header(data: np.ndarray) -> tuple[dict, int]:
    (length,) = struct.unpack("<Q", data[:8].tobytes())
    if length > min(HEADER_LIMIT, data.size - 8):
        raise ValueError("its header is longer than the file")
    header = json.loads(data[8 : 8 + length].tobytes().decode("utf-8"))
    if not isinstance(header, dict):
        raise ValueError("its header is no table")
    return header, 8 + length


def _array(body: np.ndarray, entry: dict) -> np.ndarray:
    begin, end = entry["data_offsets"]
    if not 0 <= begin <= end <= body.size:
        raise ValueError("it is cut off")
    raw = np.asarray(body[begin:end])
    if entry["dtype"] == "BF16":
        return from_bfloat16(raw.view("<u2")).reshape(entry["shape"])
    if entry["dtype"] not in _DTYPES:
        raise ValueError(f"it holds the unknown type {entry['dtype']}")
    return raw.view(_DTYPES[entry["dtype"]]).reshape(entry["shape"])


def from_bfloat16(bits: np.ndarray) -> np.ndarray:
    """Return float32 values of bfloat16 bit patterns (uint16, any shape)."""
    return (bits.astype(np.uint32) << 16).view(np.float32)
