"""Any hierarchy whatever: it ends in a body whose bones hang on each other, or in a sentence."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.motion.bvh import BvhFile
from motionllm.rig.carry.transfer import clip_from_pose, pose_basis
from motionllm.rig.find.family import REQUIRED, is_tree
from motionllm.rig.find.in_bvh import find_person
from motionllm.rig.find.loose import ENDS, TRUNK, joined, loose_joints, whole
from motionllm.rig.find.match import corrected, match_rig
from motionllm.rig.rig import Rig
from tests.helpers.rigs import HUMAN, body_rig, plain_rig
from tests.helpers.synthetic import make_clip

J = skeleton.JOINTS
CLIP = make_clip(1, 3)
WORDS = ("foot", "hand", "leg", "arm", "thigh", "shin", "toe", "head", "spine", "hips", "ik", "b")
NAMES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "left_", "right_", "Left", "Right"]),
    st.sampled_from(WORDS),
    st.sampled_from(["", ".L", ".R", "_end", "1", "2"]),
)
SPOT = st.sampled_from([-1.0, -0.3, -0.1, 0.0, 0.0, 0.0, 0.1, 0.3, 0.6, 1.0])


@pytest.fixture(autouse=True)
def bounded(monkeypatch):
    """Make a ring of parents an error instead of an endless loop."""

    def above(rig, bone):
        chain = [bone]
        while rig.parents[chain[-1]] >= 0:
            chain.append(int(rig.parents[chain[-1]]))
            assert len(chain) <= len(rig.names), "the parents are a ring"
        return chain

    monkeypatch.setattr(Rig, "above", above)


class Tree:
    """A hierarchy that can be spoiled.

    Each way takes two of its bones and a name.
    """

    def __init__(self, names, parents, heads, tails):
        """Take the bones of a rig."""
        self.names, self.parents = list(names), [int(parent) for parent in parents]
        self.heads, self.tails = list(heads), list(tails)

    def chain(self, bone):
        """Return a bone and what it hangs on."""
        chain = [bone]
        while self.parents[chain[-1]] >= 0:
            chain.append(self.parents[chain[-1]])
        return chain

    def hang(self, a, b, _):
        """Hang a bone on another one that is not below it."""
        if a not in self.chain(b):
            self.parents[a] = b

    def lift(self, a, *_):
        """Hold the tree by another bone, which everything hangs on then."""
        for lower, upper in itertools.pairwise(self.chain(a)):
            self.parents[upper] = lower
        self.parents[a] = -1

    def rename(self, a, _, name):
        """Give a bone another name."""
        self.names[a] = name

    def swap(self, a, b, _):
        """Let two bones have each other's names."""
        self.names[a], self.names[b] = self.names[b], self.names[a]

    def move(self, a, b, _):
        """Put a bone where another one is, or a step to its side."""
        self.heads[a] = self.heads[b] + 0.3 * np.array([a % 3, 0.0, b % 2])

    def point(self, a, b, _):
        """Let a bone end where another one begins."""
        self.tails[a] = self.heads[b]

    def double(self, a, *_):
        """Add a bone that stands and ends where another one does."""
        for column in (self.names, self.parents, self.heads, self.tails):
            column.append(column[a])

    def rig(self):
        """Return it as a rig, parents before children."""
        order = sorted(range(len(self.names)), key=lambda bone: len(self.chain(bone)))
        place = {bone: number for number, bone in enumerate(order)}
        rest = np.tile(np.eye(4), (len(order), 1, 1))
        rest[:, :3, 3] = np.array(self.heads)[order]
        above = np.array([place.get(self.parents[bone], -1) for bone in order])
        names = [self.names[bone] for bone in order]
        return Rig(names, above, rest, np.ones(len(order), bool), np.array(self.tails)[order])


WAYS = (Tree.hang, Tree.lift, Tree.rename, Tree.swap, Tree.move, Tree.point, Tree.double)


