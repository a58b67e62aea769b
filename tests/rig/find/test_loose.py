"""Ends of limbs that hang on nothing."""

import numpy as np

from motionllm.rig.find.loose import joined
from motionllm.rig.rig import Rig


def rig(heads, tails, parents):
    """Return a rig of bones that stand at places."""
    rest = np.tile(np.eye(4), (len(heads), 1, 1))
    rest[:, :3, 3] = heads
    names = [f"bone {number}" for number in range(len(heads))]
    turns = np.ones(len(heads), bool)
    return Rig(names, np.array(parents), rest, turns, np.array(tails, float))


def test_bones_that_point_at_each_other_make_no_ring():
    """Two chains, the tip of each pointing at where the other begins."""
    heads = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 2, 0], [3, 0, 0], [3, 1, 0], [3, 2, 0]]
    tails = [[0, 1, 0], [1, 1, 0], [1, 2, 0], [3, 0, 0], [3, 1, 0], [3, 2, 0], [1, 0, 0]]
    found = joined(rig(heads, tails, [-1, 0, 1, 2, 0, 4, 5]))
    for bone in range(len(heads)):
        assert len(found.above(bone)) <= len(heads)


def test_a_foot_on_the_root_hangs_on_its_shin():
    heads = [[0, 0, 0], [0, 0, 9], [1, 0, 9], [1, 0, 5], [1, 0, 1]]
    tails = [[0, 0, 1], [0, 0, 10], [1, 0, 5], [1, 0, 1], [1, -1, 1]]
    found = joined(rig(heads, tails, [-1, 0, 1, 2, 0]))
    assert list(found.parents) == [-1, 0, 1, 2, 3]
