"""What the scene does to a character: it moves all the same, or the cause is named."""

from types import SimpleNamespace

import armatures
import bpy
import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.motion.compare import limbs_apart
from tests.helpers.extension import module
from tests.helpers.synthetic import make_clip

SLOTS = bpy.app.version >= (4, 4)
LIMB = 1.0  # degrees
CLIP = make_clip(3, 40)
RIG = "mixamorig:"


@pytest.fixture
def scene(scripted):
    scripted.render.fps = 30
    return scripted


@pytest.fixture
def modules(scene):
    names = ("bake", "read", "state", "guard", "motions", "joints", "awake")
    return SimpleNamespace(scene=scene, **{name: module(f"scene.{name}") for name in names})


def hero(name="Hero", place=(0.0, 0.0, 0.0)):
    """Add a plain character, in a collection of its own."""
    armature = armatures.build("MIXAMO", seed=1)
    armature.name, armature.location = name, place
    collection = bpy.data.collections.new(name)
    bpy.context.scene.collection.children.link(collection)
    for other in armature.users_collection:
        other.objects.unlink(armature)
    collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.context.view_layer.update()
    return armature


def bake(modules, armature, start=1, clip=CLIP, **options):
    options = modules.bake.Options(**options)
    action = modules.bake.bake(clip, armature, modules.scene, start, options=options)
    return action.get("motionllm_notes", "")


def off(armature, start=1, clip=CLIP):
    """Return how far the limbs are off, as Blender evaluates them, whichever way it faces."""
    frames = range(start, start + clip.frames)
    joints = armatures.evaluated_joints(armature, armatures.names_of("MIXAMO"), frames)
    return limbs_apart(joints[..., [0, 2, 1]] * [1.0, 1.0, -1.0], clip.joints)


def old_action(armature, name="Idle"):
    """Give a character an action and put it on an NLA track."""
    data = armature.animation_data_create()
    data.action = bpy.data.actions.new(name)
    bone = armature.pose.bones[RIG + "LeftArm"]
    for frame in (1, 50):
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    action, data.action = data.action, None
    track = data.nla_tracks.new()
    track.name = name
    track.strips.new(name, 1, action)
    return track


# Written: it moves, or the cause is named.


@pytest.mark.parametrize("options", [{}, {"root_motion": "SEPARATE"}, {"strip": True}])
def test_rest_position_is_left(modules, options):
    armature = hero()
    armature.data.pose_position = "REST"
    assert "rest position" in bake(modules, armature, **options)
    assert off(armature) < LIMB


@pytest.mark.parametrize("strip", [False, True])
def test_a_track_that_plays_alone_no_longer_does(modules, strip):
    armature = hero()
    old_action(armature).is_solo = True
    assert "'Idle' was played alone" in bake(modules, armature, strip=strip)
    assert off(armature) < LIMB


@pytest.mark.parametrize(
    ("name", "value"), [("action_influence", 0.0), ("action_influence", 0.3),
                        ("action_blend_type", "ADD"), ("action_blend_type", "SUBTRACT")]
)  # fmt: skip
def test_an_action_without_influence_gets_it(modules, name, value):
    armature = hero()
    old_action(armature)
    setattr(armature.animation_data, name, value)
    assert "Hero's action" in bake(modules, armature)
    assert off(armature) < LIMB


def test_an_nla_that_is_off_is_switched_on_for_a_strip(modules):
    armature = hero()
    armature.animation_data_create().use_nla = False
    assert "NLA was switched off" in bake(modules, armature, strip=True)
    assert off(armature) < LIMB


def test_drivers_are_told_and_muted_when_asked(modules):
    armature = hero()
    for index in range(4):
        curve = armature.pose.bones[RIG + "LeftArm"].driver_add("rotation_quaternion", index)
        curve.driver.expression = "1.0 if 0 else 0.5"
    notes = bake(modules, armature)
    assert f"Drivers on {RIG}LeftArm" in notes and "degrees off" in notes
    assert "were muted" in bake(modules, armature, mute=True)
    assert off(armature) < LIMB


@pytest.mark.parametrize("owner", [RIG + "LeftHand", "Helper"])
def test_ik_from_outside_the_body_is_told(modules, owner):
    armature = hero()
    if owner not in armature.pose.bones:
        bpy.ops.object.mode_set(mode="EDIT")
        bones = armature.data.edit_bones
        bone = bones.new(owner)
        bone.head, bone.tail = bones[RIG + "LeftHand"].head, bones[RIG + "LeftHand"].tail
        bone.parent = bones[RIG + "LeftForeArm"]
        bpy.ops.object.mode_set(mode="OBJECT")
    target = bpy.data.objects.new("Target", None)
    bpy.context.scene.collection.objects.link(target)
    target.location = (0.1, -0.5, 0.5)
    constraint = armature.pose.bones[owner].constraints.new("IK")
    constraint.target, constraint.chain_count = target, 3
    notes = bake(modules, armature)
    assert f"Constraints on {owner}" in notes and "degrees off" in notes
    bake(modules, armature, mute=True)
    assert off(armature) < LIMB


