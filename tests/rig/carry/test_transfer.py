"""A clip goes onto rigs with other rest poses, rolls, axes and sizes, and comes back."""

from dataclasses import replace

import numpy as np
import pytest

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.rig.carry.transfer import clip_from_pose, pose_basis
from motionllm.rig.find.match import match_rig
from motionllm.rig.rig import Rig
from tests.helpers.rigs import HUMAN, body_rig, make_rig

J = skeleton.JOINTS


def random_clip(seed: int = 0, frames: int = 40) -> Clip:
    """Return a smooth motion that turns every joint and walks off."""
    generator = np.random.default_rng(seed)
    time = np.linspace(0.0, 2.0 * np.pi, frames)[:, None, None]
    phase = generator.uniform(0, 2 * np.pi, (1, 22, 3))
    vector = 0.5 * np.sin(time + phase)
    angle = np.linalg.norm(vector, axis=-1)
    rotations = rotation.from_axis_angle(vector / angle[..., None], angle)
    moved = np.stack([0.3 * time[:, 0, 0], 0.9 + 0.1 * np.sin(time[:, 0, 0]), time[:, 0, 0]], -1)
    return Clip.build(30.0, rotations, moved)


def pose_matrices(rig: Rig, clip: Clip, bones: dict[int, int]) -> np.ndarray:
    """Return (T, B, 4, 4) as Blender evaluates the channels."""
    pose = pose_basis(clip, rig, bones)
    basis = np.tile(np.eye(4), (clip.frames, len(rig.names), 1, 1))
    basis[:, pose.bones, :3, :3] = rotation.to_matrix(pose.rotations)
    basis[:, pose.root, :3, 3] = pose.location
    result = np.empty_like(basis)
    for bone, parent in enumerate(rig.parents):
        if parent < 0:
            result[:, bone] = rig.rest[bone] @ basis[:, bone]
            continue
        offset = np.linalg.inv(rig.rest[parent]) @ rig.rest[bone]
        above = result[:, parent]
        result[:, bone] = above @ offset @ basis[:, bone]
        if not rig.inherits_rotation[bone]:
            result[:, bone, :3, :3] = rig.rest[bone, :3, :3] @ basis[:, bone, :3, :3]
    return result


@pytest.mark.parametrize("arm_drop", [0.0, 0.84, -0.3])
@pytest.mark.parametrize("scale", [1.0, 100.0, 0.37])
def test_joints_land_where_the_clip_has_them(arm_drop, scale):
    rig, axes = make_rig(arm_drop=arm_drop, scale=scale)
    clip = random_clip()
    bones = match_rig(rig).bones
    heads = pose_matrices(rig, clip, bones)[..., :3, 3] / scale
    expected = rotation.rotate(axes, clip.joints.astype(float))
    assert np.abs(heads - expected).max() < 1e-5


@pytest.mark.parametrize("turn", [0.0, 0.5 * np.pi, np.pi])
def test_axes_are_found(turn):
    axes = rotation.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.float64(turn))
    rig, _ = make_rig(axes=axes)
    clip = random_clip()
    heads = pose_matrices(rig, clip, match_rig(rig).bones)[..., :3, 3]
    assert np.abs(heads - rotation.rotate(axes, clip.joints.astype(float))).max() < 1e-5


def test_spread_legs_keep_the_limbs_directions():
    rig, axes = make_rig(leg_spread=0.1, arm_drop=0.8)
    clip = random_clip(3)
    heads = pose_matrices(rig, clip, match_rig(rig).bones)[..., :3, 3]
    expected = rotation.rotate(axes, clip.joints.astype(float))
    assert np.abs(heads - expected).max() < 1e-5


def test_bones_that_do_not_inherit_rotation():
    rig, axes = make_rig(arm_drop=0.6)
    flags = np.ones(22, bool)
    flags[[J["left_elbow"], J["head"], J["right_hip"]]] = False
    rig = Rig(rig.names, rig.parents, rig.rest, flags)
    clip = random_clip(5)
    heads = pose_matrices(rig, clip, match_rig(rig).bones)[..., :3, 3]
    assert np.abs(heads - rotation.rotate(axes, clip.joints.astype(float))).max() < 1e-5


def test_the_way_back():
    for arm_drop, scale in ((0.0, 1.0), (0.8, 100.0)):
        rig, _ = make_rig(arm_drop=arm_drop, scale=scale)
        clip = random_clip(2)
        bones = match_rig(rig).bones
        again = clip_from_pose(pose_matrices(rig, clip, bones), rig, bones, clip.fps)
        assert np.abs(again.joints - clip.joints).max() < 1e-4
        same = np.abs(np.sum(again.rotations * clip.rotations, axis=-1))
        assert same.min() > 0.9999


def test_quaternions_do_not_jump():
    rig, _ = make_rig()
    pose = pose_basis(random_clip(), rig, match_rig(rig).bones)
    assert np.sum(pose.rotations[1:] * pose.rotations[:-1], axis=-1).min() > 0.0


def test_what_is_seen_in_a_mirror_is_the_clip():
    """On a rig whose object has a negative scale the left hand is the one that is seen there."""
    rig, axes = make_rig()
    mirrored = replace(rig, mirrored=True)
    clip = random_clip(4)
    bones = match_rig(rig).bones
    poses = pose_matrices(mirrored, clip, bones)
    seen = rotation.rotate(rotation.conjugate(axes), poses[..., :3, 3]) * [-1.0, 1.0, 1.0]
    assert np.abs(seen[:, list(skeleton.MIRROR)] - clip.joints).max() < 1e-5
    again = clip_from_pose(poses, mirrored, bones, clip.fps)
    assert np.abs(again.joints - clip.joints).max() < 1e-4


def test_bones_inside_a_limb_may_bend_on_their_own():
    """As the hock of a digitigrade leg does: where the limb points is what is read."""
    cut = (
        ("hock.L", "left_knee", "left_ankle", 0.5),
        ("between.R", "right_elbow", "right_wrist", 0.4),
    )
    rig, bones = body_rig(HUMAN, between=cut)
    clip = random_clip(6)
    poses = pose_matrices(rig, clip, bones)
    bend = rotation.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.linspace(0.0, 0.8, clip.frames))
    for first in (rig.names.index("hock.L"), rig.names.index("between.R")):
        about = poses[:, first, :3, 3]
        for bone in range(len(rig.names)):
            if first in rig.above(bone):
                away = poses[:, bone, :3, 3] - about
                poses[:, bone, :3, 3] = about + rotation.rotate(bend, away)
                poses[:, bone, :3, :3] = rotation.to_matrix(bend) @ poses[:, bone, :3, :3]
    again = clip_from_pose(poses, rig, bones, clip.fps)
    for upper, lower in (("left_knee", "left_ankle"), ("right_elbow", "right_wrist")):
        a, b = (poses[:, bones[J[joint]], :3, 3] for joint in (upper, lower))
        wanted = rotation.rotate(rotation.from_axis_angle(np.array([1.0, 0, 0]), -np.pi / 2), b - a)
        done = (again.joints[:, J[lower]] - again.joints[:, J[upper]]).astype(float)
        assert np.degrees(rotation.angle(rotation.between(done, wanted))).max() < 0.1
