"""The person in a BVH: among several roots, by the names of families, by form alone."""

import re

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.motion.bvh import bvh_text, read_bvh, tree_text
from motionllm.rig.find.in_bvh import joints_in, person_in
from motionllm.rig.from_bvh import read_people, read_person
from tests.helpers.synthetic import make_steps

WALK = make_steps()
NAMES, PARENTS = list(skeleton.JOINT_NAMES), list(skeleton.PARENTS)
OFFSETS = WALK.offsets.astype(float) * 100.0
BY_FORM = "its joints' names say nothing: they were found by the body's form"


def text(names=None, tips=True, turn=None, more=0):
    """Return the walk with other names, without end sites, in other axes, with joints at hands."""
    turn = rotation.identity() if turn is None else turn
    names = list(names or NAMES)
    parents, offsets = list(PARENTS), OFFSETS
    rotations = WALK.rotations.astype(float)
    for joint in (20, 21):
        for finger in range(more):
            parents.append(joint)
            names.append(f"{names[joint]}_{finger}")
            step = np.array([[np.sign(OFFSETS[joint][0]) * 9.0, 0.0, 2.0 * finger - 2.0]])
            offsets = np.concatenate([offsets, step])
            rotations = np.concatenate([rotations, rotation.identity(len(rotations), 1)], axis=1)
    back = rotation.conjugate(turn)
    rotations = rotation.multiply(rotation.multiply(turn, rotations), back)
    offsets = rotation.rotate(turn, offsets)
    ends = {j: offsets[j] * 0.4 for j in set(range(len(names))) - set(parents)} if tips else {}
    places = rotation.rotate(turn, WALK.translation.astype(float) * 100.0)
    return tree_text(names, parents, offsets, ends, rotations, {0: places}, 30.0)


def assert_walk(found, notes=()):
    clip, told = found
    assert np.abs(clip.joints - WALK.joints).max() < 0.02
    assert list(told) == list(notes)


@pytest.mark.parametrize(
    "name",
    ["joint_{}", "{}", "Bone.{:03d}", "b{}_x", "\u9aa8{}", "left{}"],
)
@pytest.mark.parametrize("tips", [True, False])
@pytest.mark.parametrize("more", [0, 3])
def test_numbers_for_names(name, tips, more):
    names = [name.format(number) for number in range(22)]
    assert_walk(read_person(read_bvh(text(names, tips, more=more))), [BY_FORM])


@pytest.mark.parametrize("axis", ["x", "z"])
@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_numbers_for_names_in_other_axes(axis, degrees):
    turn = rotation.from_axis_angle(np.eye(3)["xyz".index(axis)], np.radians(degrees))
    names = [f"n{number}" for number in range(22)]
    assert_walk(read_person(read_bvh(text(names, turn=turn))), [BY_FORM])


def test_names_of_a_family_that_are_no_english():
    words = {
        "pelvis": "センター", "spine1": "上半身", "spine3": "上半身2", "neck": "首", "head": "頭",
        "hip": "足", "knee": "ひざ", "ankle": "足首", "foot": "つま先", "collar": "肩",
        "shoulder": "腕", "elbow": "ひじ", "wrist": "手首",
    }  # fmt: skip
    names = []
    for name in NAMES:
        side, _, part = name.rpartition("_")
        word = words.get(part, f"x{len(names)}")
        names.append({"left": "左", "right": "右", "": ""}[side] + word)
    assert_walk(read_person(read_bvh(text(names))))


def with_roots(*trees):
    """Return the text of a file with several ROOTs, of texts with one each."""
    heads, rows, counts = [], [], ""
    for tree in trees:
        head, motion = tree.split("MOTION\n")
        heads.append(head.removeprefix("HIERARCHY\n"))
        lines = motion.splitlines()
        counts, rows = "\n".join(lines[:2]), [*rows, lines[2:]]
    joined = "\n".join(" ".join(parts) for parts in zip(*rows, strict=True))
    return "HIERARCHY\n" + "".join(heads) + "MOTION\n" + counts + "\n" + joined + "\n"


