"""Arrays of other programs: SMPL's parameters in every layout, Kimodo's files; what is none."""

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.rig.from_arrays import clip_from_arrays, kimodo_skeleton
from tests.helpers.synthetic import make_steps

WALK = make_steps()
X = np.array([1.0, 0.0, 0.0])
TO_Z_UP = rotation.from_axis_angle(X, np.pi / 2)


def axis_angles(quaternions):
    angle = 2.0 * np.arctan2(np.linalg.norm(quaternions[..., 1:], axis=-1), quaternions[..., 0])
    axis = quaternions[..., 1:] / np.maximum(np.sin(angle / 2.0), 1e-9)[..., None]
    return axis * angle[..., None]


def smpl(turn=None, joints=22, clip=WALK):
    """Return SMPL's parameters (T, joints, 3) and (T, 3) of a clip in other axes."""
    turn = rotation.identity() if turn is None else turn
    rotations = clip.rotations.astype(float).copy()
    rotations[:, 0] = rotation.multiply(turn, rotations[:, 0])
    poses = np.zeros((clip.frames, joints, 3))
    poses[:, :22] = axis_angles(rotations)
    # SMPL's translation is that of its own pelvis, which lies somewhere in the body.
    return poses, rotation.rotate(turn, clip.translation.astype(float)) + [0.0, 0.2, -0.1]


def assert_walk(clip, fps=30.0, wanted=WALK):
    assert clip.fps == fps and clip.frames == wanted.frames
    away = clip.joints - wanted.joints
    away = away - away[:, :1] * [1.0, 0.0, 1.0]  # where it stands is counted from its first frame
    assert np.abs(away[1:-1]).max() < 0.02
    moved = [c.translation[-1] - c.translation[0] for c in (clip, wanted)]
    assert np.abs(moved[0] - moved[1]).max() < 1e-3


@pytest.mark.parametrize("joints", [22, 24, 52, 55])
@pytest.mark.parametrize("flat", [False, True])
def test_poses_of_amass(joints, flat):
    """Z up, at its own rate; hands, jaw and eyes beside the body."""
    poses, trans = smpl(TO_Z_UP, joints)
    poses = poses.reshape(len(poses), -1) if flat else poses
    clip, notes = clip_from_arrays(
        {"poses": poses, "trans": trans, "mocap_framerate": np.array(120.0), "betas": np.ones(16),
         "gender": np.array("neutral")}, "a.npz",
    )  # fmt: skip
    assert_walk(clip, 120.0)
    assert not notes


def test_poses_in_parts_as_of_smplx_and_kimodo():
    """Turned about Z as well, as Kimodo's converter does."""
    turn = rotation.multiply(rotation.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.pi), TO_Z_UP)
    poses, trans = smpl(turn)
    clip, notes = clip_from_arrays(
        {"root_orient": poses[:, 0], "pose_body": poses[:, 1:].reshape(len(poses), -1),
         "trans": trans, "mocap_frame_rate": np.array([60]), "pose_hand": np.zeros((120, 90))},
        "a.npz",
    )  # fmt: skip
    assert_walk(clip, 60.0)
    assert not notes


def test_hy_motion_has_y_up_and_no_rate():
    poses, trans = smpl(joints=52)
    fields = {"gender": np.array(["neutral"]), "Rh": poses[:, 0], "trans": trans,
              "poses": poses.reshape(len(poses), -1), "betas": np.zeros((1, 16))}  # fmt: skip
    clip, notes = clip_from_arrays(fields, "a.npz")
    assert_walk(clip)
    assert notes == ("no frame rate is in it: 30 frames a second are assumed",)
    clip, notes = clip_from_arrays(fields | {"mocap_framerate": np.array(30)}, "a.npz")
    assert_walk(clip)
    assert not notes


@pytest.mark.parametrize("rate", [{}, {"fps": np.array(25)}, {"mocap_framerate": np.array(25)}])
@pytest.mark.parametrize("turn", [None, TO_Z_UP])
def test_other_spellings_either_way_up(rate, turn):
    poses, trans = smpl(turn, 24)
    parts = {"global_orient": poses[:, 0], "body_pose": poses[:, 1:], "transl": trans}
    clip, _ = clip_from_arrays(parts | rate, "a.npz")
    assert_walk(clip, 25.0 if rate else 30.0)
    whole = {"smpl_poses": poses.reshape(1, len(poses), -1), "smpl_trans": 90.0 * trans[None],
             "smpl_scaling": np.array([90.0])}  # fmt: skip
    assert_walk(clip_from_arrays(whole | rate, "a.npz")[0], 25.0 if rate else 30.0)


