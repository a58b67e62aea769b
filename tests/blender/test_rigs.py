"""Every family of rig_zoo.toml, Rigify's own rigs and rigs without telling names: which bone is
which, where the limbs point, and what comes back."""

import importlib
import json
import sys
from types import SimpleNamespace

import addon_utils
import bpy
import numpy as np
import pytest
import rig_measure
import rig_zoo
import vrm_files

from motionllm.errors import MotionError
from motionllm.motion import skeleton
from motionllm.motion.bvh import read_bvh
from motionllm.motion.clip import load_clip, save_clip
from motionllm.motion.compare import retarget_figures
from motionllm.rig.from_bvh import clip_from_bvh
from tests.helpers.synthetic import make_clip, make_steps

ANIMALS = ("basic_quadruped", "bird", "cat", "horse", "shark", "wolf")
LIMB, BACK, SKATE = 2.0, 2.0, 1.2  # degrees, degrees, times the clip's own


@pytest.fixture
def modules(addon):
    names = (
        "scene.bake", "scene.rigs", "scene.read", "scene.joints", "scene.bvh", "headless.jobs",
        "headless.files",
    )  # fmt: skip
    bpy.context.scene.render.fps = 30
    return SimpleNamespace(
        **{n.split(".")[-1]: importlib.import_module(f"{addon.__name__}.{n}") for n in names}
    )


def check(row, back=BACK):
    assert not row.wrong, {j: row.found.get(j) for j in row.wrong}
    assert row.limb < LIMB and row.back < back
    assert row.skate <= SKATE * row.own_skate


@pytest.mark.parametrize("kind", rig_zoo.KINDS, ids=lambda kind: kind.name)
def test_families(modules, kind):
    armature, expected = rig_zoo.build(kind)
    check(rig_measure.measure(armature, expected, [make_steps(1)], modules))


@pytest.mark.parametrize("rename", [rig_zoo.scrambled, rig_zoo.numbered])
@pytest.mark.parametrize("number", [2, 5, 10, 12, 15])
def test_names_that_say_nothing(modules, number, rename):
    armature, expected = rename(rig_zoo.KINDS[number])
    row = rig_measure.measure(armature, expected, [make_steps(1)], modules)
    spine = {"spine1", "spine2"}  # which of four spine bones is the second one is a convention
    row.wrong = [joint for joint in row.wrong if joint not in spine]
    check(row)
    assert row.confidence <= 0.8


def enable_rigify():
    """Enable Blender's add-on; it cannot be registered twice, and needs its preferences."""
    addons = bpy.context.preferences.addons
    if "rigify" not in addons and "rigify" in sys.modules:
        addons.new().module = "rigify"
    elif "rigify" not in addons:
        addon_utils.enable("rigify", default_set=True)


def rigify():
    """Add a meta-rig and the control rig that Rigify makes of it."""
    enable_rigify()
    bpy.ops.object.armature_basic_human_metarig_add()
    metarig = bpy.context.object
    bpy.ops.pose.rigify_generate()
    return metarig, metarig.data.rigify_target_rig


def test_rigify(modules, tmp_path):
    metarig, rig = rigify()
    found = rig_measure.mapping(metarig, {}, modules).found
    assert found["pelvis"] == "spine" and found["left_foot"] == "toe.L" and len(found) >= 21
    controls = rig_measure.mapping(rig, {}, modules).found
    assert controls["pelvis"] == "torso" and controls["spine3"] == "spine_fk.003"
    assert controls["left_shoulder"] == "upper_arm_fk.L" and len(controls) == 21
    for armature, expected in ((metarig, found), (rig, controls)):
        check(rig_measure.measure(armature, expected, [make_steps(2)], modules), back=4.0)
    clip = make_steps(2)
    modules.bake.bake(clip, rig, bpy.context.scene)
    modules.bvh.write(tmp_path / "rig.bvh", rig, 1, clip.frames)
    again = clip_from_bvh(read_bvh(tmp_path / "rig.bvh"))
    assert_same(again, clip, 0.03)  # the clip's second spine joint has no control


