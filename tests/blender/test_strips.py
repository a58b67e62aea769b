"""Motions one after the other: strips that hide none before them, and places read at one frame."""

import armatures
import bpy
import numpy as np
import pytest
import rig_zoo

from motionllm.motion import skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.root import roots_of, seen_from
from tests.helpers.extension import module
from tests.helpers.synthetic import make_clip

ROOTED = next(kind for kind in rig_zoo.KINDS if kind.above)  # with a bone above the hips


@pytest.fixture
def scene(scripted):
    scripted.render.fps = 30
    return scripted


def walk(seed, frames=40, metres=2.0, turn=0.9):
    """Return a clip that goes ahead and turns to the left, from the origin."""
    clip = make_clip(seed, frames)
    share = np.linspace(0.0, 1.0, frames)
    way = clip.translation * [0.0, 1.0, 0.0] + np.outer(share, [0.0, 0.0, metres])
    rotations = clip.rotations.copy()
    rotations[:, 0] = np.stack(
        [np.cos(turn * share / 2), 0 * share, np.sin(turn * share / 2), 0 * share], axis=1
    )
    return Clip.build(30.0, rotations, way).labelled(text="walk", seed=seed, pack="", licence="")


def bake(armature, clip, start, **options):
    work = module("scene.bake")
    wanted = work.Options(**({"strip": True, "go_on": True} | options))
    return work.bake(clip, armature, bpy.context.scene, start, options=wanted)


def own():
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    armature.location, armature.rotation_euler.z = (1.0, -2.0, 0.0), 0.5
    bpy.context.view_layer.update()
    return armature


def places(armature, frames):
    """Return where the joints of the extension's character are in the world."""
    return armatures.evaluated_joints(armature, skeleton.JOINT_NAMES, frames)


def seen(armature, frame):
    """Return the root (3,) in the world: place on the floor and heading."""
    with module("scene.place").at_frame(bpy.context.scene, frame):
        rigs, read = module("scene.rigs"), module("scene.read")
        rig = rigs.read_rig(armature)
        how = read.fit_rest(armature, bpy.context, rig, rigs.match(armature, rig, "read"))
        root = read.root_at(armature, bpy.context, rig, how, frame)
        home = module("scene.space").home_of(armature, bpy.context)
    ahead = np.array([np.sin(root[2]), 0.0, np.cos(root[2])])
    at = np.array([root[0], 0.0, root[1]])
    one, other = home.to_world(np.stack([at, at + ahead]))[:, :2]
    return np.array([*one, np.arctan2(*(other - one))])


KINDS = ("AS_IS", "SEPARATE")


@pytest.mark.parametrize("rooted", [False, True])
@pytest.mark.parametrize("second", KINDS)
@pytest.mark.parametrize("first", KINDS)
@pytest.mark.usefixtures("scene")
def test_the_second_begins_where_the_first_ends(first, second, rooted):
    armature = rig_zoo.build(ROOTED)[0] if rooted else own()
    bake(armature, walk(1), 1, root_motion=first)
    before = [seen(armature, frame) for frame in (1, 20, 40)]
    assert np.linalg.norm(before[2][:2] - before[0][:2]) > 1.0
    bpy.context.scene.frame_set(7)  # the playhead has no say in it
    bake(armature, walk(2), 90, root_motion=second)
    after = [seen(armature, frame) for frame in (1, 20, 40)]
    assert np.abs(np.array(after) - before).max() < 1e-4
    for frame in (80, 90):
        assert np.abs(seen(armature, frame) - before[2]).max() < 1e-3, frame
    # The way of the second one is the clip's own, seen from there.
    unit = np.linalg.norm(before[2][:2] - before[0][:2]) / 2.0
    went = seen(armature, 129)[:2] - before[2][:2]
    assert abs(np.linalg.norm(went) / unit - 2.0) < 0.05
    turned = (seen(armature, 129) - before[2])[2] - (before[2] - before[0])[2]
    assert abs((turned + np.pi) % (2 * np.pi) - np.pi) < 0.05


