"""Chains of other lengths, locked feet, few keys, matching by form, VRM's table."""

import json
import struct

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.rig.carry import chains, locked_feet
from motionllm.rig.curves import thin
from motionllm.rig.find import vrm
from motionllm.rig.find.family import families
from motionllm.rig.find.match import corrected, match_rig, preset_text, read_preset
from motionllm.rig.rig import Rig

J = skeleton.JOINTS


def turns(seed: int, frames: int = 30) -> np.ndarray:
    """Return smooth world turns (T, 22, 4), each joint a little on from its parent."""
    generator = np.random.default_rng(seed)
    time = np.linspace(0.0, 2.0 * np.pi, frames)[:, None, None]
    vector = 0.25 * np.sin(time + generator.uniform(0.0, 6.0, (1, 22, 3)))
    angle = np.linalg.norm(vector, axis=-1)
    local = rotation.from_axis_angle(vector / angle[..., None], angle)
    return skeleton.world_transforms(local, np.zeros((frames, 3)))[0]


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(rotation.angle(rotation.multiply(rotation.conjugate(a), b)).max()))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7])
def test_a_spine_of_any_length_ends_where_the_clips_ends(count):
    world = turns(1)
    spread = chains.spread(world, chains.SPINE, count, True)
    assert apart(spread[-1], world[:, J["spine3"]]) < 1e-6
    again = world.copy()
    again[:, [J["spine1"], J["spine2"], J["spine3"]]] = [1.0, 0.0, 0.0, 0.0]
    chains.gather(again, chains.SPINE, spread, True)
    limit = {3: 1e-6, 1: 25.0}.get(count, 13.0)
    for joint in ("spine1", "spine2", "spine3"):
        assert apart(again[:, J[joint]], world[:, J[joint]]) < limit


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_neck_of_any_length(count):
    world = turns(2)
    spread = chains.spread(world, chains.NECK, count, False)
    assert len(spread) == count
    again = world.copy()
    chains.gather(again, chains.NECK, spread, False)
    limit = 1e-6 if count == 1 else 15.0
    assert apart(again[:, J["neck"]], world[:, J["neck"]]) < limit
    assert apart(again[:, J["head"]], world[:, J["head"]]) < 1e-9


def test_a_forearm_takes_its_share_of_the_hands_twist():
    world = rotation.identity(3, 22)
    x = np.array([1.0, 0.0, 0.0])
    world[:, J["left_wrist"]] = rotation.from_axis_angle(x, np.array([0.2, 1.0, -2.0]))
    shared = chains.twist_share(world, J["left_elbow"], J["left_wrist"], 0.5)
    wanted = rotation.from_axis_angle(x, np.array([0.1, 0.5, -1.0]))
    assert apart(shared, wanted) < 1e-6


def test_two_bones_reach_their_target():
    generator = np.random.default_rng(3)
    upper = np.array([0.0, -0.4, 0.0]) + 0.03 * generator.normal(size=(50, 3))
    lower = np.array([0.0, -0.38, -0.1]) + 0.03 * generator.normal(size=(50, 3))
    target = 0.88 * (upper + lower) + 0.02 * generator.normal(size=(50, 3))
    hinge = np.tile([1.0, 0.0, 0.0], (50, 1))
    first, second = locked_feet.two_bones(upper, lower, target, hinge)
    end = rotation.rotate(first, upper) + rotation.rotate(second, lower)
    assert np.abs(end - target).max() < 1e-6
    # The knee stays in the plane it bends in, tilted with the leg.
    before = np.cross(upper, lower)
    after = np.cross(rotation.rotate(first, upper), rotation.rotate(second, lower))
    cosine = np.sum(before * after, axis=1)
    cosine /= np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    assert cosine.min() > 0.9