def test_ik_controls_of_rigify_follow(modules):
    """Hands and feet are where FK brings them, by IK; the elbows differ by Rigify's own stretch."""
    _, rig = rigify()
    clip = make_steps(2)
    modules.bake.bake(clip, rig, bpy.context.scene)
    by_fk = joints(modules, rig, clip)
    options = modules.bake.Options(ik="FOLLOW")
    action = modules.bake.bake(clip, rig, bpy.context.scene, options=options)
    assert {"hand_ik.L", "foot_ik.R", "toe_ik.L", "thigh_ik_target.R"} <= groups(action)
    bpy.context.scene.frame_set(20)
    limbs = ("upper_arm_parent.L", "thigh_parent.R")
    assert [rig.pose.bones[name]["IK_FK"] for name in limbs] == [0.0, 0.0]
    apart = np.linalg.norm(joints(modules, rig, clip) - by_fk, axis=-1).max(axis=0)
    for side in ("left", "right"):
        for part, limit in (("wrist", 0.003), ("ankle", 0.003), ("foot", 0.005), ("knee", 0.05)):
            assert apart[skeleton.JOINTS[f"{side}_{part}"]] < limit, part
    plain, _ = rig_zoo.build(rig_zoo.KINDS[2])
    action = modules.bake.bake(clip, plain, bpy.context.scene, options=options)
    assert "no IK controls that are known" in action["motionllm_notes"]


@pytest.mark.parametrize("animal", ANIMALS)
def test_animals_are_refused(modules, animal):
    enable_rigify()
    getattr(bpy.ops.object, f"armature_{animal}_metarig_add")()
    with pytest.raises(MotionError) as caught:
        modules.bake.bake(make_clip(0), bpy.context.object, bpy.context.scene)
    assert caught.value.code == "no_rig"
    assert "found no" in caught.value.message or "four legs" in caught.value.message


def test_what_is_no_body_is_refused(modules):
    bpy.ops.object.armature_add()
    with pytest.raises(MotionError, match="found no two arms and two legs"):
        modules.bake.bake(make_clip(0), bpy.context.object, bpy.context.scene)
    bpy.ops.object.mode_set(mode="EDIT")  # a crane: a mast of fourteen bones
    for _ in range(13):
        bpy.ops.armature.extrude_move(TRANSFORM_OT_translate={"value": (0.0, 0.0, 1.0)})
    bpy.ops.object.mode_set(mode="OBJECT")
    with pytest.raises(MotionError, match="left and right half"):
        modules.bake.bake(make_clip(0), bpy.context.object, bpy.context.scene)


def test_bones_are_picked_saved_and_read_from_a_preset(modules, tmp_path):
    armature, expected = rig_zoo.scrambled(rig_zoo.KINDS[2])
    bpy.context.scene.motionllm.target = armature
    assert bpy.ops.motionllm.detect_bones() == {"FINISHED"}
    rows = armature.data.motionllm.rows
    assert {row.name: row.bone for row in rows} == expected
    preset = tmp_path / "bones.json"
    assert bpy.ops.motionllm.export_bones(filepath=str(preset)) == {"FINISHED"}
    assert json.loads(preset.read_text())["bones"] == expected
    rows["left_foot"].bone = ""
    assert modules.rigs.chosen_bones(armature) == {"left_foot": ""}
    path = tmp_path / "saved.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    armature = bpy.context.scene.motionllm.target
    assert modules.rigs.chosen_bones(armature) == {"left_foot": ""}
    action = modules.bake.bake(make_clip(0, 10), armature, bpy.context.scene)
    assert expected["left_foot"] not in groups(action)
    assert expected["right_foot"] in groups(action)
    assert bpy.ops.motionllm.import_bones(filepath=str(preset)) == {"FINISHED"}
    assert modules.rigs.chosen_bones(armature) == {}
    armature.data.motionllm.rows["left_knee"].bone = expected["head"]
    with pytest.raises(MotionError, match="do not hang on each other"):
        modules.bake.bake(make_clip(0, 10), armature, bpy.context.scene)
    preset.write_text('{"bones": 3}')
    with pytest.raises(RuntimeError, match="no preset"):
        bpy.ops.motionllm.import_bones(filepath=str(preset))
    assert modules.rigs.chosen_bones(armature) == {"left_knee": expected["head"]}


def groups(action):
    """Return the names of an action's groups of curves."""
    return {curve.group.name for curve in curves(action)}


def curves(action):
    if hasattr(action, "slots"):
        return list(action.layers[0].strips[0].channelbag(action.slots[0]).fcurves)
    return list(action.fcurves)


