"""HumanML3D's layout: joints and captions come back, the split holds, broken files are named.

The folder is written here, by the forward conversion that the layout's authors describe.
"""

import json

import numpy as np
import pytest

from motionllm.cli.data import register
from motionllm.data import build, pieces
from motionllm.data.dataset import Dataset
from motionllm.data.sources import humanml3d, positions
from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip, to_origin

J = skeleton.JOINTS
FPS = 20
# A body of other proportions, whose trunk, feet and collars stand otherwise at rest than ours.
OTHER_BODY = skeleton.OFFSETS.astype(np.float64)
OTHER_BODY[[J["spine1"], J["spine2"], J["spine3"]]] = [[0, 0.12, -0.038], [0, 0.14, 0.027],
                                                       [0, 0.056, 0.003]]  # fmt: skip
OTHER_BODY[[J["neck"], J["head"]]] = [[0, 0.21, -0.033], [0, 0.09, 0.05]]
OTHER_BODY[[J["left_collar"], J["right_collar"]]] = [[0.08, 0.11, -0.02], [-0.08, 0.11, -0.02]]
OTHER_BODY[[J["left_shoulder"], J["right_shoulder"]]] = [
    [0.12, 0.045, -0.02],
    [-0.12, 0.045, -0.02],
]
OTHER_BODY[[J["left_foot"], J["right_foot"]]] = [[0, -0.06, 0.12], [0, -0.06, 0.12]]
OTHER_BODY[[J["left_hip"], J["right_hip"]]] *= [0.6, 1.5, 1.0]


def walk(seconds=4.0, turn=0.0, seed=0):
    """Return rotations (T, 22, 4) and translation (T, 3) at 20 fps: a stand, then a walk."""
    random = np.random.default_rng(seed)
    frames = int(seconds * FPS)
    time = np.arange(frames) / FPS
    moves = np.clip((time - 0.6) / 0.4, 0, 1)
    phase = 2 * np.pi * 0.9 * time + random.uniform(0, 6)
    rotations = rotation.identity(frames, 22)

    def bend(joint, axis, degrees):
        angle = np.radians(moves * degrees)
        turned = rotation.from_axis_angle(np.array(axis, float), angle)
        rotations[:, J[joint]] = rotation.multiply(turned, rotations[:, J[joint]])

    heading = turn * np.cumsum(moves) / moves.sum()
    bend("pelvis", (1, 0, 0), 3 * np.sin(phase))
    bend("pelvis", (0, 1, 0), heading)  # it is 0 while moves is not 1
    bend("spine3", (0, 1, 0), 6 * np.sin(phase))
    for side, sign in (("left", 1), ("right", -1)):
        swing = sign * np.sin(phase)
        bend(f"{side}_hip", (1, 0, 0), -25 * swing)
        bend(f"{side}_knee", (1, 0, 0), 25 + 20 * np.sin(phase + sign))
        bend(f"{side}_elbow", (0, -sign, 0), 40 + 20 * swing)
        bend(f"{side}_shoulder", (0, 0, 1), -70 * sign)
        bend(f"{side}_shoulder", (1, 0, 0), 20 * swing)
    course = np.radians(heading)
    ahead = np.stack([np.sin(course), 0 * course, np.cos(course)], axis=1)
    step = ahead * moves[:, None] * 1.2 / FPS
    return rotations, np.cumsum(step, axis=0) + [0, skeleton.PELVIS_HEIGHT, 0]


def vectors_of(joints):
    """Return the 263 numbers a frame of joint positions (T, 22, 3) that face +Z at the start."""
    joints = joints - joints[:1, :1] * [1.0, 0.0, 1.0]
    joints[..., 1] -= joints[..., 1].min()
    across = joints[:, 2] - joints[:, 1] + joints[:, 17] - joints[:, 16]
    forward = np.cross([0.0, 1.0, 0.0], across)
    padded = np.pad(forward, ((60, 60), (0, 0)), "edge")
    kernel = np.exp(-0.5 * (np.arange(-60, 61) / 20) ** 2)
    forward = np.stack([np.convolve(column, kernel, "valid") for column in padded.T], axis=1)
    yaw = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
    back = rotation.yaw_quaternion(-yaw)  # what the layout calls the root's rotation
    turned = rotation.multiply(back[1:], rotation.conjugate(back[:-1]))
    around = rotation.rotate(back[:, None], joints - joints[:, :1] * [1.0, 0.0, 1.0])
    steps = np.diff(joints, axis=0)
    speed = (steps**2).sum(axis=-1)
    return np.concatenate(
        [
            np.arcsin(turned[:, 2:3]),
            rotation.rotate(back[1:], steps[:, 0])[:, [0, 2]],
            joints[:-1, 0, 1:2],
            around[:-1, 1:].reshape(len(steps), 63),
            np.full((len(steps), 126), 0.5),  # rotations, which nothing may read
            rotation.rotate(back[:-1, None], steps).reshape(len(steps), 66),
            speed[:, [7, 10, 8, 11]] < 0.002,
        ],
        axis=1,
    ).astype(np.float32)