@st.composite
def spoiled(draw):
    """Bodies of which some bones were hung elsewhere, moved, renamed, doubled."""
    whole_body = draw(st.sampled_from([body_rig(HUMAN)[0], plain_rig(list(skeleton.JOINT_NAMES))]))
    names = whole_body.names
    if draw(st.integers(0, 3)) == 0:
        names = [f"b{number}" for number in range(len(names))]
    tree = Tree(names, whole_body.parents, whole_body.heads, whole_body.tails)
    bone = st.integers(0, len(names) - 1)
    ways = st.tuples(st.sampled_from(WAYS), bone, bone, NAMES)
    for way, a, b, name in draw(st.lists(ways, max_size=4)):
        way(tree, a, b, name)
    return tree.rig()


@st.composite
def grown(draw):
    """Trees of any form, with words for limbs here and there."""
    count = draw(st.integers(1, 30))
    parents = [draw(st.integers(-1, bone - 1)) for bone in range(count)]
    heads = [np.array([draw(SPOT) for _ in range(3)]) for _ in range(count)]
    names = [draw(NAMES) for _ in range(count)]
    return Tree(names, parents, heads, [head + [0.0, 0.0, 0.1] for head in heads]).rig()


RIGS = spoiled() | spoiled() | spoiled() | grown()


def check(bones, rig):
    """Assert that bones are a body's: each once, none hanging the wrong way, no ring."""
    assert len(set(bones.values())) == len(bones)
    assert all(J[joint] in bones for joint in REQUIRED)
    assert is_tree(bones, whole(rig, bones))
    assert set(loose_joints(bones, rig)) <= set(ENDS)


@settings(max_examples=400, deadline=None)
@given(RIGS)
def test_a_rig(rig):
    for bone in range(len(rig.names)):
        joined(rig).above(bone)
    try:
        found = match_rig(rig)
    except MotionError as error:
        assert error.code == "no_rig" and error.message
        return
    check(found.bones, rig)
    try:
        pose = pose_basis(CLIP, rig, found.bones, loose=found.loose, lock_feet=True)
    except MotionError as error:
        assert error.code == "no_rig"
        return
    assert np.isfinite(pose.rotations).all() and np.isfinite(pose.location).all()
    still = np.tile(rig.rest, (2, 1, 1, 1))
    assert np.isfinite(clip_from_pose(still, rig, found.bones, 30.0).joints).all()


@settings(max_examples=200, deadline=None)
@given(RIGS, st.data())
def test_bones_that_are_picked(rig, data):
    try:
        found = match_rig(rig)
    except MotionError:
        return
    joints = data.draw(st.lists(st.sampled_from(sorted(found.bones)), min_size=1, max_size=3))
    bone = st.none() | st.integers(0, len(rig.names) - 1)
    chosen = {joint: data.draw(bone) for joint in joints}
    try:
        check(corrected(found, chosen, rig, "it").bones, rig)
    except MotionError as error:
        assert error.code == "no_rig"


@settings(max_examples=200, deadline=None)
@given(RIGS)
def test_a_bvh_file(rig):
    parents = [int(parent) for parent in rig.parents]
    offsets = rig.heads - np.where(rig.parents[:, None] >= 0, rig.heads[rig.parents], 0.0)
    tree = BvhFile(
        list(rig.names), parents, 100.0 * offsets[:, [0, 2, 1]] * [1.0, 1.0, -1.0],
        {}, rotation.identity(2, len(parents)), np.zeros((2, 3)), 1.0 / 30.0,
    )  # fmt: skip
    try:
        found, _ = find_person(tree)
    except MotionError as error:
        assert error.code == "no_rig" and error.message
        return
    bones = {J[joint]: bone for joint, bone in found.joints.items()}
    assert len(set(bones.values())) == len(bones)
    # Arms need not hang below the pelvis: what is read may have its spine beside it.
    limbs = {joint: bones[joint] for joint in bones if joint not in TRUNK}
    assert is_tree(limbs, rig)


def test_a_foot_that_carries_the_body_is_no_end_of_its_limb():
    """Nothing can hang on the shin below it."""
    rig = plain_rig(list(skeleton.JOINT_NAMES))
    parents = np.array(rig.parents)
    parents[J["pelvis"]], parents[J["left_ankle"]] = J["left_ankle"], -1
    rig = replace(rig, parents=parents)
    with pytest.raises(MotionError):
        match_rig(rig)
