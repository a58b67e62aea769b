"""The table of bones that a VRM file carries."""

import json
import struct

import pytest

from motionllm.errors import MotionError
from motionllm.rig.find import vrm


def write_glb(path, table):
    text = json.dumps(table).encode()
    text += b" " * (-len(text) % 4)
    header = struct.pack("<IIIII", 0x46546C67, 2, 20 + len(text), len(text), 0x4E4F534A)
    path.write_bytes(header + text)


@pytest.mark.parametrize("version", [0, 1])
def test_the_table_of_a_vrm(tmp_path, version):
    path = tmp_path / "person.vrm"
    human = ["hips", "spine", "chest", "head", "leftUpperLeg"]
    nodes = [{"name": f"node {name}"} for name in human]
    if version:
        bones = {name: {"node": number} for number, name in enumerate(human)}
        extensions = {"VRMC_vrm": {"humanoid": {"humanBones": bones}}}
    else:
        bones = [{"bone": name, "node": number} for number, name in enumerate(human)]
        extensions = {"VRM": {"humanoid": {"humanBones": bones}}}
    write_glb(path, {"nodes": nodes, "extensions": extensions})
    found = vrm.human_bones(path)
    assert found["pelvis"] == "node hips" and found["left_hip"] == "node leftUpperLeg"
    assert set(found) == {"pelvis", "head", "left_hip"}  # a spine in part is left to others


def test_what_is_no_vrm(tmp_path):
    path = tmp_path / "person.vrm"
    path.write_bytes(b"glTF")
    with pytest.raises(MotionError, match="is no VRM"):
        vrm.human_bones(path)
    write_glb(path, {"nodes": []})
    with pytest.raises(MotionError, match="names no bones"):
        vrm.human_bones(path)
