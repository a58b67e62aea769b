"""Limbs of more bones than two: which of them is the hip, the knee, the shoulder, the elbow."""

from dataclasses import replace

import numpy as np
import pytest

from motionllm.motion import skeleton
from motionllm.rig.find.limbs import find_joints
from motionllm.rig.find.match import match_rig
from tests.helpers.rigs import HUMAN, body_rig

SIDES = ("left", "right")
PLAIN = HUMAN | {  # words that mean one thing here and another there
    f"{side}_{part}": f"{bone}.{side[0].upper()}"
    for side in SIDES
    for part, bone in (("hip", "leg1"), ("knee", "leg3"), ("shoulder", "arm1"), ("elbow", "arm3"))
}


def inside(first: str, second: str, *names: str) -> tuple:
    """Return bones that cut the way from one joint to the next into equal parts."""
    return tuple(
        (name.replace("{}", side[0].upper()), f"{side}_{first}", f"{side}_{second}",
         (number + 1) / (len(names) + 1))
        for side in SIDES
        for number, name in enumerate(names)
    )  # fmt: skip


CUTS = {
    "shins": inside("knee", "ankle", "{}_between"),
    "shins in three": inside("knee", "ankle", "between1.{}", "between2.{}"),
    "thighs": inside("hip", "knee", "between.{}"),
    "thighs and shins": inside("hip", "knee", "a.{}") + inside("knee", "ankle", "b.{}"),
    "forearms": inside("elbow", "wrist", "between.{}"),
    "upper arms": inside("shoulder", "elbow", "between.{}"),
    "both halves of the arms": inside("shoulder", "elbow", "a.{}")
    + inside("elbow", "wrist", "b.{}"),
}


@pytest.mark.parametrize("names", [HUMAN, PLAIN], ids=["words", "lengths"])
@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_segments_are_no_joints(names, cut):
    rig, expected = body_rig(names, between=cut)
    assert match_rig(rig).bones == expected


def test_without_places_the_words_are_asked():
    rig, expected = body_rig(HUMAN, between=CUTS["shins"] + CUTS["forearms"])
    joints = find_joints(rig.names, list(rig.parents)).joints
    for joint in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist"):
        for side in SIDES:
            name = f"{side}_{joint}"
            assert joints[name] == expected[skeleton.JOINTS[name]]


BENT = {
    f"{side}_{part}": by
    for side in SIDES
    for part, by in (
        ("knee", (0.0, 0.06, 0.16)), ("ankle", (0.0, 0.15, -0.25)), ("foot", (0.0, -0.13, 0.02))
    )
}  # fmt: skip


def digitigrade(names):
    """Return a body whose shins end in another bone, the hock, behind and above the foot."""
    bent = {joint: by for joint, by in BENT.items() if "knee" in joint}
    bent |= {f"{side}_ankle": (0.0, 0.08, -0.12) for side in SIDES}
    cut = tuple((f"hock.{s[0].upper()}", f"{s}_knee", f"{s}_ankle", 0.55) for s in SIDES)
    rig, expected = body_rig(names, between=cut, moved=bent)
    for side in "LR":
        rig.rest[rig.names.index(f"hock.{side}"), 1, 3] += 0.14
    return rig, expected


@pytest.mark.parametrize("names", [HUMAN, PLAIN], ids=["words", "lengths"])
def test_a_digitigrade_leg_has_its_knee_where_it_bends_forward(names):
    rig, expected = digitigrade(names)
    assert match_rig(rig).bones == expected


def test_a_bone_between_pelvis_and_thigh_is_no_thigh():
    """As the hip joints of CMU's skeletons: at the pelvis, the thigh's head beside it."""
    for names in (HUMAN, PLAIN):
        cut = tuple((f"x.{s[0].upper()}", "pelvis", f"{s}_hip", 0.05) for s in SIDES)
        rig, expected = body_rig(names, between=cut)
        assert match_rig(rig).bones == expected
        assert np.allclose(rig.heads[expected[0]], rig.heads[rig.names.index("x.L")], atol=0.02)


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_segments_of_limbs_whose_names_say_nothing(cut):
    rig, expected = body_rig(HUMAN, between=cut)
    rig = replace(rig, names=[f"b{number}" for number in range(len(rig.names))])
    assert match_rig(rig).bones == expected


@pytest.mark.parametrize("hock", [True, False], ids=["four bones", "three bones"])
def test_a_digitigrade_leg_whose_names_say_nothing(hock):
    """With and without a bone for the toes beside that of the hock."""
    rig, expected = digitigrade(HUMAN) if hock else body_rig(HUMAN, moved=BENT)
    rig = replace(rig, names=[f"b{number}" for number in range(len(rig.names))])
    assert match_rig(rig).bones == expected