def test_what_is_above_the_body_and_moves_it_is_named(modules):
    armature = armatures.build("SMPL-X")
    constraint = armature.pose.bones["root"].constraints.new("LIMIT_ROTATION")
    assert not bake(modules, armature)  # it keeps from nothing
    constraint.use_limit_x, constraint.min_x, constraint.max_x = True, 1.0, 1.0
    notes = bake(modules, armature)
    assert "degrees off" in notes and "constraints on root" in notes


def test_constraints_of_the_bone_that_carries_the_path_are_told(modules):
    armature = armatures.build("SMPL-X")
    constraint = armature.pose.bones["root"].constraints.new("LIMIT_LOCATION")
    assert not bake(modules, armature)
    assert "Constraints on root" in bake(modules, armature, root_motion="SEPARATE")
    bake(modules, armature, root_motion="SEPARATE", mute=True)
    assert constraint.mute


def test_a_remapped_time_is_named(modules):
    armature = hero()
    modules.scene.render.frame_map_new = 10
    notes = bake(modules, armature, 200)
    assert "degrees off" in notes and "time is remapped, 100 to 10" in notes


def test_the_active_action_over_a_strip_is_seen(modules):
    armature = hero()
    bake(modules, armature, clip=make_clip(9, 40))
    notes = bake(modules, armature, strip=True)
    assert "lies over the strip" in notes and "degrees off" in notes


HIDING = ("disabled", "hidden", "collection disabled", "collection hidden", "excluded")


def hide(armature, how):
    layer = bpy.context.view_layer.layer_collection.children[armature.name]
    if how == "hidden":
        armature.hide_set(True)
    elif how == "excluded":
        layer.exclude = True
    else:
        things = {"disabled": armature, "collection disabled": layer.collection}
        things.get(how, layer).hide_viewport = True


@pytest.mark.parametrize("how", HIDING)
def test_who_is_not_seen_moves_and_is_read_all_the_same(modules, how, tmp_path):
    armature = hero()
    bake(modules, armature, 5)
    wanted = modules.read.read_poses(armature, bpy.context, 5, 44)
    hide(armature, how)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "hidden.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "hidden.blend"))
    armature, modules.scene = bpy.data.objects["Hero"], bpy.context.scene
    before = len(bpy.data.objects), len(bpy.data.meshes)
    assert np.abs(modules.read.read_poses(armature, bpy.context, 5, 44) - wanted).max() < 1e-5
    notes = bake(modules, armature, 5)
    assert "not seen" in notes and "degrees off" not in notes
    assert (len(bpy.data.objects), len(bpy.data.meshes)) == before
    assert modules.state.is_hidden(armature, bpy.context)


def test_a_hidden_armature_with_a_body_is_nothing_to_tell(modules):
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    armature.hide_set(True)
    assert not bake(modules, armature)


def test_another_scene_is_written_to_while_this_one_is_shown(modules):
    armature = hero()
    bpy.context.window.scene = bpy.data.scenes.new("Other")
    assert not bake(modules, armature)
    bpy.context.window.scene = modules.scene
    assert off(armature) < LIMB


# A path of its own on an object that has more than a location.


@pytest.mark.parametrize("mode", ["XYZ", "ZXY", "QUATERNION"])
@pytest.mark.parametrize("parent", [False, True])
def test_delta_transforms_count_once(modules, mode, parent):
    armature = hero(place=(0.5, 0.0, 0.2))
    armature.rotation_mode = mode
    armature.delta_location = (1.0, -2.0, 0.5)
    armature.delta_rotation_euler = (0.0, 0.0, 0.7)
    armature.delta_rotation_quaternion = (0.8, 0.0, 0.0, 0.6)
    armature.delta_scale = (1.5, 1.5, 1.5)
    if parent:
        armature.parent = bpy.data.objects.new("Cart", None)
        modules.scene.collection.objects.link(armature.parent)
        armature.parent.location, armature.parent.rotation_euler.z = (3.0, 1.0, 0.0), 1.0
    bpy.context.view_layer.update()
    names = armatures.names_of("MIXAMO")
    bake(modules, armature)
    wanted = armatures.evaluated_joints(armature, names, range(1, 41))
    assert not bake(modules, armature, root_motion="SEPARATE")
    done = armatures.evaluated_joints(armature, names, range(1, 41))
    assert np.abs(done - wanted).max() < 0.005