def write_clip(folder, name, motion, texts=(), offsets=skeleton.OFFSETS):
    """Write one clip of the layout."""
    joints = skeleton.forward_kinematics(*motion, offsets.astype(np.float64))
    for part in ("new_joint_vecs", "texts"):
        (folder / part).mkdir(exist_ok=True)
    np.save(folder / "new_joint_vecs" / f"{name}.npy", vectors_of(joints))
    lines = [f"{text}#a/DET person/NOUN#{start}#{stop}\n" for text, start, stop in texts]
    (folder / "texts" / f"{name}.txt").write_text("".join(lines))


def read_back(folder, names):
    """Return the clips of a folder, read through the one rest pose of all of them."""
    files = humanml3d.VectorFolder(folder)
    rows = {row["id"]: row for row in files.rows()}
    joints = [files.read(rows[f"humanml3d/{name}"]) for name in names]
    rest = files.calibrate(joints, "humanml3d")
    return [files.clip(found, rest, name) for found, name in zip(joints, names, strict=True)]


def placed(motion, offsets=skeleton.OFFSETS):
    """Return rotations and joints of a motion that starts at the origin facing +Z."""
    rotations, translation = to_origin(*motion)
    return rotations, skeleton.forward_kinematics(rotations, translation, offsets)


def test_joints_of_our_own_skeleton_come_back(tmp_path):
    motions = [walk(turn=turn, seed=seed) for seed, turn in enumerate((0.0, 90.0, -150.0))]
    for name, motion in zip("abc", motions, strict=True):
        write_clip(tmp_path, name, motion)
    (tmp_path / "train.txt").write_text("a\nb\nc\n")
    for clip, motion in zip(read_back(tmp_path, "abc"), motions, strict=True):
        rotations, joints = placed(motion)
        assert clip.fps == FPS and clip.frames == len(joints) - 1
        apart = clip.joints - joints[:-1]
        apart[..., 1] -= apart[..., 1].mean()  # the floor is found anew
        assert np.abs(apart).max() < 0.02
        world = skeleton.world_transforms(clip.rotations.astype(float), clip.translation)[0]
        true = skeleton.world_transforms(rotations[:-1], clip.translation)[0]
        apart = rotation.angle(rotation.multiply(rotation.conjugate(world), true))
        assert np.degrees(apart).max() < 12


def test_another_body_gives_the_same_motion(tmp_path):
    """Directions of limbs and turns of trunk and feet are the motion's, not the body's."""
    motions = [walk(turn=turn, seed=seed) for seed, turn in enumerate((30.0, -60.0))]
    for name, motion in zip("ab", motions, strict=True):
        rotations, translation = motion
        write_clip(tmp_path, name, (rotations, 1.1 * translation), offsets=1.1 * OTHER_BODY)
    (tmp_path / "train.txt").write_text("a\nb\n")
    for clip, (rotations, translation) in zip(read_back(tmp_path, "ab"), motions, strict=True):
        rotations, joints = placed((rotations, translation))
        world = skeleton.world_transforms(clip.rotations.astype(float), clip.translation)[0]
        true = skeleton.world_transforms(rotations[:-1], clip.translation)[0]
        apart = rotation.angle(rotation.multiply(rotation.conjugate(world), true))
        assert np.degrees(apart).max() < 12
        assert np.abs(clip.joints[-1] - joints[-2])[:, [0, 2]].max() < 0.06  # after 5 m of way
        assert np.abs(clip.joints[..., 1].min() - joints[..., 1].min()) < 0.02


def test_one_file_by_itself(tmp_path):
    """Of vectors or of joints, as `motionllm caption` is given one."""
    motion = walk(turn=40.0)
    write_clip(tmp_path, "a", motion)
    joints = skeleton.forward_kinematics(*motion)
    np.save(tmp_path / "joints.npy", joints[None].astype(np.float32))
    for name in ("new_joint_vecs/a.npy", "joints.npy"):
        clip = humanml3d.read_clip(tmp_path / name)
        assert clip.fps == FPS
        apart = clip.joints[:70] - placed(motion)[1][:70]
        apart[..., 1] -= apart[..., 1].mean()
        assert np.abs(apart).max() < 0.03


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((60, 251)), r"holds \(60, 251\)"),
        (np.zeros((60, 263)), "the pelvis is 0.00 m over the feet"),
        (np.full((60, 263), np.nan), "not finite"),
        (np.array(["a"]), "no array of numbers"),
        (np.array([{"motion": 1}], dtype=object), "packed Python objects"),
    ],
)
def test_arrays_that_are_no_motion(tmp_path, array, said):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(MotionError, match=said):
        humanml3d.read_clip(tmp_path / "a.npy")
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:60])
    with pytest.raises(MotionError, match="no .npy file|packed"):
        humanml3d.read_clip(tmp_path / "a.npy")


