"""A clip goes onto rigs with other rest poses, rolls, axes and sizes, and comes back."""

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.rig.carry.transfer import clip_from_pose, pose_basis
from motionllm.rig.find.family import tidy
from motionllm.rig.find.match import match_rig
from motionllm.rig.rig import Rig

J = skeleton.JOINTS
SMPL_FBX = [
    "Pelvis", "L_Hip", "R_Hip", "Spine1", "L_Knee", "R_Knee", "Spine2", "L_Ankle", "R_Ankle",
    "Spine3", "L_Foot", "R_Foot", "Neck", "L_Collar", "R_Collar", "Head", "L_Shoulder",
    "R_Shoulder", "L_Elbow", "R_Elbow", "L_Wrist", "R_Wrist",
]  # fmt: skip


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


def make_rig(
    arm_drop: float = 0.0, leg_spread: float = 0.0, scale: float = 1.0,
    axes: np.ndarray | None = None, seed: int = 1,
) -> tuple[Rig, np.ndarray]:  # fmt: skip
    """Return a rig of canonical lengths with random bone frames, and the axes (4,) it stands in."""
    axes = rotation.from_axis_angle(np.array([1.0, 0, 0]), np.pi / 2) if axes is None else axes
    local = rotation.identity(1, 22)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        z = np.array([0.0, 0.0, 1.0])
        local[0, J[f"{side}_shoulder"]] = rotation.from_axis_angle(z, -sign * arm_drop)
        local[0, J[f"{side}_hip"]] = rotation.from_axis_angle(z, sign * leg_spread)
        local[0, J[f"{side}_ankle"]] = rotation.from_axis_angle(z, -sign * leg_spread)
    place = np.array([[0.0, skeleton.PELVIS_HEIGHT, 0.0]])
    joints = skeleton.forward_kinematics(local, place)[0]
    joints[:, 1] -= joints[7, 1] - skeleton.ANKLE_HEIGHT
    heads = scale * rotation.rotate(axes, joints)
    generator = np.random.default_rng(seed)
    frames = rotation.to_matrix(rotation.normalize(generator.normal(size=(22, 4))))
    rest = np.tile(np.eye(4), (22, 1, 1))
    rest[:, :3, :3], rest[:, :3, 3] = frames, heads
    return Rig(SMPL_FBX, np.array(skeleton.PARENTS), rest, np.ones(22, bool)), axes


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
        again = clip_from_pose(pose_matrices(rig, clip, bones), rig, bones, clip.fps, text="x")
        assert np.abs(again.joints - clip.joints).max() < 1e-4
        same = np.abs(np.sum(again.rotations * clip.rotations, axis=-1))
        assert same.min() > 0.9999
        assert again.text == "x"


def test_quaternions_do_not_jump():
    rig, _ = make_rig()
    pose = pose_basis(random_clip(), rig, match_rig(rig).bones)
    assert np.sum(pose.rotations[1:] * pose.rotations[:-1], axis=-1).min() > 0.0


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
