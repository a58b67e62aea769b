"""Clips become actions: the evaluated armature does what the clip does, in every version."""

import importlib

import armatures
import bpy
import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.motion import skeleton
from tests.helpers.synthetic import make_clip

LIMIT = 0.005  # metres


@pytest.fixture
def bake(addon):
    return importlib.import_module(f"{addon.__name__}.scene.bake")


@pytest.fixture
def sample(addon):
    return importlib.import_module(f"{addon.__name__}.scene.read")


def worst(armature, names, clip, start, upright=True):
    joints = armatures.evaluated_joints(armature, names, range(start, start + clip.frames))
    return np.abs(joints - armatures.placed(clip.joints, armature, upright)).max()


def curves(action):
    """Return an action's F-curves in any version."""
    if hasattr(action, "slots"):
        return list(action.layers[0].strips[0].channelbag(action.slots[0]).fcurves)
    return list(action.fcurves)


@pytest.mark.parametrize("fps", [30, 24, 25, 60])
def test_own_character(bake, fps):
    scene = bpy.context.scene
    scene.render.fps = fps
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    clip = make_clip(1)
    bake.bake(clip, armature, scene, start=5)
    at = clip.at_rate(fps)
    assert at.frames == int(np.ceil((clip.frames - 1) * fps / 30 - 1e-6)) + 1
    assert worst(armature, skeleton.JOINT_NAMES, at, 5) < LIMIT


def test_frame_rates_with_a_base(bake):
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.001
    bpy.ops.motionllm.add_character()
    clip = make_clip(1)
    bake.bake(clip, bpy.context.object, scene)
    clip = clip.at_rate(30 / 1.001)
    assert worst(bpy.context.object, skeleton.JOINT_NAMES, clip, 1) < LIMIT


@pytest.mark.parametrize("scheme", ["SMPL", "SMPL-H", "SMPL-X", "MIXAMO"])
@pytest.mark.parametrize("arm_drop", [0.0, 0.84])
@pytest.mark.parametrize(("unit", "y_up"), [(1.0, False), (100.0, True)])
@pytest.mark.usefixtures("sample")
def test_named_armatures(bake, scheme, arm_drop, unit, y_up):
    armature = armatures.build(scheme, arm_drop, unit, y_up)
    armature.location = (2.0, -1.0, 0.5)
    armature.rotation_euler.rotate_axis("Y" if y_up else "Z", 0.7)
    bpy.context.view_layer.update()
    clip = make_clip(2)
    action = bake.bake(clip, armature, bpy.context.scene)
    assert action["motionllm_rig"] == ("Mixamo" if scheme == "MIXAMO" else scheme)
    bpy.context.scene.render.fps = 30
    bake.bake(clip, armature, bpy.context.scene)
    assert worst(armature, armatures.names_of(scheme), clip, 1, upright=not y_up) < LIMIT


@pytest.mark.parametrize("scheme", ["SMPL", "SMPL-X", "MIXAMO"])
def test_the_way_back(bake, sample, scheme):
    scene = bpy.context.scene
    scene.render.fps = 30
    armature = armatures.build(scheme, 0.84, 100.0, True)
    clip = make_clip(4)
    bake.bake(clip, armature, scene)
    scene.frame_set(17)
    again = sample.read_clip(armature, bpy.context, *sample.action_range(armature, scene))
    assert scene.frame_current == 17
    wanted = clip.cut(0, clip.frames)
    move = again.joints - wanted.joints
    move[..., 1] -= move[..., 1].mean()  # grounding is read_clip's own affair
    assert again.frames == clip.frames
    assert np.abs(move).max() < (LIMIT)


@pytest.mark.parametrize("mode", ["XYZ", "ZYX", "AXIS_ANGLE"])
def test_rotation_modes_are_kept(bake, mode):
    bpy.context.scene.render.fps = 30
    armature = armatures.build("SMPL-H")
    for bone in armature.pose.bones:
        bone.rotation_mode = mode
    clip = make_clip(5)
    bake.bake(clip, armature, bpy.context.scene)
    assert {bone.rotation_mode for bone in armature.pose.bones} == {mode}
    assert worst(armature, armatures.names_of("SMPL-H"), clip, 1) < LIMIT


def test_bones_that_do_not_inherit_rotation(bake):
    bpy.context.scene.render.fps = 30
    armature = armatures.build("SMPL", 0.5)
    for name in ("m_avg_L_Elbow", "m_avg_Head", "m_avg_R_Hip"):
        armature.data.bones[name].use_inherit_rotation = False
    clip = make_clip(6)
    bake.bake(clip, armature, bpy.context.scene)
    assert worst(armature, armatures.names_of("SMPL"), clip, 1) < LIMIT


def test_provenance_and_names(bake):
    bpy.ops.motionllm.add_character()
    text = "一个人 walks " + "very " * 40 + "far 🚶"
    clip = make_clip(0).labelled(text=text, seed=2**40, pack="p", licence="l")
    action = bake.bake(clip, bpy.context.object, bpy.context.scene, 1, {"engine": "rule cpu"})
    words, _, seed = action.name.partition(" (seed ")
    assert text.startswith(words) and seed == f"{2**40})" and len(action.name.encode()) <= 60
    assert action["motionllm_text"] == text
    assert action["motionllm_seed"] == str(2**40)
    assert (action["motionllm_pack"], action["motionllm_licence"]) == ("p", "l")
    assert action["motionllm_engine"] == "rule cpu"
    assert {curve.group.name for curve in curves(action)} == set(skeleton.JOINT_NAMES)
    assert len(curves(action)) == 22 * 4 + 3


def test_the_users_actions_are_kept(bake, tmp_path):
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    armature.keyframe_insert("location", frame=1)
    armature.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=3)
    own = armature.animation_data.action
    name, before = own.name, [(c.data_path, len(c.keyframe_points)) for c in curves(own)]
    bake.bake(make_clip(0), armature, bpy.context.scene)
    first = armature.animation_data.action
    bake.bake(make_clip(0), armature, bpy.context.scene)
    assert armature.animation_data.action is not first
    path = tmp_path / "kept.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    kept = bpy.data.actions[name]
    assert [(c.data_path, len(c.keyframe_points)) for c in curves(kept)] == before
    assert len(bpy.data.actions) == 3


def test_what_cannot_be_animated_is_said(bake):
    data = bpy.data.armatures.new("Empty")
    thing = bpy.data.objects.new("Empty", data)
    bpy.context.collection.objects.link(thing)
    with pytest.raises(MotionError, match="no bones"):
        bake.bake(make_clip(0), thing, bpy.context.scene)
    assert not bpy.data.actions


@pytest.mark.usefixtures("addon")
def test_the_mesh_follows_and_stands_on_the_floor():
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    body = armature.children[0]
    heights = [vertex.co.z for vertex in body.data.vertices]
    assert abs(min(heights)) < 1e-4 and 1.6 < max(heights) < 1.75
    for joint, name in enumerate(skeleton.JOINT_NAMES):
        head = armature.data.bones[name].head_local
        assert abs(head.x) < 1.0 and 0.0 < head.z < 1.6, (joint, name)
    assert len(body.vertex_groups) == 22
    assert all(len(vertex.groups) in (1, 2, 3, 4) for vertex in body.data.vertices)