def test_constraints_of_the_object_are_told_where_it_carries_the_path(modules):
    armature = hero()
    constraint = armature.constraints.new("LIMIT_LOCATION")
    assert not bake(modules, armature)
    assert "Constraints on Hero change its path" in bake(modules, armature, root_motion="SEPARATE")
    bake(modules, armature, root_motion="SEPARATE", mute=True)
    assert constraint.mute


# Edit mode.


@pytest.mark.parametrize("active", ["Hero", "Other"])
def test_edit_mode_is_left_when_a_motion_has_come(modules, active):
    armature, other = hero(), hero("Other")
    for thing in (armature, other):
        thing.select_set(True)
    bpy.context.view_layer.objects.active = bpy.data.objects[active]
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    head = bones[RIG + "LeftArm"].head.copy()
    for name in (RIG + "LeftForeArm", RIG + "LeftHand"):  # the arm hangs down now
        reach = (bones[name].head - head).length
        bones[name].head = head + bones[name].head.normalized() * 0.0
        bones[name].head.z -= reach
        bones[name].tail = bones[name].head + bones[name].vector.normalized() * 0.1
    notes = bake(modules, armature)
    assert "edit mode" in notes and armature.mode == "OBJECT"
    assert bpy.context.view_layer.objects.active == bpy.data.objects[active]
    assert off(armature) < LIMB


def test_what_is_edited_is_refused_before_the_wait(modules):
    armature = hero()
    modules.scene.motionllm.target = armature
    bpy.ops.object.mode_set(mode="EDIT")
    status = module("work.status").status
    for name in ("generate", "caption"):
        with pytest.raises(RuntimeError, match="edit mode"):
            getattr(bpy.ops.motionllm, name)()
        assert "Leave edit mode" in status.hint and not module("work.jobs").busy()
    assert armature.mode == "EDIT" and not bpy.data.actions
    bpy.ops.object.mode_set(mode="OBJECT")


# What was left on bones.


@pytest.mark.parametrize(
    ("bone", "channel", "value", "told"),
    [
        ("Hips", "scale", (1.0, 2.0, 1.0), "A scale was left on mixamorig:Hips"),
        ("RightArm", "scale", (1.2, 1.2, 1.2), "A scale was left on mixamorig:RightArm"),
        ("RightUpLeg", "location", (0.0, 0.2, 0.0), "A location was left on mixamorig:RightUpLeg"),
        ("Head", "scale", (1.4, 1.4, 1.4), ""),
        ("LeftHand", "scale", (2.0, 2.0, 2.0), ""),
        ("Spine", "location", (0.001, 0.0, 0.0), ""),
    ],
)
def test_what_was_left_on_bones_is_told(modules, bone, channel, value, told):
    armature = hero()
    setattr(armature.pose.bones[RIG + bone], channel, value)
    notes = bake(modules, armature)
    assert told in notes and bool(notes) == bool(told)
    assert tuple(getattr(armature.pose.bones[RIG + bone], channel)) == pytest.approx(value)


def test_where_a_root_bone_stands_is_the_users(modules):
    """It may stand and face anywhere; it may not be tilted or lifted."""
    armature = armatures.build("SMPL-X", seed=5)
    root = armature.pose.bones["root"]
    root.rotation_mode = "XYZ"
    axis = [abs(root.bone.matrix_local[2][k]) for k in range(3)].index(1.0)
    root.rotation_euler[axis] = 2.0
    root.location[(axis + 1) % 3] = 3.0
    assert not bake(modules, armature)
    root.location[axis] = 0.5
    assert "A location was left on root" in bake(modules, armature)
    root.location[axis] = 0.0
    root.rotation_euler[(axis + 1) % 3] = 0.8
    notes = bake(modules, armature)
    assert "A rotation was left on root" in notes and "degrees off" in notes


# Read: it is read, or the cause is named.


@pytest.mark.parametrize("how", ["rest", "plain"])
def test_rest_position_is_read_and_left_as_it_is(modules, how):
    armature = hero()
    bake(modules, armature)
    if how == "rest":
        armature.data.pose_position = "REST"
    clip = modules.read.read_clip(armature, bpy.context, 1, 40)
    assert limbs_apart(clip.joints, CLIP.joints) < LIMB
    assert (armature.data.pose_position == "REST") == (how == "rest")


