"""Families of rigs and the spellings of their names."""

import pytest

from motionllm.motion import skeleton
from motionllm.rig.find.family import families, tidy


def test_every_family_names_every_needed_joint_once():
    names = [family.name for family in families()]
    assert len(names) >= 20
    for family in families():
        for joint, spellings in family.spellings.items():
            others = [s for j, ss in family.spellings.items() if j != joint for s in ss]
            assert not set(spellings) & set(others), (family.name, skeleton.JOINT_NAMES[joint])
        named = {joint for joint, spellings in family.spellings.items() if spellings}
        assert len(named) >= 20, family.name


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("m_avg_L_Hip", "mavglhip"), ("left_hip", "lefthip"), ("hip.L", "hipl"),
        ("Armature|RightWrist", "rightwrist"), ("spine_1", "spine1"), ("左足ＩＫ", "左足ik"),
        ("mixamorig1:LeftUpLeg", "leftupleg"), ("Bip001 L Thigh", "bip001lthigh"),
    ],
)  # fmt: skip
def test_tidy(name, result):
    assert tidy(name) == result