@pytest.mark.parametrize("place", ["bone", "object"])
def test_a_path_of_its_own(modules, place):
    """Path and heading lie on the root bone or the object; the limbs are where they were."""
    kind = next(k for k in rig_zoo.KINDS if bool(k.above) == (place == "bone"))
    armature, _ = rig_zoo.build(kind)
    armature.location = (1.0, 2.0, 0.0)
    clip = make_steps(3)
    modules.bake.bake(clip, armature, bpy.context.scene)
    whole = joints(modules, armature, clip)
    options = modules.bake.Options(root_motion="SEPARATE")
    action = modules.bake.bake(clip, armature, bpy.context.scene, options=options)
    apart = joints(modules, armature, clip) - whole
    # Frame 1 is where the object's motion is counted from.
    assert np.abs(apart - apart[:1]).max() < 1e-4
    carrier = kind.above[0] if place == "bone" else "Object Transforms"
    assert carrier in groups(action)


def joints(modules, armature, clip):
    return modules.joints.joints_of(armature, bpy.context, 1, clip.frames)


def test_in_place(modules):
    armature, _ = rig_zoo.build(rig_zoo.KINDS[2])
    clip = make_steps(3)
    options = modules.bake.Options(root_motion="IN_PLACE")
    modules.bake.bake(clip, armature, bpy.context.scene, options=options)
    hips = joints(modules, armature, clip)[:, [1, 2]].mean(axis=1)
    assert np.abs(hips[:, [0, 2]]).max() < 1e-3
    wanted = clip.joints[:, [1, 2], 1].mean(axis=1)
    assert np.abs(hips[:, 1] - wanted).max() < 1e-3


def test_planted_feet_stay(modules):
    armature, _ = rig_zoo.build(rig_zoo.KINDS[1])
    clip = make_steps(4)
    result = {}
    for lock in (False, True):
        options = modules.bake.Options(lock_feet=lock)
        modules.bake.bake(clip, armature, bpy.context.scene, options=options)
        where = joints(modules, armature, clip)
        result[lock] = retarget_figures(where, clip)["foot_skate"]
    assert result[True] < 0.2 * result[False]
    feet = list(skeleton.FOOT_JOINTS)
    off = (where - clip.joints)[:, feet, 1][clip.contacts]
    assert np.abs(off).max() < 0.003  # the ground; a straight leg gives way


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "YZX"])
def test_few_keys_within_the_bound(modules, mode):
    armature, _ = rig_zoo.build(rig_zoo.KINDS[2])
    for bone in armature.pose.bones:
        bone.rotation_mode = mode
    clip = make_clip(3, 120)
    full = modules.bake.bake(clip, armature, bpy.context.scene)
    wanted = joints(modules, armature, clip)
    options = modules.bake.Options(thin=True, degrees=2.0, millimetres=8.0)
    thin = modules.bake.bake(clip, armature, bpy.context.scene, options=options)
    count = [sum(len(c.keyframe_points) for c in curves(action)) for action in (full, thin)]
    assert count[1] < 0.35 * count[0]
    assert np.linalg.norm(joints(modules, armature, clip) - wanted, axis=-1).max() < 0.0085


def test_euler_angles_do_not_jump(modules):
    armature, _ = rig_zoo.build(rig_zoo.KINDS[2])
    for number, bone in enumerate(armature.pose.bones):
        bone.rotation_mode = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")[number % 6]
    action = modules.bake.bake(make_clip(8, 150), armature, bpy.context.scene)
    for curve in curves(action):
        if "euler" in curve.data_path:
            values = [point.co.y for point in curve.keyframe_points]
            assert np.abs(np.diff(values)).max() < 1.6, curve.data_path


def test_asset_and_strip(modules):
    armature, _ = rig_zoo.build(rig_zoo.KINDS[2])
    own = bpy.data.actions.new("own")
    armature.animation_data_create().action = own
    clip = make_clip(3, 30).labelled(text="a person waves at the crowd")
    options = modules.bake.Options(strip=True, asset=True)
    action = modules.bake.bake(clip, armature, bpy.context.scene, 11, options=options)
    data = armature.animation_data
    assert data.action == own
    strip = data.nla_tracks[0].strips[0]
    assert strip.action == action and (strip.frame_start, strip.frame_end) == (11, 40)
    assert action.asset_data.description == clip.text
    assert {tag.name for tag in action.asset_data.tags} == {"person", "waves", "crowd"}
    assert "lies over the strip" in action["motionllm_notes"]