def prop(name="Ball", joints=1):
    still = rotation.identity(WALK.frames, joints)
    return tree_text(
        [f"{name}{number or ''}" for number in range(joints)], list(range(-1, joints - 1)),
        np.tile([0.0, 9.0, 0.0], (joints, 1)), {}, still, {0: np.zeros((WALK.frames, 3))}, 30.0,
    )  # fmt: skip


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("joints", [1, 40])
def test_props_beside_the_body(place, joints):
    trees = [prop("Ball", joints), prop("Bat")]
    trees.insert(place, text())
    told = "'pelvis' is read; 'Ball', 'Bat' are no person"
    assert_walk(read_person(read_bvh(with_roots(*trees))), [told])


@pytest.mark.parametrize("numbered", [False, True])
def test_a_second_person_is_read(numbered):
    other = WALK.mirrored()
    second = re.sub(r"(ROOT|JOINT) ", r"\1 B_", bvh_text(other))
    first = text([f"j{number}" for number in range(22)] if numbered else None)
    root = "j0" if numbered else "pelvis"
    notes = [BY_FORM] if numbered else []
    found, failed = read_people(read_bvh(with_roots(first, second)))
    assert list(found) == [root, "B_pelvis"] and not failed
    assert_walk(found[root], notes)
    told = f"'{root}', 'B_pelvis' are read; 'Ball' is no person"
    found, _ = read_people(read_bvh(with_roots(first, prop(), second)))
    assert_walk(found[root], [*notes, told])
    alone = read_person(read_bvh(second))[0]
    assert np.allclose(found["B_pelvis"][0].joints, alone.joints, atol=1e-4)


def test_people_under_one_name_are_numbered():
    found, _ = read_people(read_bvh(with_roots(text(), text())))
    assert list(found) == ["pelvis", "pelvis_2"]


def test_what_is_nobody_is_refused():
    with pytest.raises(MotionError, match="x is no humanoid") as caught:
        person_in(read_bvh(with_roots(prop("Ball", 5), prop("Bat"))), "x")
    assert caught.value.code == "no_rig" and caught.value.hint


def test_one_frame_and_legs_without_length_are_sentences():
    lines = text().splitlines()
    start = lines.index("MOTION")
    one = [*lines[: start + 1], "Frames: 1", *lines[start + 2 : start + 4]]
    with pytest.raises(MotionError, match="x.bvh holds one frame"):
        read_person(read_bvh("\n".join(one)), "x.bvh")
    flat = re.sub(r"OFFSET .*", "OFFSET 0 0 0", text())
    with pytest.raises(MotionError, match="In x.bvh the legs have no length"):
        read_person(read_bvh(flat), "x.bvh")


def test_legs_of_a_tree_by_form_are_those_by_name():
    found = joints_in(read_bvh(text([f"j{number}" for number in range(22)])))
    named = joints_in(read_bvh(text()))
    assert found.joints == named.joints and found.spine == named.spine


OTHER_WAY = "named the other way round: the toes and knees say which is which"
ARMS = ("collar", "shoulder", "elbow", "wrist")


def other_sides(name, parts=()):
    """Return a joint's name with the other side, if it is of these parts or all are."""
    side, _, part = name.partition("_")
    if not part or (parts and part not in parts):
        return name
    return f"{'right' if side == 'left' else 'left'}_{part}"


@pytest.mark.parametrize("parts", [(), ARMS, ("hip", "knee", "ankle", "foot")])
def test_the_motion_contradicts_the_sides_of_names(parts):
    clip, notes = read_person(read_bvh(text([other_sides(name, parts) for name in NAMES])))
    assert np.abs(clip.joints - WALK.joints).max() < 0.02
    assert len(notes) == 1 and notes[0].endswith(OTHER_WAY)


@pytest.mark.parametrize("swapped", [True, False])
def test_without_toes_the_knees_tell_the_sides(swapped):
    kept = [joint for joint in range(22) if "foot" not in NAMES[joint]]
    names = [other_sides(NAMES[joint]) if swapped else NAMES[joint] for joint in kept]
    parents = [kept.index(PARENTS[joint]) if joint else -1 for joint in kept]
    rotations = WALK.rotations.astype(float)[:, kept]
    places = {0: WALK.translation.astype(float) * 100.0}
    file = read_bvh(tree_text(names, parents, OFFSETS[kept], {}, rotations, places, 30.0))
    clip, notes = read_person(file)
    assert np.abs(clip.joints - WALK.joints)[:, :10].max() < 0.05
    assert any(note.endswith(OTHER_WAY) for note in notes) == swapped
