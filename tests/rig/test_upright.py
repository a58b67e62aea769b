"""Which way is up: files that mix axes are set upright, people who lie stay lying."""

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.motion.bvh import read_bvh, tree_text
from motionllm.motion.clip import Clip
from motionllm.rig.from_bvh import read_person
from tests.helpers.synthetic import make_steps

WALK = make_steps()
NAMES, PARENTS = list(skeleton.JOINT_NAMES), list(skeleton.PARENTS)
OFFSETS = WALK.offsets.astype(float) * 100.0


def about(axis, degrees):
    return rotation.from_axis_angle(np.eye(3)["xyz".index(axis)], np.radians(degrees))


TURNS = {
    "Z up": about("x", 90), "Z down": about("x", -90), "X up": about("z", -90),
    "X down": about("z", 90), "Y down": about("z", 180), "camera": about("x", 180),
}  # fmt: skip


def body(clip=WALK):
    return clip.rotations.astype(float).copy(), clip.translation.astype(float) * 100.0


def read(rotations, places, offsets=OFFSETS, fps=30.0):
    text = tree_text(NAMES, PARENTS, offsets, {}, rotations, {0: places}, fps)
    return read_person(read_bvh(text), "x.bvh")


def assert_same(clip, wanted=WALK, path=True):
    local = rotation.multiply(
        rotation.conjugate(clip.rotations[:, 1:].astype(float)), wanted.rotations[:, 1:]
    )
    assert np.degrees(rotation.angle(local)).max() < 1.0
    if path:
        assert np.abs(clip.joints - wanted.joints).max() < 0.05
    else:
        trunk = clip.joints[:, 15] - clip.joints[:, 0]
        assert (trunk[:, 1] > 0.9 * np.linalg.norm(trunk, axis=-1)).all()


def turned_in(clip, turn):
    """Return local rotations and places of a clip whose motion is turned, but not its rest."""
    rotations, places = body(clip)
    rotations[:, 0] = rotation.multiply(turn, rotations[:, 0])
    return rotations, rotation.rotate(turn, places)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("facing", [0, 90, 200])
def test_the_motion_has_other_axes_than_the_rest_pose(turn, facing):
    clip, notes = read(*turned_in(WALK, rotation.multiply(TURNS[turn], about("y", facing))))
    assert_same(clip)
    assert len(notes) == 1 and "it is set upright" in notes[0] and "rest pose along +Y" in notes[0]


@pytest.mark.parametrize("turn", TURNS)
def test_the_rest_pose_has_other_axes_than_the_motion(turn):
    """As where a root is kept turned back by 90 degrees."""
    q = TURNS[turn]
    rotations, places = body()
    rotations = rotation.multiply(rotation.multiply(q, rotations), rotation.conjugate(q))
    rotations[:, 0] = rotation.multiply(rotation.conjugate(q), rotations[:, 0])
    clip, notes = read(rotations, places, rotation.rotate(q, OFFSETS))
    assert_same(clip)
    assert len(notes) == 1 and "stands along +Y" in notes[0]


@pytest.mark.parametrize("turn", TURNS)
def test_both_have_the_same_other_axes(turn):
    q = TURNS[turn]
    rotations, places = body()
    rotations = rotation.multiply(rotation.multiply(q, rotations), rotation.conjugate(q))
    clip, notes = read(rotations, rotation.rotate(q, places), rotation.rotate(q, OFFSETS))
    assert_same(clip)
    assert not notes


@pytest.mark.parametrize("turn", ["Z up", "Z down", "X up", "X down"])
def test_a_root_kept_turned_while_it_goes_over_the_floor(turn):
    rotations, places = body()
    rotations[:, 0] = rotation.multiply(TURNS[turn], rotations[:, 0])
    clip, notes = read(rotations, places)
    assert_same(clip)
    assert "its path along +Y" in notes[0]


def test_a_turned_bone_above_the_hips():
    q = TURNS["Z down"]
    rotations, places = body()
    first = np.broadcast_to(q, (len(rotations), 4))[:, None]
    rotations[:, 0] = rotation.multiply(rotation.conjugate(q), rotations[:, 0])
    text = tree_text(
        ["Armature", *NAMES], [-1, *(parent + 1 for parent in PARENTS)],
        np.concatenate([np.zeros((1, 3)), OFFSETS]), {}, np.concatenate([first, rotations], axis=1),
        {0: places * 0.0, 1: rotation.rotate(rotation.conjugate(q), places)}, 30.0,
    )  # fmt: skip
    assert_same(read_person(read_bvh(text))[0])


def standing(frames=60):
    """Return somebody who stands and breathes."""
    turns = rotation.identity(frames, 22)
    turns[:, 6] = rotation.from_axis_angle(np.eye(3)[0], 0.02 * np.sin(np.arange(frames) / 5.0))
    for joint, sign in ((16, -1.0), (17, 1.0)):  # arms down
        turns[:, joint] = rotation.from_axis_angle(np.eye(3)[2], np.full(frames, sign * 1.3))
    places = np.tile([0.0, skeleton.PELVIS_HEIGHT, 0.0], (frames, 1))
    return Clip.build(30.0, turns, places)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("facing", [0, 90])
def test_somebody_who_stands_still(turn, facing):
    q = rotation.multiply(TURNS[turn], about("y", facing))
    assert_same(read(*turned_in(standing(), q))[0], standing())


def lying(way, height=0.12):
    """Return the rotations and places of somebody who lies and stirs a little."""
    rotations, places = body(standing())
    rotations[:, 0] = rotation.multiply(way, rotations[:, 0])
    places[:] = [20.0, height * 100.0, -30.0]
    return rotations, places


@pytest.mark.parametrize(("axis", "height"), [("x", 0.12), ("z", 0.3), ("x", 0.5)])
@pytest.mark.parametrize("degrees", [-90, 90])
def test_somebody_who_lies_stays_lying(axis, height, degrees):
    """On the back, on the belly, on a side; on the floor or on a bed."""
    clip, notes = read(*lying(about(axis, degrees), height))
    trunk = clip.joints[:, 15] - clip.joints[:, 0]
    assert (np.abs(trunk[:, 1]) < 0.2 * np.linalg.norm(trunk, axis=-1)).all()
    assert not notes


def test_a_handstand_stays_one():
    rotations, places = body(standing())
    rotations[:, 0] = rotation.multiply(about("x", 180), rotations[:, 0])
    for joint, sign in ((16, 1.0), (17, -1.0)):  # arms beside the head
        rotations[:, joint] = rotation.from_axis_angle(np.eye(3)[2], np.full(60, sign * 1.5))
    joints = skeleton.forward_kinematics(rotations, places / 100.0)
    places[:, 1] -= 100.0 * (joints[..., 1].min() - 0.05)
    clip, notes = read(rotations, places)
    assert (clip.joints[:, 15, 1] < clip.joints[:, 0, 1]).all()
    assert not notes


@pytest.mark.parametrize("turn", ["Z up", "camera"])
def test_in_place_the_steps_decide(turn):
    """Without a path: the feet of somebody who stands keep one height, nothing else does."""
    rotations, places = turned_in(WALK, TURNS[turn])
    assert_same(read(rotations, places * 0.0)[0], path=False)


def test_what_cannot_be_decided_is_refused():
    rotations, places = turned_in(standing(), TURNS["Z up"])
    with pytest.raises(MotionError, match="Which way is up in x.bvh cannot be told") as caught:
        read(rotations, places * 0.0)
    assert caught.value.code == "bad_file" and "+Y" in caught.value.message
    assert "+Z" in caught.value.message and caught.value.hint
