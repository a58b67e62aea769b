"""Tables as spreadsheets write them, and folders in which one name stands for two skeletons."""

import numpy as np
import pytest

from motionllm.data import build
from motionllm.data.sources.bvh_folder import BvhFolder, read_rows
from motionllm.data.sources.folder import Fits
from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.motion.bvh import bvh_text, tree_text
from tests.helpers.synthetic import moving

TABLE = "id,path,skeleton,label\nx/1,take.bvh,mine,walk\nx/2,b.bvh,mine,a long; label\n"


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode("utf-8"),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        TABLE.encode("utf-16-le"),
        TABLE.replace("a long; label", '"a long; label"').replace(",", ";").encode("cp1252"),
        TABLE.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"),
        b"sep=;\r\n" + TABLE.replace("a long; label", '"a long; label"').replace(",", ";").encode(),
        ("\n\n" + TABLE.replace("id,path", "ID, Path ") + "\n,,,\n").encode(),
        TABLE.replace("\n", "\r").encode(),
    ],
)
def test_tables_of_spreadsheets(tmp_path, data):
    (tmp_path / "clips.csv").write_bytes(data)
    rows = read_rows(tmp_path)
    assert [row["id"] for row in rows] == ["x/1", "x/2"]
    assert rows[0]["path"] == "take.bvh" and rows[1]["label"] == "a long; label"


def test_labels_of_western_windows_and_rows_that_end_early(tmp_path):
    (tmp_path / "clips.csv").write_bytes(
        "id,path,skeleton,label,notes\na,a.bvh,s,Gr\xfc\xdfe\n".encode("cp1252")
    )
    assert read_rows(tmp_path) == [
        {"id": "a", "path": "a.bvh", "skeleton": "s", "label": "Gr\xfc\xdfe", "notes": ""}
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no rows"),
        ("id,path,skeleton,label\n", "no rows"),
        ("id,path,label\na,b,c\n", "no column 'skeleton'"),
        ("id,path,skeleton,label\na,b.bvh,s,x,y\n", "line 2 has 5 cells"),
        ("id,path,skeleton,label\na,b.bvh,s,x\n\n,b.bvh,s,y\n", "line 4 has nothing in .* 'id'"),
        ("id,path,skeleton,label\na," + "b" * 200_000 + ",s,x\n", "line 2 cannot be read"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_said(tmp_path, text, said):
    (tmp_path / "clips.csv").write_text(text)
    with pytest.raises(MotionError, match=said) as caught:
        read_rows(tmp_path)
    assert caught.value.code == "bad_file"


def lowered(clip, degrees=45.0):
    """Return a clip as the text of a BVH whose rest pose has its arms lowered by some degrees."""
    offsets = clip.offsets.astype(float) * 100.0
    world, _ = skeleton.world_transforms(clip.rotations.astype(float), clip.translation)
    rest = rotation.identity(skeleton.JOINT_COUNT)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        turn = rotation.from_axis_angle(np.array([0.0, 0.0, 1.0]), sign * np.radians(degrees))
        for part in ("shoulder", "elbow", "wrist"):
            rest[skeleton.JOINTS[f"{side}_{part}"]] = turn
        for part in ("elbow", "wrist"):
            joint = skeleton.JOINTS[f"{side}_{part}"]
            offsets[joint] = rotation.rotate(turn, offsets[joint])
    local = skeleton.local_rotations(rotation.multiply(world, rotation.conjugate(rest)))
    names, parents = list(skeleton.JOINT_NAMES), list(skeleton.PARENTS)
    places = {0: clip.translation.astype(float) * 100.0}
    return tree_text(names, parents, offsets, {}, local, places, clip.fps)


def limb_degrees(clip, wanted):
    off = []
    for joint in ("knee", "ankle", "elbow", "wrist"):
        for side in ("left", "right"):
            end = skeleton.JOINTS[f"{side}_{joint}"]
            bones = [c.joints[:, end] - c.joints[:, skeleton.PARENTS[end]] for c in (clip, wanted)]
            a, b = (bone / np.linalg.norm(bone, axis=-1, keepdims=True) for bone in bones)
            off.append(np.degrees(np.arccos(np.clip((a * b).sum(-1), -1.0, 1.0))))
    return float(np.max(off))


def test_two_skeletons_under_one_name_are_each_read_by_their_own(tmp_path):
    """A T-pose and an A-pose, and one with other joints; whichever comes first."""
    clips = [moving(seconds=1.0), moving(seconds=1.2), moving(seconds=1.4), moving(seconds=1.6)]
    shorter = lowered(clips[3], 30.0).replace("JOINT spine1", "JOINT more")
    texts = [bvh_text(clips[0]), lowered(clips[1]), bvh_text(clips[2]), shorter]
    lines = ["id,path,skeleton,label"]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.bvh").write_text(text)
        lines.append(f"t/{number},{number}.bvh,one name,walk")
    (tmp_path / "clips.csv").write_text("\n".join(lines))
    folder = BvhFolder(tmp_path)
    files = [folder.read(row) for row in folder.rows()]
    for samples in (files[:1], files[1:2], files):
        fits = Fits(folder, "one name", samples)
        for file, wanted in zip(files, clips, strict=True):
            assert limb_degrees(folder.clip(file, fits.of(file), "x"), wanted) < 1.0
        assert len(fits.found) == 3
    said = []
    build.build(tmp_path, tmp_path / "out", said.append)
    assert "one name: 4 of 4 clips, rest pose, each of its 3 skeletons by its own" in said


def test_what_is_left_out_of_a_file_is_told(tmp_path):
    text = bvh_text(moving(seconds=2.0))
    (tmp_path / "a.bvh").write_text(text.replace("Frames: 60", "Frames: 90"))
    (tmp_path / "prop.bvh").write_text(
        "HIERARCHY\nROOT Ball\n{\nOFFSET 0 0 0\nCHANNELS 1 Xposition\n}\nMOTION\nFrames: 2\n"
        "Frame Time: 0.1\n1\n2\n"
    )
    (tmp_path / "clips.csv").write_text(
        "id,path,skeleton,label\na,.\\a.bvh,one,x\np,prop.bvh,two,x\nq,none.bvh,three,x\n"
    )
    said = []
    build.build(tmp_path, tmp_path / "out", said.append)
    told = "\n".join(said)
    assert "a: 90 frames are announced and 60 are there" in told
    assert "two: 1 clips left out, p is no humanoid" in told
    assert "three: 1 clips left out, q: its file none.bvh cannot be read" in told
    assert "1 of 3 clips kept" in told