def silence(armature, how):
    data = armature.animation_data
    if how == "muted curves":
        for curve in module("scene.actions").curves(data.action):
            curve.mute = True
    elif how == "muted groups":
        for curve in module("scene.actions").curves(data.action):
            curve.group.mute = True
    elif how == "no influence":
        old_track = data.nla_tracks.new()
        old_track.strips.new("later", 900, bpy.data.actions.new("Other"))
        data.action_influence = 0.0
    else:
        action, data.action = data.action, None
        track = data.nla_tracks.new()
        strip = track.strips.new("walk", 1, action)
        track.mute = how == "muted track"
        strip.mute = how == "muted strip"
        data.use_nla = how != "no NLA"


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("muted curves", "are muted"), ("muted groups", "are muted"),
        ("no influence", "influence of its action"), ("muted track", "are muted"),
        ("muted strip", "are muted"), ("no NLA", "NLA is switched off"),
    ],
)  # fmt: skip
def test_a_motion_that_is_not_played_is_refused_with_the_cause(modules, how, told):
    armature = hero()
    bake(modules, armature)
    silence(armature, how)
    for bone in armature.pose.bones:
        bone.matrix_basis.identity()
    if how == "muted groups" and off(armature) < LIMB:
        return  # Blenders whose actions have slots play them
    with pytest.raises(MotionError, match=told):
        modules.read.read_clip(armature, bpy.context, 1, 40)


def test_the_range_is_that_of_the_strips_that_play(modules):
    armature = hero()
    bake(modules, armature)
    data = armature.animation_data
    action, data.action = data.action, None
    modules.scene.frame_end = 77
    data.action = bpy.data.actions.new("Empty")
    places = ((101, False), (201, False), (901, True))
    for start, mute in places:
        track = data.nla_tracks.new()
        track.strips.new(f"at {start}", start, action)
        track.mute = mute
    assert modules.read.action_range(armature, modules.scene) == (101, 240)
    data.nla_tracks[1].is_solo = True
    assert modules.read.action_range(armature, modules.scene) == (201, 240)
    clip = modules.read.read_clip(armature, bpy.context, 201, 240)
    assert limbs_apart(clip.joints, CLIP.joints) < LIMB
    data.use_nla = False
    assert modules.read.action_range(armature, modules.scene) == (1, 77)


@pytest.mark.skipif(not SLOTS, reason="actions have slots from 4.4 on")
def test_an_action_without_a_slot_is_described_and_that_is_told(modules):
    armature = hero()
    bake(modules, armature)
    data = armature.animation_data
    data.action_slot = None
    armature.pose.bones[RIG + "Head"].location = (0.0, 0.1, 0.0)
    modules.scene.motionllm.target = armature
    assert bpy.ops.motionllm.caption() == {"FINISHED"}
    status = module("work.status").status
    assert "moves for 1.3" in status.caption and "no slot" in status.caption_note
    assert data.action_slot is None and data.action is not None


@pytest.mark.skipif(not SLOTS, reason="actions have slots from 4.4 on")
def test_a_strip_without_a_slot_is_named(modules):
    armature = hero()
    bake(modules, armature)
    silence(armature, "strip")
    armature.animation_data.nla_tracks[0].strips[0].action_slot = None
    for bone in armature.pose.bones:
        bone.matrix_basis.identity()
    with pytest.raises(MotionError, match="strip 'walk' has no slot"):
        modules.read.read_clip(armature, bpy.context, 1, 40)


@pytest.mark.skipif(not SLOTS, reason="actions have slots from 4.4 on")
def test_both_characters_of_one_action_are_described(modules):
    first, second = hero("Anna"), hero("Ben", (2.0, 0.0, 0.0))
    bake(modules, first, clip=make_clip(1, 60))
    action = first.animation_data.action
    slot = action.slots.new(id_type="OBJECT", name="Ben")
    data = second.animation_data_create()
    data.action, data.action_slot = action, slot
    for frame, angle in ((31, 0.0), (120, 1.0)):
        for bone in second.pose.bones:
            bone.rotation_quaternion = (np.cos(angle / 2), 0.0, 0.0, np.sin(angle / 2))
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    action.use_frame_range = False
    found, failures = modules.motions.all_of([first, second])
    assert not failures and [(one.character, one.start, one.end) for one in found] == [
        ("Anna", 1, 60), ("Ben", 31, 120),
    ]  # fmt: skip
    settings = modules.scene.motionllm_captions
    settings.source, settings.to_names = "ACTIONS", True
    assert bpy.ops.motionllm.caption_many() == {"FINISHED"}
    assert module("work.status").status.message == "2 described"
    told = action["motionllm_caption"]
    assert told.startswith("Anna: ") and " Ben: " in told and action.name.startswith("moves for")
