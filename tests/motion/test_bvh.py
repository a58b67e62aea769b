"""BVH files: what is written is read again, root bones above the hips included."""

import numpy as np
import pytest

from motionllm.motion import rotation, skeleton
from motionllm.motion.bvh import bvh_text, read_bvh, tree_text
from motionllm.motion.clip import Clip


def swaying(frames: int = 40) -> Clip:
    """Return a clip that turns every joint and walks off."""
    generator = np.random.default_rng(2)
    time = np.linspace(0.0, 6.0, frames)[:, None, None]
    vector = 0.4 * np.sin(time + generator.uniform(0.0, 6.0, (1, 22, 3)))
    angle = np.linalg.norm(vector, axis=-1)
    moved = np.stack([0.1 * time[:, 0, 0], 0.9 + 0.0 * time[:, 0, 0], 0.3 * time[:, 0, 0]], -1)
    return Clip.build(30.0, rotation.from_axis_angle(vector / angle[..., None], angle), moved)


def assert_same(file, clip, within=1e-4):
    order = [skeleton.JOINTS[name] for name in file.names]
    assert len(order) == skeleton.JOINT_COUNT
    assert np.abs(file.world()[1] / 100.0 - clip.joints[:, order]).max() < within


def test_a_clip_is_read_again():
    clip = swaying()
    assert_same(read_bvh(bvh_text(clip)), clip)


@pytest.mark.parametrize("degrees", [90.0, -90.0])
def test_a_right_angle_is_written_as_it_is(degrees):
    """Of Z X Y, the first and the last then turn about one axis."""
    clip = swaying()
    turn = rotation.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(degrees))
    rotations = clip.rotations.astype(float)
    rotations[:, 0] = rotation.multiply(turn, rotation.yaw_quaternion(np.linspace(0.0, 9.0, 40)))
    lying = clip.moved(rotations, clip.translation)
    assert_same(read_bvh(bvh_text(lying)), lying, 1e-3)


@pytest.mark.parametrize("moves", [False, True])
def test_hips_that_move_below_a_root_bone(moves):
    """As exporters write rigs with a root bone, which may carry a path of its own."""
    clip = swaying()
    frames = clip.frames
    angle = 0.02 * np.arange(frames) * moves
    root_turn = rotation.from_axis_angle(np.tile([0.0, 1.0, 0.0], (frames, 1)), angle)
    root_place = np.stack([np.zeros(frames), np.zeros(frames), angle], axis=1) * 50.0
    back = rotation.conjugate(root_turn)
    rotations = clip.rotations.astype(float)
    inner = rotation.multiply(back, rotations[:, 0])
    hips = rotation.rotate(back, clip.translation * 100.0 - root_place)
    text = tree_text(
        ["the root", *skeleton.JOINT_NAMES],
        [-1, *(parent + 1 for parent in skeleton.PARENTS)],
        np.concatenate([np.zeros((1, 3)), clip.offsets * 100.0]),
        {},
        np.concatenate([root_turn[:, None], inner[:, None], rotations[:, 1:]], axis=1),
        {0: root_place, 1: hips},
        30.0,
    )
    assert "ROOT the_root" in text
    assert_same(read_bvh(text), clip)
