"""Bones found by name and by form, and what the user picks instead."""

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.motion import skeleton
from motionllm.rig.find.match import corrected, match_rig, preset_text, read_preset
from motionllm.rig.rig import Rig
from tests.helpers.rigs import SMPL_FBX, make_rig, plain_rig

J = skeleton.JOINTS


def test_form_alone_is_enough():
    rig = plain_rig([f"bone{number}" for number in range(22)])
    found = match_rig(rig)
    assert found.bones == {joint: joint for joint in range(22)}
    assert max(found.confidence.values()) < 0.9


def test_a_figure_that_faces_the_other_way_keeps_its_sides():
    rig = plain_rig([f"bone{number}" for number in range(22)])
    rest = rig.rest.copy()
    rest[:, :2, 3] *= -1.0
    turned = Rig(rig.names, rig.parents, rest, rig.inherits_rotation)
    assert match_rig(turned).bones == {joint: joint for joint in range(22)}


def test_what_the_user_picks_counts():
    rig = plain_rig([f"bone{number}" for number in range(22)])
    found = match_rig(rig)
    without = corrected(found, {J["left_foot"]: None}, rig, "it")
    assert J["left_foot"] not in without.bones
    with pytest.raises(MotionError, match="no bone for: left knee"):
        corrected(found, {J["left_knee"]: None}, rig, "it")
    with pytest.raises(MotionError, match="hang on each other"):
        corrected(found, {J["left_knee"]: J["head"]}, rig, "it")


def test_presets():
    names = {"pelvis": "Hüfte", "left_hip": ""}
    assert read_preset(preset_text(names, "own"), "x") == names
    for text in ("", "[]", '{"motionllm_rig": 1, "bones": {"tail": "x"}}', "{"):
        with pytest.raises(MotionError, match="no preset"):
            read_preset(text, "x")


def test_families():
    parents = list(skeleton.PARENTS)
    rig, _ = make_rig()

    def family(names, parents):
        rest = np.concatenate([rig.rest, np.tile(np.eye(4), (len(names) - 22, 1, 1))])
        full = Rig(names, np.array(parents), rest, np.ones(len(names), bool))
        return match_rig(full).family

    names = list(skeleton.JOINT_NAMES)
    assert family(names, parents) == "SMPL"
    assert family([*names, "left_index1", "jaw"], [*parents, 20, 15]) == "SMPL-X"
    assert family([*names, "left_index1"], [*parents, 20]) == "SMPL-H"


def test_a_prefix_and_a_root_do_not_matter():
    rig, _ = make_rig()
    names = ["root", *(f"m_avg_{name}" for name in SMPL_FBX)]
    parents = np.array([-1, *(p + 1 for p in skeleton.PARENTS)])
    full = Rig(names, parents, np.concatenate([np.eye(4)[None], rig.rest]), np.ones(23, bool))
    found = match_rig(full)
    assert found.bones == {joint: joint + 1 for joint in range(22)}
    assert set(found.confidence.values()) == {1.0}


def test_names_that_lie_are_not_believed():
    rig, _ = make_rig()
    flat = Rig(list(skeleton.JOINT_NAMES), np.full(22, -1), rig.rest, rig.inherits_rotation)
    with pytest.raises(MotionError) as caught:
        match_rig(flat)
    assert caught.value.code == "no_rig"


def test_what_is_no_humanoid_is_refused():
    for names in ([], ["Bone"], ["a", "b", "c"]):
        count = len(names)
        rest = np.tile(np.eye(4), (count, 1, 1))
        with pytest.raises(MotionError) as caught:
            match_rig(Rig(names, np.full(count, -1), rest, np.ones(count, bool)))
        assert caught.value.code == "no_rig"