def test_matrices_and_a_motion_without_translation():
    matrices = rotation.to_matrix(WALK.rotations.astype(float))
    clip, notes = clip_from_arrays({"poses": matrices, "fps": np.array(30)}, "a.npz")
    assert np.abs(clip.rotations[5, 1:] - WALK.rotations[5, 1:]).max() < 1e-5
    assert np.abs(clip.translation[:, [0, 2]]).max() < 1e-6 and "no translation" in notes[0]


def soma(count):
    """Return the walk in Kimodo's arrays of a body with so many joints."""
    names, parents = kimodo_skeleton(count, "")
    if count == 22:
        own = list(range(22))
    else:
        words = {
            "pelvis": "Hips", "spine1": "Spine1", "spine2": "Spine2", "spine3": "Chest",
            "neck": "Neck1", "head": "Head", "collar": "Shoulder", "shoulder": "Arm",
            "elbow": "ForeArm", "wrist": "Hand", "hip": "Leg", "knee": "Shin", "ankle": "Foot",
            "foot": "ToeBase",
        }  # fmt: skip
        own = []
        for joint in skeleton.JOINT_NAMES:
            side, _, part = joint.rpartition("_")
            own.append(names.index(side.capitalize() + words[part]))
    turns = rotation.identity(WALK.frames, count)
    turns[:, own] = WALK.rotations
    offsets = np.tile([0.0, 0.02, 0.01], (count, 1))
    offsets[own] = WALK.offsets
    world, places = [turns[:, 0]], [WALK.translation.astype(float)]
    for joint, parent in enumerate(parents[1:], start=1):
        places.append(places[parent] + rotation.rotate(world[parent], offsets[joint][None]))
        world.append(rotation.multiply(world[parent], turns[:, joint]))
    return {
        "local_rot_mats": rotation.to_matrix(turns), "posed_joints": np.stack(places, axis=1),
        "root_positions": places[0], "foot_contacts": np.zeros((WALK.frames, 4)),
    }  # fmt: skip


@pytest.mark.parametrize("count", [22, 30, 77])
def test_kimodo(count):
    fields = soma(count)
    assert len(kimodo_skeleton(count, "")[0]) == count
    clip, notes = clip_from_arrays(fields, "a.npz")
    off = [np.linalg.norm(c.joints[:, 20] - c.joints[:, 18], axis=-1)[0] for c in (clip, WALK)]
    assert off[0] == pytest.approx(off[1], abs=1e-5)
    assert np.abs(clip.joints[:, :12] - WALK.joints[:, :12]).max() < 0.02
    assert notes == ("no frame rate is in it: 30 frames a second are assumed",)
    batch = {key: value[None] for key, value in fields.items()}
    assert np.array_equal(clip_from_arrays(batch, "a.npz")[0].joints, clip.joints)


def test_kimodo_without_places():
    fields = soma(22)
    fields.pop("posed_joints")
    assert_walk(clip_from_arrays(fields, "a.npz")[0])
    fields = soma(77)
    fields.pop("posed_joints")
    with pytest.raises(MotionError, match="no posed_joints"):
        clip_from_arrays(fields, "a.npz")


POSES, TRANS = smpl(TO_Z_UP, 52)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "holds nothing"),
        (
            {"betas": np.zeros(10), "gender": np.array("male")},
            "shape of an SMPL body and no motion",
        ),
        ({"weights": np.zeros((3, 4))}, r"no motion this program knows: it holds weights \(3, 4\)"),
        ({"poses": np.zeros((30, 32)), "trans": np.zeros((30, 3))}, "no axis-angles"),
        ({"poses": np.zeros((30, 22, 4)), "trans": np.zeros((30, 3))}, "no axis-angles"),
        ({"poses": POSES, "trans": TRANS[1:]}, "120 poses and translations of the shape"),
        ({"poses": POSES[:1], "trans": TRANS[:1]}, "one frame"),
        ({"poses": POSES * np.nan, "trans": TRANS}, "not finite"),
        ({"poses": POSES, "trans": TRANS * 1e9}, "numbers that no motion has"),
        ({"poses": POSES.astype(str), "trans": TRANS}, "not finite"),
        ({"local_rot_mats": np.tile(np.eye(3), (30, 34, 1, 1))}, "robot G1"),
        ({"local_rot_mats": np.tile(np.eye(3), (30, 40, 1, 1))}, "40 joints"),
        ({"local_rot_mats": np.zeros((30, 9))}, "local_rot_mats of the shape"),
    ],
)
def test_what_is_no_motion_is_said(fields, said):
    with pytest.raises(MotionError, match=said) as caught:
        clip_from_arrays(fields, "a.npz")
    assert caught.value.code == "bad_file" and "a.npz" in caught.value.message
