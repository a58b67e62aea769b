"""Files that this program does not read: what they are is said."""

import struct
from pathlib import Path

import pytest

from motionllm.cli.clip_files import read_motion
from motionllm.errors import MotionError
from motionllm.rig.other_files import refusal

HEAD = b"Kaydara FBX Binary  \x00\x1a\x00"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.vrma", b"glTF", "a VRM animation"),
        ("a.PKL", b"\x80", "packed Python objects"),
        ("a.pth", b"PK", "a file of PyTorch"),
        ("a.fbx", b"; FBX 7.4.0 project file\n; ---\n", "text (ASCII), which Blender cannot read"),
        ("a.fbx", b"FBXHeaderExtension:  {\n", "text (ASCII), which Blender cannot read"),
        ("a.fbx", b"PK\x03\x04" + bytes(40), "no FBX file"),
        ("a.FBX", HEAD + struct.pack("<I", 6100) + bytes(40), "FBX 6.1, which Blender cannot read"),
        ("a.bvh", b"", "a.bvh is empty"),
        ("a.glb", b"version https://git-lfs.github.com/spec/v1\noid 1\n", "pointer of Git LFS"),
    ],
)  # fmt: skip
def test_what_it_is_and_what_to_do(tmp_path, name, data, said):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(MotionError) as caught:
        read_motion(path)
    assert said in caught.value.message and name in caught.value.message
    assert caught.value.hint and caught.value.code == "bad_file"


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.fbx", HEAD + struct.pack("<I", 7400) + bytes(40)), ("a.npz", b"PK"), ("a.bvh", b"x")],
)
def test_what_may_be_read_is_not_refused(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    assert refusal(tmp_path / name) is None
    assert refusal(Path("nowhere") / name) is None
