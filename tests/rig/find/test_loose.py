"""Feet and hands that hang on nothing or on the trunk are found, and may be picked by hand."""

from dataclasses import replace

import pytest

from motionllm.errors import MotionError
from motionllm.motion import skeleton
from motionllm.rig.find.loose import joined, loose_joints, whole
from motionllm.rig.find.match import corrected, match_rig
from tests.helpers.rigs import HUMAN, SMPL_FBX, body_rig

J = skeleton.JOINTS
SMPL = dict(zip(skeleton.JOINT_NAMES, SMPL_FBX, strict=True))
FEET, HANDS = ("left_ankle", "right_ankle"), ("left_wrist", "right_wrist")
LOOSE = {
    "feet on nothing": dict.fromkeys(FEET, ""),
    "feet on the hips": dict.fromkeys(FEET, "pelvis"),
    "hands on nothing": dict.fromkeys(HANDS, ""),
    "hands on the chest": dict.fromkeys(HANDS, "spine3"),
    "feet and hands": dict.fromkeys((*FEET, *HANDS), ""),
    "one foot": {"left_ankle": ""},
}


def loose_rig(names, how):
    loose = {joint: names.get(carrier, "") for joint, carrier in how.items()}
    return body_rig(names, loose=loose)


@pytest.mark.parametrize("names", [HUMAN, SMPL], ids=["words", "a family"])
@pytest.mark.parametrize("how", LOOSE.values(), ids=LOOSE)
def test_loose_ends_are_found(names, how):
    rig, expected = loose_rig(names, how)
    found = match_rig(rig)
    assert found.bones == expected
    assert {skeleton.JOINT_NAMES[joint] for joint in found.loose} == set(how)


@pytest.mark.parametrize("how", LOOSE.values(), ids=LOOSE)
def test_loose_ends_whose_names_say_nothing(how):
    rig, expected = loose_rig(HUMAN, how)
    rig = replace(rig, names=[f"b{number}" for number in range(len(rig.names))])
    assert match_rig(rig).bones == expected


def test_loose_ends_may_be_picked_by_hand():
    rig, expected = loose_rig(HUMAN, LOOSE["feet and hands"])
    found = match_rig(rig)
    assert corrected(found, dict(expected), rig, "it").loose == found.loose
    with pytest.raises(MotionError, match="hang on each other"):
        corrected(found, {J["left_knee"]: expected[J["left_wrist"]]}, rig, "it")


def test_a_foot_on_the_other_leg_is_not_loose():
    rig, bones = loose_rig(HUMAN, {"left_ankle": "right_knee"})
    assert loose_joints(bones, rig) == []
    assert whole(rig, bones) is rig


def test_a_body_in_one_piece_is_left_as_it_is():
    rig, _ = body_rig(HUMAN)
    assert joined(rig) is rig
