"""What is the user's stays as it was, and one undo takes the motion back."""

import importlib
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
import rig_zoo

from motionllm.link import protocol
from motionllm.motion.clip import clip_to_bytes
from tests.helpers.synthetic import make_steps


@pytest.fixture
def modules(addon):
    names = ("scene.bake", "scene.rigs", "work.jobs", "work.generate_one", "work.asked")
    bpy.context.scene.render.fps = 30
    return SimpleNamespace(
        **{n.split(".")[-1]: importlib.import_module(f"{addon.__name__}.{n}") for n in names}
    )


def curves(action):
    if hasattr(action, "slots"):
        return [
            curve for layer in action.layers for strip in layer.strips
            for bag in strip.channelbags for curve in bag.fcurves
        ]  # fmt: skip
    return list(action.fcurves)


def content(action):
    """Return everything of an action that an animator made."""
    return [
        (c.data_path, c.array_index, [(tuple(k.co), k.interpolation) for k in c.keyframe_points])
        for c in curves(action)
    ], [(m.name, m.frame) for m in action.pose_markers]


def state(armature):
    """Return what an armature and the session around it must keep."""
    bones = {}
    for bone in armature.pose.bones:
        bones[bone.name] = (
            bone.rotation_mode, tuple(bone.lock_location), tuple(bone.lock_rotation),
            [(c.name, c.type, c.mute, c.influence) for c in bone.constraints],
            bone.get("own", None),
        )  # fmt: skip
    context = bpy.context
    return {
        "bones": bones,
        "selected": {thing.name for thing in context.selected_objects},
        "active": context.view_layer.objects.active.name,
        "mode": context.object.mode,
        "frame": context.scene.frame_current,
        "matrix": [tuple(row) for row in armature.matrix_world],
        "modifiers": [m.name for thing in bpy.data.objects for m in thing.modifiers],
    }


def animated(seed=0):
    """Add an armature that its user has worked on."""
    armature, expected = rig_zoo.build(rig_zoo.KINDS[2], seed)
    prop = rig_zoo.build(rig_zoo.KINDS[4], seed)[0]
    scene = bpy.context.scene
    bones = armature.pose.bones
    bones[expected["left_elbow"]].rotation_mode = "ZXY"
    bones[expected["head"]].rotation_mode = "AXIS_ANGLE"
    bones[expected["head"]].constraints.new("DAMPED_TRACK").target = prop
    bones[expected["right_wrist"]]["own"] = 3.5
    finger = next(bone for bone in bones if "Index" in bone.name)
    finger.rotation_quaternion = (0.9, 0.3, 0.1, 0.0)
    finger.keyframe_insert("rotation_quaternion", frame=4)
    bones[expected["pelvis"]].keyframe_insert("location", frame=7)
    action = armature.animation_data.action
    action.pose_markers.new("pose").frame = 7
    other = bpy.data.actions.new("unused by anybody")
    other.use_fake_user = True
    scene.frame_set(5)
    bpy.context.view_layer.objects.active = armature
    for thing in scene.objects:
        thing.select_set(thing in (armature, prop))
    return armature, finger


@pytest.mark.parametrize("mode", ["OBJECT", "POSE"])
@pytest.mark.parametrize("strip", [False, True])
def test_nothing_of_the_users_is_changed(modules, mode, strip):
    armature, finger = animated()
    bpy.ops.object.mode_set(mode=mode)
    actions = {action.name: content(action) for action in bpy.data.actions}
    before, turned = state(armature), tuple(finger.rotation_quaternion)
    options = modules.bake.Options(lock_feet=True, strip=strip)
    new = modules.bake.bake(make_steps(1), armature, bpy.context.scene, options=options)
    assert state(armature) == before
    assert {a.name: content(a) for a in bpy.data.actions if a != new} == actions
    assert tuple(finger.rotation_quaternion) == turned
    assert not any("Index" in curve.data_path for curve in curves(new))


def test_one_undo_takes_all_back(modules):
    """From the operator's own last step: action, table of bones, frame range, muted constraints."""
    armature, _ = animated()
    name = armature.name
    bpy.ops.object.mode_set(mode="OBJECT")
    settings = bpy.context.scene.motionllm
    settings.target, settings.mute_constraints = armature, True
    settings.root_motion = "SEPARATE"
    actions, before = {a.name for a in bpy.data.actions}, state(armature)
    end = bpy.context.scene.frame_end
    bpy.ops.ed.undo_push(message="before")
    clip = make_steps(1, 20)
    answer = {"clips": [protocol.pack_bytes(clip_to_bytes(clip))], "engine": "rule"}
    work, scene = modules.generate_one, bpy.context.scene
    asked = modules.asked.asked_of(bpy.context, "")
    work.apply(answer, scene, [armature], asked, [])
    assert {a.name for a in bpy.data.actions} != actions
    assert bpy.context.scene.frame_end != end
    bpy.ops.ed.undo()
    assert {a.name for a in bpy.data.actions} == actions
    assert bpy.context.scene.frame_end == end
    assert state(bpy.data.objects[name]) == before


def test_library_overrides_are_animated(modules, tmp_path):
    armature, _ = rig_zoo.build(rig_zoo.KINDS[2])
    name = armature.name
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = 30
    with bpy.data.libraries.load(str(path), link=True) as (_, wanted):
        wanted.objects = [name]
    linked = wanted.objects[0]
    bpy.context.collection.objects.link(linked)
    with pytest.raises(Exception, match="linked from another file"):
        modules.bake.bake(make_steps(1), linked, bpy.context.scene)
    own = linked.override_create(remap_local_usages=True)
    action = modules.bake.bake(make_steps(1), own, bpy.context.scene)
    assert own.animation_data.action == action
    before = np.array(own.pose.bones[0].matrix)
    bpy.context.scene.frame_set(12)
    assert np.abs(np.array(own.pose.bones[0].matrix) - before).max() > 0.01
