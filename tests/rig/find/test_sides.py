"""Sides whose names contradict the body: toes, feet, knees and elbows say which is the left one."""

from dataclasses import replace

import numpy as np
import pytest

from motionllm.motion import skeleton
from motionllm.rig.find.match import corrected, match_rig
from tests.helpers.rigs import HUMAN, SMPL_FBX, body_rig

J = skeleton.JOINTS
SMPL = dict(zip(skeleton.JOINT_NAMES, SMPL_FBX, strict=True))
SIDES = ("left", "right")


def mirrored(names, parts=()):
    """Return names whose sides are the wrong way round, of some parts or of all."""
    other = {joint: skeleton.JOINT_NAMES[skeleton.MIRROR[J[joint]]] for joint in names}
    return {
        joint: names[other[joint] if not parts or joint.endswith(parts) else joint]
        for joint in names
    }


def without(names, *parts):
    return {joint: name for joint, name in names.items() if not joint.endswith(parts)}


@pytest.mark.parametrize("names", [HUMAN, SMPL], ids=["words", "a family"])
@pytest.mark.parametrize("turn", [0.0, np.pi])
def test_toes_decide(names, turn):
    rig, expected = body_rig(mirrored(names))
    rest = np.array(rig.rest)
    spin = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    rest[:, :3, 3] = rig.heads @ spin.T
    found = match_rig(replace(rig, rest=rest, tails=rig.tails @ spin.T))
    assert found.bones == expected
    assert "other way round" in found.notes[0]


@pytest.mark.parametrize("names", [HUMAN, SMPL], ids=["words", "a family"])
def test_right_names_are_left_alone(names):
    rig, expected = body_rig(names)
    found = match_rig(rig)
    assert found.bones == expected and not found.notes


@pytest.mark.parametrize(
    "moved",
    [
        {f"{side}_knee": (0.0, 0.0, 0.06) for side in SIDES}
        | {f"{side}_ankle": (0.0, 0.0, -0.06) for side in SIDES},
        {f"{side}_elbow": (0.0, 0.0, -0.05) for side in SIDES}
        | {f"{side}_wrist": (0.0, 0.0, 0.05) for side in SIDES},
    ],
    ids=["knees", "elbows"],
)
def test_without_toes_the_bend_decides(moved):
    for reverse in (False, True):
        names = without(SMPL, "_foot")
        rig, expected = body_rig(mirrored(names) if reverse else names, moved=moved)
        rig = replace(rig, tails=rig.heads)
        found = match_rig(rig)
        assert found.bones == expected
        assert bool(found.notes) == reverse


def test_without_toes_the_feet_decide():
    rig, expected = body_rig(mirrored(without(SMPL, "_foot")))
    tails = np.array(rig.tails)
    for side in SIDES:
        foot = expected[J[f"{side}_ankle"]]
        tails[foot] = rig.heads[foot] + [0.0, -0.12, -0.05]
    assert match_rig(replace(rig, tails=tails)).bones == expected


def test_what_nothing_contradicts_is_believed():
    """Straight limbs and no toes: the same body seen from the other side."""
    rig, _ = body_rig(mirrored(without(SMPL, "_foot")))
    found = match_rig(replace(rig, tails=rig.heads))
    assert rig.names[found.bones[J["left_hip"]]] == "L_Hip" and not found.notes


def test_a_heel_is_no_toe():
    names = without(SMPL, "_foot")
    rig, expected = body_rig(names)
    extra = np.tile(np.eye(4), (2, 1, 1))
    feet = [expected[J[f"{side}_ankle"]] for side in SIDES]
    extra[:, :3, 3] = rig.heads[feet] + [0.0, 0.08, -0.05]
    rig = replace(
        rig,
        names=[*rig.names, "heel.L", "heel.R"],
        parents=np.array([*rig.parents, *feet]),
        rest=np.concatenate([rig.rest, extra]),
        inherits_rotation=np.ones(len(rig.names) + 2, bool),
        **{key: np.zeros(0) for key in ("tails", "deforms", "connected", "held")},
    )
    assert match_rig(rig).bones == expected


@pytest.mark.parametrize(
    "parts", [("collar", "shoulder", "elbow", "wrist"), ("hip", "knee", "ankle", "foot")]
)
def test_arms_and_legs_that_contradict_each_other(parts):
    rig, expected = body_rig(mirrored(SMPL, parts))
    found = match_rig(rig)
    assert found.bones == expected
    assert ("arms" if "wrist" in parts else "legs") in found.notes[0]


def test_what_was_picked_stays_and_is_told():
    rig, expected = body_rig(SMPL)
    chosen = {joint: expected[skeleton.MIRROR[joint]] for joint in expected}
    found = corrected(match_rig(rig), chosen, rig, "it")
    assert found.bones == chosen
    assert "Swap left and right" in found.notes[0]
