"""Safetensors files: what is written is read, and broken files are refused with a sentence."""

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.pack.tensors import read_tensors, write_tensors

TYPES = ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"]


def test_every_type_and_shape_comes_back(tmp_path):
    random = np.random.default_rng(0)
    tensors = {
        f"{name}{len(shape)}": (random.standard_normal(shape) * 50).astype(name)
        for name in TYPES
        for shape in ((), (3,), (2, 0), (5, 2, 3))
    }
    write_tensors(tmp_path / "a.safetensors", tensors, {"made": "by a test"})
    found = read_tensors(tmp_path / "a.safetensors")
    assert set(found) == set(tensors)
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        assert found[name].shape == tensor.shape
        assert np.array_equal(found[name], tensor)


def test_views_of_other_order_are_written_by_value(tmp_path):
    tensor = np.arange(12.0, dtype=">f4").reshape(3, 4).T
    write_tensors(tmp_path / "a.safetensors", {"a": tensor})
    assert np.array_equal(read_tensors(tmp_path / "a.safetensors")["a"], tensor)


def test_bfloat16_is_read_as_float32(tmp_path):
    header = b'{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    data = len(header).to_bytes(8, "little") + header + b"\x80\x3f\x00\xc0"
    (tmp_path / "a.safetensors").write_bytes(data)
    found = read_tensors(tmp_path / "a.safetensors")["a"]
    assert found.dtype == np.float32
    assert found.tolist() == [1.0, -2.0]


@pytest.mark.parametrize("data", [
    b"", b"12345678", b"\xff" * 20, (2).to_bytes(8, "little") + b"[]",
    (5).to_bytes(8, "little") + b'{"a":', (7).to_bytes(8, "little") + b'{"a":3}',
])  # fmt: skip
def test_garbage_is_refused(tmp_path, data):
    (tmp_path / "a.safetensors").write_bytes(data)
    with pytest.raises(MotionError) as caught:
        read_tensors(tmp_path / "a.safetensors")
    assert caught.value.code == "bad_file"


def test_missing_and_cut_off_files_are_refused(tmp_path):
    path = tmp_path / "a.safetensors"
    with pytest.raises(MotionError):
        read_tensors(path)
    write_tensors(path, {"a": np.ones(100)})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(MotionError, match="cut off"):
        read_tensors(path)


def test_types_the_format_lacks_are_refused(tmp_path):
    with pytest.raises(MotionError):
        write_tensors(tmp_path / "a.safetensors", {"a": np.array(["text"])})
    assert not list(tmp_path.iterdir())