def test_a_straight_arm_keeps_its_twist():
    """An elbow that opens for a moment does not spin the arm."""
    rotations, translation = walk(seconds=3.0)
    rotations[:, J["left_elbow"]] = rotation.from_axis_angle(
        np.array([0.0, -1.0, 0.0]), np.radians(60 * np.cos(np.arange(60) / 60 * 2 * np.pi) ** 2)
    )
    roll = rotation.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.full(60, 1.2))
    rotations[:, J["left_shoulder"]] = rotation.multiply(rotations[:, J["left_shoulder"]], roll)
    joints = skeleton.forward_kinematics(rotations, translation)
    clip = positions.clip_from_joints(joints, FPS, positions.fit_rest([joints], FPS))
    apart = rotation.multiply(
        rotation.conjugate(clip.rotations[:, J["left_shoulder"]].astype(float)),
        rotations[:, J["left_shoulder"]],
    )
    assert np.degrees(rotation.angle(apart)).max() < 35  # 69 without


@pytest.fixture
def folder(tmp_path):
    """A small set: four clips and a mirrored copy, and several that are broken."""
    source = tmp_path / "HumanML3D"
    source.mkdir()
    texts = [
        ("a person walks forward.", 0.0, 0.0), ("a man strolls", "nan", "nan"),
        ("the first steps with the left leg", 0.0, 2.5), ("the second half", 4.5, 7.5),
    ]  # fmt: skip
    write_clip(source, "000001", walk(8.0), texts)
    write_clip(source, "M000001", walk(8.0), texts)
    for number, split in (("000002", "val"), ("000003", "test"), ("000004", "train")):
        write_clip(source, number, walk(3.0, 40.0), [(f"of the {split} part", 0.0, 0.0)])
    write_clip(source, "000005", walk(3.0), [("cut off", 0.0, 0.0)])
    broken = source / "new_joint_vecs" / "000005.npy"
    broken.write_bytes(broken.read_bytes()[:5000])
    np.save(source / "new_joint_vecs" / "000006.npy", np.zeros((60, 251)))
    np.save(source / "new_joint_vecs" / "000007.npy", np.full((60, 263), np.nan))
    with (source / "texts" / "000004.txt").open("a") as file:
        file.write("a line without its numbers\n\n")
    (source / "texts" / "000003.txt").unlink()
    (source / "train.txt").write_text("000001\nM000001\n000004\n000005\n000006\n000007\n000008\n")
    (source / "val.txt").write_text("000002\n")
    (source / "test.txt").write_text("000003\n")
    return source


def run_build(*words):
    """Run `motionllm data build` as the command line does."""
    import argparse

    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    options = parser.parse_args(["data", "build", *map(str, words)])
    return options.run(options)


def test_the_command_writes_a_training_set(folder, tmp_path, capsys):
    out = tmp_path / "data"
    assert run_build(folder, "--out", out) == 0
    said = capsys.readouterr().out
    for name in ("000005", "000006", "000007", "000008"):
        assert sum(name in line for line in said.splitlines()) == 1, said
    assert "000003.txt" in said and "000004.txt, line 2" in said
    dataset = Dataset(out)
    names = [record.row["id"].rpartition("/")[2] for record in dataset.records]
    assert sorted(names) == ["000001", "000002", "000003", "000004"]
    held = {name: record.held_out for name, record in zip(names, dataset.records, strict=True)}
    assert held == {"000001": False, "000002": True, "000003": True, "000004": False}
    first = dataset.clip(dataset.records[names.index("000001")])
    assert first.fps == 30 and abs(first.seconds - 8.0) < 0.1
    assert isinstance(first, Clip) and 7 < first.translation[-1, 2] < 11
    assert all(record.row["commercial_ok"] == "no" for record in dataset.records)

    found = [piece for piece in pieces.read(out) if piece.clip == names.index("000001")]
    said_of = {}
    for piece in found:
        if not piece.mirrored:
            said_of[piece.start / 30, piece.frames / 30] = piece.captions[: piece.human]
    whole = said_of.pop(max(said_of, key=lambda span: span[1]))
    assert whole == ["a person walks forward.", "a man strolls"]
    for text, begin, stop in (
        ("the first steps with the left leg", 0.0, 2.5), ("the second half", 4.5, 7.5),
    ):  # fmt: skip
        spans = [span for span, texts in said_of.items() if text in texts]
        assert spans
        for start, seconds in spans:
            shared = min(stop, start + seconds) - max(begin, start)
            assert shared >= 0.7 * seconds and shared >= 0.7 * (stop - begin)
    mirrored = [text for piece in found if piece.mirrored for text in piece.captions]
    assert "the first steps with the right leg" in mirrored
    json.dumps([record.row for record in dataset.records])


def test_a_folder_without_lists_is_refused(folder):
    for name in ("train", "val", "test"):
        (folder / f"{name}.txt").unlink()
    with pytest.raises(MotionError, match=r"train\.txt"):
        build.build(folder, folder / "out")


def test_nothing_of_it_may_be_sold(folder, tmp_path):
    with pytest.raises(MotionError, match="No clip"):
        build.build(folder, tmp_path / "data", commercial_only=True)