@pytest.mark.usefixtures("scene")
def test_nothing_before_is_hidden_and_nothing_after():
    """Made in this order: late, early, between; where they overlap, that is told."""
    armature = own()
    spans = {"late": 150, "early": 1, "between": 70}
    alone = {}
    for number, (name, start) in enumerate(spans.items()):
        bake(armature, walk(number), start, go_on=False)
        alone[name] = places(armature, range(start, start + 40))
        for before in list(spans)[: number + 1]:
            first = spans[before]
            assert np.abs(places(armature, range(first, first + 40)) - alone[before]).max() < 1e-5
    assert len(armature.animation_data.nla_tracks) == 1
    action = bake(armature, walk(5), 20)
    assert (
        "lies over" in action["motionllm_notes"]
        and "from frame 20 to 40" in (action["motionllm_notes"])
    )
    for name in ("late", "between"):
        first = spans[name]
        assert np.abs(places(armature, range(first, first + 40)) - alone[name]).max() < 1e-5
    assert np.abs(places(armature, range(1, 20)) - alone["early"][:19]).max() < 1e-5


@pytest.mark.usefixtures("scene")
def test_the_users_own_strips_are_left_alone_and_seen():
    armature = own()
    module("scene.bake").bake(walk(1), armature, bpy.context.scene, 1)
    data = armature.animation_data
    action, data.action = data.action, None
    del action["motionllm_text"]  # the user's
    data.nla_tracks.new().strips.new("mine", 1, action)
    before = places(armature, range(1, 41))
    bake(armature, walk(2), 90)
    assert [len(track.strips) for track in data.nla_tracks] == [1, 1]
    assert np.abs(places(armature, range(1, 41)) - before).max() < 1e-5
    assert np.abs(seen(armature, 90) - seen(armature, 40)).max() < 1e-3


@pytest.mark.parametrize("rooted", [False, True])
@pytest.mark.usefixtures("scene")
def test_a_separate_path_begins_in_one_place_wherever_the_playhead_is(rooted):
    armature = rig_zoo.build(ROOTED)[0] if rooted else own()
    stood = None
    for frame in (1, 25, 40):
        bpy.context.scene.frame_set(frame)
        bake(armature, walk(1), 1, strip=False, root_motion="SEPARATE")
        at = seen(armature, 1)
        stood = at if stood is None else stood
        assert np.abs(at - stood).max() < 1e-3, frame
    bpy.context.scene.frame_set(33)
    bake(armature, walk(1), 1, strip=False)  # the path is in the hips now, nobody stays behind
    assert np.abs(seen(armature, 1) - stood).max() < 1e-3
    end = roots_of(walk(1))
    assert np.abs(seen_from(end[0], end[-1])[1] - 2.0) < 1e-3  # what it goes is the clip's


@pytest.mark.usefixtures("scene")
def test_the_cursor_is_seen_from_where_the_strip_will_begin(scene):
    armature = own()
    bake(armature, walk(1), 1)
    settings = scene.motionllm
    settings.as_strip, settings.start = True, "CURRENT"
    scene.frame_set(60)
    scene.cursor.location[:2] = seen(armature, 60)[:2]
    assert bpy.ops.motionllm.end_at_cursor() == {"FINISHED"}
    assert abs(settings.ahead) < 1e-3 and abs(settings.left) < 1e-3
    settings.go_on = False
    bpy.ops.motionllm.end_at_cursor()
    assert abs(settings.ahead) > 1.0


@pytest.mark.usefixtures("scene")
def test_a_shared_strip_does_not_hide_what_was_there():
    armature = own()
    bake(armature, walk(1), 1)
    before = places(armature, range(1, 41))
    action = module("scene.bake").bake(walk(2), armature, bpy.context.scene, 1)
    module("scene.strips").add_shared_strip(armature, action, 90)
    assert np.abs(places(armature, range(1, 41)) - before).max() < 1e-5
