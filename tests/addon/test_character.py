"""The character's file fits the skeleton."""

from pathlib import Path

import numpy as np
import pytest

from motionllm.motion import skeleton

ASSET = Path(__file__).resolve().parents[2] / "motionllm_blender" / "assets" / "character.npz"


@pytest.fixture(scope="module")
def character():
    with np.load(ASSET, allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def rest_joints():
    rest = np.zeros((1, 22, 4))
    rest[..., 0] = 1.0
    return skeleton.forward_kinematics(rest, np.array([[0.0, skeleton.PELVIS_HEIGHT, 0.0]]))[0]


def test_size(character):
    assert ASSET.stat().st_size < 1_000_000
    vertices = character["vertices"]
    assert character["faces"].max() == len(vertices) - 1
    assert abs(vertices[:, 1].min()) < 1e-6 and 1.6 < vertices[:, 1].max() < 1.75
    assert vertices[:, 0].max() > 0.75  # the arms are stretched out


def test_weights(character):
    joints, weights = character["joints"], character["weights"].astype(int)
    assert joints.max() == skeleton.JOINT_COUNT - 1
    assert (weights.sum(axis=1) == 255).all()


def test_every_joint_lies_inside_its_flesh(character):
    """The middle of what a joint shares with its parent is near the joint."""
    vertices, places = character["vertices"], rest_joints()
    weights = np.zeros((len(vertices), skeleton.JOINT_COUNT))
    rows = np.arange(len(vertices))[:, None]
    weights[rows, character["joints"]] = character["weights"] / 255.0
    for joint in (4, 5, 7, 8, 18, 19, 20, 21):
        shared = weights[:, joint] * weights[:, skeleton.PARENTS[joint]]
        middle = shared @ vertices / shared.sum()
        assert np.linalg.norm(middle - places[joint]) < 0.04, skeleton.JOINT_NAMES[joint]


def test_left_is_left(character):
    vertices, weights = character["vertices"], character["weights"]
    for joint, side in ((20, 1.0), (21, -1.0), (7, 1.0), (8, -1.0)):
        own = vertices[(character["joints"][:, 0] == joint) & (weights[:, 0] > 200)]
        assert (side * own[:, 0] > 0).all()


def test_the_feet_point_ahead(character):
    for ankle in (7, 8):
        toes = character["vertices"][character["joints"][:, 0] == ankle + 3]
        assert toes[:, 2].mean() > rest_joints()[ankle, 2] + 0.1
