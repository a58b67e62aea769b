"""Files that Blender's importers do not take: read all the same, or told in words."""

import struct

import bpy
import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.motion.bvh import bvh_text
from tests.helpers.synthetic import make_steps

pytestmark = pytest.mark.usefixtures("addon")

CLIP = make_steps(3, 1)
TEXT = bvh_text(CLIP)
FBX = b"Kaydara FBX Binary  \x00\x1a\x00"
DIALECTS = {
    "western": TEXT.replace("pelvis", "H\xfcfte").encode("cp1252"),
    "byte order mark": TEXT.encode("utf-8-sig"),
    "utf-16": TEXT.encode("utf-16"),
    "decimal commas": TEXT.replace(".", ",").encode(),
    "one word": TEXT.replace("End Site", "EndSite").encode(),
    "a line of the hierarchy": " ".join(TEXT.split("MOTION")[0].split()).encode()
    + b"\nMOTION"
    + TEXT.split("MOTION")[1].encode(),
    "broken off": TEXT.encode()[:-150],
    "scale": TEXT.replace("CHANNELS 6 Xposition", "CHANNELS 7 Xscale Xposition")
    .replace("\n0.0000 ", "\n1.0 0.0000 ")
    .encode(),
}


def load(path):
    from bl_ext.user_default.motionllm_blender.headless.files import load_armature

    return load_armature(path)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_caption_reads_may_be_a_rig(dialect, tmp_path):
    path = tmp_path / "take.bvh"
    path.write_bytes(DIALECTS[dialect])
    armature = load(path)
    assert armature.name.startswith("take") and len(armature.data.bones) == 22
    heads = {bone.name: np.array(bone.head_local) for bone in armature.data.bones}
    leg = np.linalg.norm(heads["left_ankle"] - heads["left_knee"])
    assert leg == pytest.approx(40.76, abs=0.01)
    assert ("H\xfcfte" in heads) == (dialect == "western")
    assert bpy.context.scene.render.fps == 30


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.bvh", b"HIERARCHY\nROOT a\n{\nOFFSET 0 0\n", "a.bvh, line 4: OFFSET needs three"),
        ("a.bvh", b"<html>", "a.bvh, line 1: a BVH file begins with HIERARCHY"),
        ("a.fbx", b"; FBX 7.4.0 project file\n", "text (ASCII), which Blender cannot read"),
        ("a.fbx", FBX + struct.pack("<I", 6100) + bytes(40), "FBX 6.1, which Blender cannot read"),
        ("a.fbx", FBX + struct.pack("<I", 7400) + bytes(40), "damaged, or holds what Blender's"),
        ("a.glb", b"hello", "Bad glTF"),
        ("a.glb", b"version https://git-lfs.github.com/spec/v1\n", "pointer of Git LFS"),
        ("a.gltf", b'{"asset": {"version": "1.0"}}', "glTF version must be 2.0"),
        ("a.blend", b"hello world" * 20, "cannot be read: "),
        ("a.vrm", b"", "a.vrm is no VRM file"),
    ],
)  # fmt: skip
def test_failures_are_told_in_words(name, data, said, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(MotionError) as caught:
        load(path)
    message = caught.value.message
    assert said in message and name in message and caught.value.code == "bad_file"
    assert "Location" not in message and "ops.py" not in message and "Traceback" not in message