def test_what_is_out_of_reach_is_drawn_in():
    upper, lower = np.array([[0.0, -0.4, 0.0]]), np.array([[0.0, -0.4, -0.05]])
    target = np.array([[0.0, -2.0, 0.0]])
    first, second = locked_feet.two_bones(upper, lower, target, np.array([[1.0, 0.0, 0.0]]))
    end = rotation.rotate(first, upper) + rotation.rotate(second, lower)
    assert np.abs(end[0, [0, 2]]).max() < 1e-6 and end[0, 1] > -0.81
    straight = rotation.rotate(first, upper)[0] @ rotation.rotate(second, lower)[0]
    assert straight < 0.4 * np.linalg.norm(lower)  # not quite straight: a straight knee flips


def test_few_keys_stay_within_the_bound():
    """Each channel within its own bound, whatever the others need."""
    time = np.linspace(0.0, 6.0, 200)
    wave = np.stack([np.sin(time), np.cos(2.0 * time), 0.1 * time], axis=1)
    values = np.stack([wave, wave, np.ones((200, 3))], axis=1)
    bounds = np.array([0.01, 0.001, 1e-6])
    keys = thin.key_frames(values, bounds)
    assert keys[[0, -1]].all()
    assert keys[:, 0].sum() < keys[:, 1].sum() < 40
    assert np.flatnonzero(keys[:, 2]).tolist() == [0, 199]
    error = np.linalg.norm(thin.filled(values, keys) - values, axis=-1)
    assert (error.max(axis=0) <= bounds).all()
    assert error[keys].max() == 0.0
    more = thin.key_frames(values, 0.5 * bounds, keys)
    assert more[keys].all() and more.sum() > keys.sum()
    assert thin.key_frames(values[:1], bounds).tolist() == [[True] * 3]
    assert thin.key_frames(values[:2], bounds).all()


def test_every_family_names_every_needed_joint_once():
    names = [family.name for family in families()]
    assert len(names) >= 20
    for family in families():
        for joint, spellings in family.spellings.items():
            others = [s for j, ss in family.spellings.items() if j != joint for s in ss]
            assert not set(spellings) & set(others), (family.name, skeleton.JOINT_NAMES[joint])
        named = {joint for joint, spellings in family.spellings.items() if spellings}
        assert len(named) >= 20, family.name


def plain_rig(names: list[str]) -> Rig:
    """Return the canonical body, Z up, with other names."""
    still = rotation.identity(1, 22)
    place = np.array([[0.0, skeleton.PELVIS_HEIGHT, 0.0]])
    joints = skeleton.forward_kinematics(still, place)[0]
    rest = np.tile(np.eye(4), (22, 1, 1))
    rest[:, :3, 3] = joints @ np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]]).T
    return Rig(names, np.array(skeleton.PARENTS), rest, np.ones(22, bool))


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


def write_glb(path, table):
    text = json.dumps(table).encode()
    text += b" " * (-len(text) % 4)
    header = struct.pack("<IIIII", 0x46546C67, 2, 20 + len(text), len(text), 0x4E4F534A)
    path.write_bytes(header + text)


@pytest.mark.parametrize("version", [0, 1])
def test_the_table_of_a_vrm(tmp_path, version):
    path = tmp_path / "person.vrm"
    human = ["hips", "spine", "chest", "head", "leftUpperLeg"]
    nodes = [{"name": f"node {name}"} for name in human]
    if version:
        bones = {name: {"node": number} for number, name in enumerate(human)}
        extensions = {"VRMC_vrm": {"humanoid": {"humanBones": bones}}}
    else:
        bones = [{"bone": name, "node": number} for number, name in enumerate(human)]
        extensions = {"VRM": {"humanoid": {"humanBones": bones}}}
    write_glb(path, {"nodes": nodes, "extensions": extensions})
    found = vrm.human_bones(path)
    assert found["pelvis"] == "node hips" and found["left_hip"] == "node leftUpperLeg"
    assert set(found) == {"pelvis", "head", "left_hip"}  # a spine in part is left to others


def test_what_is_no_vrm(tmp_path):
    path = tmp_path / "person.vrm"
    path.write_bytes(b"glTF")
    with pytest.raises(MotionError, match="is no VRM"):
        vrm.human_bones(path)
    write_glb(path, {"nodes": []})
    with pytest.raises(MotionError, match="names no bones"):
        vrm.human_bones(path)