def test_constraints_are_told_and_muted_when_asked(modules):
    armature, expected = rig_zoo.build(rig_zoo.KINDS[2])
    constraint = armature.pose.bones[expected["left_knee"]].constraints.new("LIMIT_ROTATION")
    clip = make_clip(3, 10)
    action = modules.bake.bake(clip, armature, bpy.context.scene)
    assert expected["left_knee"] in action["motionllm_notes"] and not constraint.mute
    options = modules.bake.Options(mute=True)
    modules.bake.bake(clip, armature, bpy.context.scene, options=options)
    assert armature.pose.bones[expected["left_knee"]].constraints[0].mute


def test_locked_bones_are_left_alone(modules):
    """A locked thigh keeps its turn, and the shin makes up for it."""
    armature, expected = rig_zoo.build(rig_zoo.KINDS[2])
    armature.pose.bones[expected["spine2"]].lock_rotation = (True, True, True)
    clip = make_clip(3, 20)
    action = modules.bake.bake(clip, armature, bpy.context.scene)
    assert expected["spine2"] not in groups(action)
    numbers = retarget_figures(joints(modules, armature, clip), clip)
    assert numbers["limb_degrees"] < 0.1
    assert "Locked rotation" in action["motionllm_notes"]


@pytest.mark.parametrize("number", [2, 6])  # hips on top, and a root bone above them
def test_files_in_and_out(modules, tmp_path, number):
    """What is written comes back within three millimetres a joint, whatever the format."""
    armature, _ = rig_zoo.build(rig_zoo.KINDS[number])
    source = tmp_path / "rig.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(source))
    clip = make_steps(5)
    save_clip(clip, tmp_path / "clip.npz")
    for suffix in (".blend", ".fbx", ".glb", ".bvh"):
        out = tmp_path / f"out{suffix}"
        answer = modules.jobs.run({
            "kind": "retarget", "clip": str(tmp_path / "clip.npz"), "rig": str(source),
            "out": str(out), "options": {"lock_feet": False},
        })  # fmt: skip
        assert len(answer["bones"]) == 22 and answer["limb_degrees"] < LIMB
        read = {"kind": "read", "file": str(out), "out": str(tmp_path)}
        (answer,) = modules.jobs.run(read)["motions"]
        assert answer["frames"] == clip.frames, suffix
        assert_same(load_clip(answer["out"]), clip)
    # Other programs take BVH for Y up.
    assert_same(clip_from_bvh(read_bvh(tmp_path / "out.bvh")), clip)


def assert_same(again, clip, limit=0.003):
    apart = again.joints - clip.cut(0, clip.frames).joints
    apart[..., 1] -= apart[..., 1].mean()  # where the floor is, is the reader's own affair
    assert np.linalg.norm(apart, axis=-1).max() < limit


@pytest.mark.parametrize("suffix", [".blend", ".glb"])
def test_opening_a_file_leaves_no_scene_of_the_last_one(modules, tmp_path, suffix):
    """In Blender 4.2 the glTF importer wrote into a freed scene after Rigify had run."""
    rig_zoo.build(rig_zoo.KINDS[2])
    path = tmp_path / f"rig{suffix}"
    if suffix == ".blend":
        bpy.ops.wm.save_as_mainfile(filepath=str(path))
    else:
        bpy.ops.export_scene.gltf(filepath=str(path), export_format="GLB")
    for _ in range(2):
        assert bpy.context.layer_collection is not None  # what Rigify reads
        modules.files.load_armature(path)
        owner = bpy.context.window.id_data
        assert owner in (bpy.context.scene, bpy.context.window_manager)


@pytest.mark.skipif(not vrm_files.available(), reason="bpy-vrm-format is not installed")
def test_vrm_files_of_the_vrm_add_on(modules, tmp_path):
    """A VRM's own table counts, whatever its bones are called; motion goes on and comes back."""
    paths, expected = vrm_files.write(tmp_path)
    for path in paths:
        armature = modules.files.load_armature(path)
        check(rig_measure.measure(armature, expected, [make_steps(1)], modules))


def test_what_is_no_vrm_is_said(modules, tmp_path):
    rig_zoo.build(rig_zoo.KINDS[2])
    path = tmp_path / "person.glb"
    bpy.ops.export_scene.gltf(filepath=str(path), export_format="GLB")
    path.rename(tmp_path / "person.vrm")
    with pytest.raises(MotionError, match="names no bones of a person"):
        modules.files.load_armature(tmp_path / "person.vrm")
