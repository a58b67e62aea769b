"""Rigs in a mirror, with names of the wrong side, too long ones, or odd signs in them."""

import json
import struct
from types import SimpleNamespace

import armatures
import bpy
import numpy as np
import pytest
import rig_zoo

from motionllm.motion import skeleton
from motionllm.motion.compare import limbs_apart
from motionllm.rig.find import vrm
from tests.helpers.extension import module
from tests.helpers.synthetic import make_clip

CLIP = make_clip(4, 30)
ODD = 'Bip "{}" [{}]\\'


@pytest.fixture
def modules(scripted):
    scripted.render.fps = 30
    names = ("scene.bake", "scene.read", "scene.rigs", "headless.files", "work.caption_sources")
    found = {name.rpartition(".")[2]: module(name) for name in names}
    return SimpleNamespace(scene=scripted, **found)


def seen(armature, names):
    """Return where joints are seen (T, J, 3), in a clip's axes."""
    places = armatures.evaluated_joints(armature, names, range(1, CLIP.frames + 1))
    return places[..., [0, 2, 1]] * [1.0, 1.0, -1.0]


@pytest.mark.parametrize("owner", ["object", "parent", "delta"])
@pytest.mark.parametrize("scale", [(-1.0, 1.0, 1.0), (1.0, -1.0, 1.0), (-2.0, 2.0, 2.0)])
def test_who_is_mirrored_does_what_is_asked_for_as_it_is_seen(modules, owner, scale):
    """The hand that is seen on the left is the clip's left one, in place, and in what is read."""
    armature = armatures.build("SMPL")
    if owner == "object":
        armature.scale = scale
    elif owner == "delta":
        armature.delta_scale = scale
    else:
        armature.parent = bpy.data.objects.new("Mirror", None)
        bpy.context.scene.collection.objects.link(armature.parent)
        armature.parent.scale = scale
    bpy.context.view_layer.update()
    action = modules.bake.bake(CLIP, armature, modules.scene)
    assert "mirrored by a negative scale" in action["motionllm_notes"]
    names = [side_swapped(name) for name in armatures.names_of("SMPL")]
    found = seen(armature, names)
    if scale[1] < 0.0:  # a figure seen in a mirror before it has turned its back
        found = found * [-1.0, 1.0, -1.0]
    assert limbs_apart(found, CLIP.joints) < 1.0
    again = modules.read.read_clip(armature, bpy.context, 1, CLIP.frames)
    again = again.joints * ([-1.0, 1.0, -1.0] if scale[1] < 0.0 else 1.0)
    assert limbs_apart(again, CLIP.joints) < 1.0


def side_swapped(name):
    """Return a name of SMPL's other side."""
    swapped = name.replace("_L_", "_#_").replace("_R_", "_L_")
    return swapped.replace("_#_", "_R_")


def test_sides_named_in_reverse_are_told_and_the_body_counts(modules):
    kind = next(kind for kind in rig_zoo.KINDS if kind.name == "Sides named in reverse")
    armature, expected = rig_zoo.build(kind)
    action = modules.bake.bake(CLIP, armature, modules.scene)
    assert "named the other way round" in action["motionllm_notes"]
    hand = expected["left_wrist"]
    assert "Right" in hand and armature.data.bones[hand].head_local.x > 0.0


def test_odd_signs_in_names(modules):
    """Bones are found, keyed and read, and their actions are those of a character."""
    armature = armatures.build("MIXAMO")
    names = {bone.name: ODD.replace("{}", bone.name[10:]) for bone in armature.data.bones}
    for bone in list(armature.data.bones):
        bone.name = names[bone.name]
    modules.bake.bake(CLIP, armature, modules.scene).name = "act"
    found = seen(armature, [names[name] for name in armatures.names_of("MIXAMO")])
    assert limbs_apart(found, CLIP.joints) < 1.0
    sources, bad = modules.caption_sources.all_actions(bpy.context)
    assert [source.action for source in sources] == ["act"] and not bad


@pytest.mark.parametrize("names", ["long", "none", "equal"])
def test_a_vrm_whose_nodes_are_named_as_blender_cannot(modules, names, tmp_path):
    """Longer than 63 bytes, the same at their beginning; or not at all; or all the same."""
    armature = armatures.build("MIXAMO")
    path = tmp_path / "person.glb"
    bpy.ops.export_scene.gltf(filepath=str(path), export_format="GLB")
    data = path.read_bytes()
    length = struct.unpack("<I", data[12:16])[0]
    table, rest = json.loads(data[20 : 20 + length]), data[20 + length :]
    index = {node.get("name"): number for number, node in enumerate(table["nodes"])}
    bones = dict(zip(skeleton.JOINT_NAMES, armatures.names_of("MIXAMO"), strict=True))
    human = {vrm.JOINTS[joint]: {"node": index[bone]} for joint, bone in bones.items()}
    for number, bone in enumerate(bones.values()):
        node = table["nodes"][index[bone]]
        node["name"] = {"long": "ボーンの名前" * 6 + str(number), "equal": "bone"}.get(names)
        if node["name"] is None:
            del node["name"]
    table["extensions"] = {"VRMC_vrm": {"specVersion": "1.0", "humanoid": {"humanBones": human}}}
    table["extensionsUsed"] = ["VRMC_vrm"]
    text = json.dumps(table).encode()
    text += b" " * (-len(text) % 4)
    chunk = struct.pack("<II", len(text), 0x4E4F534A) + text + rest
    (tmp_path / "person.vrm").write_bytes(b"glTF" + struct.pack("<II", 2, 12 + len(chunk)) + chunk)
    armature = modules.files.load_armature(tmp_path / "person.vrm")
    rig = modules.rigs.read_rig(armature)
    found = modules.rigs.match(armature, rig).bones
    assert len(found) == 22
    modules.bake.bake(CLIP, armature, bpy.context.scene)
    places = seen(armature, [rig.names[found[joint]] for joint in range(22)])
    assert limbs_apart(places, CLIP.joints) < 1.0
    assert np.isfinite(places).all()
