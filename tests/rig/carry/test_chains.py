"""Chains of other lengths than the canonical ones, there and back."""

import numpy as np
import pytest

from motionllm.motion import rotation, skeleton
from motionllm.rig.carry import chains

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
