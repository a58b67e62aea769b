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


LONG = "とても長い名前のボーン" * 3  # 99 bytes


@pytest.mark.parametrize("version", [0, 1])
def test_names_that_blender_would_change_are_changed_before(tmp_path, version):
    """Long, missing, empty, and given twice; the copy for Blender has what the table says."""
    path = tmp_path / "person.vrm"
    names = [LONG + "a", LONG + "b", None, "", "Bone", "Bone", "plain", LONG + "c", "no bone"]
    human = ["hips", "head", "leftUpperLeg", "rightUpperLeg", "leftFoot", "rightFoot", "neck"]
    write_vrm(path, names, human, version)
    found = vrm.human_bones(path)
    assert len(set(found.values())) == len(human)
    assert all(len(name.encode()) <= 63 for name in found.values())
    assert found["neck"] == "plain" and found["pelvis"].startswith("とても")
    copy = tmp_path / "copy.vrm"
    copy.write_bytes(vrm.as_glb(path))
    assert vrm.human_bones(copy) == found
    size = struct.unpack_from("<I", copy.read_bytes(), 12)[0]
    nodes = json.loads(copy.read_bytes()[20 : 20 + size])["nodes"]
    assert [nodes[n]["name"] for n in range(7)] == [
        found[joint] for joint in (
            "pelvis", "head", "left_hip", "right_hip", "left_ankle", "right_ankle", "neck"
        )
    ]  # fmt: skip
    assert len(nodes[7]["name"].encode()) <= 63 and nodes[7]["name"] not in found.values()
    assert copy.read_bytes().endswith(b"what follows")


def test_a_file_whose_names_will_do_is_handed_on_as_it_is(tmp_path):
    path = tmp_path / "person.vrm"
    write_vrm(path, ["hips", "head", "Bone"], ["hips", "head"], 1)
    assert vrm.as_glb(path) == path.read_bytes()


def test_a_bone_without_a_node_is_absent(tmp_path):
    """Some programs write -1 for what a person lacks."""
    path = tmp_path / "person.vrm"
    bones = [{"bone": "hips", "node": 0}, {"bone": "head", "node": -1}]
    write_glb(
        path, {"nodes": [{"name": "a"}], "extensions": {"VRM": {"humanoid": {"humanBones": bones}}}}
    )
    assert vrm.human_bones(path) == {"pelvis": "a"}


def write_vrm(path, names, human, version):
    nodes = [{} if name is None else {"name": name} for name in names]
    if version:
        bones = {name: {"node": number} for number, name in enumerate(human)}
        extensions = {"VRMC_vrm": {"humanoid": {"humanBones": bones}}}
    else:
        bones = [{"bone": name, "node": number} for number, name in enumerate(human)]
        extensions = {"VRM": {"humanoid": {"humanBones": bones}}}
    write_glb(path, {"nodes": nodes, "extensions": extensions})
    path.write_bytes(path.read_bytes() + b"what follows")
