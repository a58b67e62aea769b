"""`motionllm retarget` without Blender: what it refuses, and what it asks a Blender for."""

import json
import stat
import sys

import numpy as np
import pytest

from motionllm.cli import blender, main
from motionllm.cli import retarget as retarget_command
from motionllm.errors import MotionError
from motionllm.motion import skeleton
from motionllm.motion.bvh import write_bvh
from motionllm.motion.clip import Clip, load_clip, save_clip

ANSWER = {
    "out": "x.blend", "armature": "Hero", "family": "Mixamo", "frames": 3, "notes": ["A note."],
    "bones": {"pelvis": {"bone": "Hips", "confidence": 0.9}},
    "limb_degrees": 0.5, "foot_skate": 0.01, "clip_foot_skate": 0.02,
}  # fmt: skip


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A clip, a rig that nobody opens, and a Blender that writes down what it is asked."""
    still = np.tile(np.float32([1, 0, 0, 0]), (3, skeleton.JOINT_COUNT, 1))
    save_clip(Clip.build(30.0, still, np.ones((3, 3))), tmp_path / "clip.npz")
    (tmp_path / "rig.blend").write_bytes(b"BLENDER")
    program = tmp_path / "blender"
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        f"open({str(tmp_path / 'asked.json')!r}, 'w').write(open(sys.argv[-1]).read())\n"
        f"print('noise'); print({blender.MARK!r} + json.dumps({{'result': {ANSWER!r}}}))\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv(blender.ENVIRONMENT, str(program))
    return tmp_path


def retarget(folder, *more, out="out.blend"):
    return main.main(
        ["retarget", str(folder / "clip.npz"), "--onto", str(folder / "rig.blend"),
         "--out", str(folder / out), *more]
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a first line")
def test_the_answer_is_told(files, capsys):
    assert retarget(files, "--root-motion", "in-place", "--no-foot-lock") == 0
    told = capsys.readouterr().out
    assert "Mixamo, 1 of 22 joints" in told and "pelvis   90 %  Hips" in told
    assert "0.50 degrees" in told and "A note." in told
    asked = json.loads((files / "asked.json").read_text())
    assert asked["kind"] == "retarget"
    assert asked["options"]["root_motion"] == "IN_PLACE" and not asked["options"]["lock_feet"]
    assert retarget(files, "--json") == 0
    assert json.loads(capsys.readouterr().out)["family"] == "Mixamo"


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a first line")
def test_a_character_that_does_not_do_it_is_a_warning(files, capsys):
    program = files / "blender"
    answer = ANSWER | {"warning": "Hero does not move.", "notes": ["Why."]}
    program.write_text(program.read_text().replace(repr(ANSWER), repr(answer)))
    assert retarget(files) == 1
    said = capsys.readouterr()
    assert "Why." in said.out and "out.blend: Hero does not move." in said.err
    assert retarget(files, "--json") == 1
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert answer["warning"] == "Hero does not move." and answer["notes"] == ["Why."]


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a first line")
def test_two_clips_of_one_name_are_two_files(files, capsys):
    """Upper and lower case are one name on some systems; a name that is made is not taken."""
    clips, clip = files / "clips", load_clip(files / "clip.npz")
    clips.mkdir()
    for name in ("take.npz", "take_bvh.npz", "other.npz"):
        save_clip(clip, clips / name)
    write_bvh(clips / "Take.bvh", clip)
    options = ["--onto", str(files / "rig.blend"), "--out", str(files / "made"), "--format", "glb"]
    assert main.main(["retarget", str(clips), *options, "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(told) == 4
    names = [path.name for _, path in retarget_command._pairs(str(clips), files / "made", "glb")]
    assert sorted(names) == ["Take_bvh_2.glb", "other.glb", "take_bvh.glb", "take_npz.glb"]


@pytest.mark.parametrize("how", ["rig", "clip", "folder", "rig in the folder"])
def test_nothing_that_is_read_is_written_over(files, how, capsys):
    (files / "rig.bvh").write_text("HIERARCHY")
    clips = files / "clips"
    clips.mkdir()
    save_clip(load_clip(files / "clip.npz"), clips / "rig.npz")
    (clips / "rig.bvh").write_text("HIERARCHY")
    words = {
        "rig": [files / "clip.npz", "--onto", files / "rig.blend",
                "--out", files / "clips" / ".." / "rig.blend"],
        "clip": [files / "rig.bvh", "--onto", files / "rig.blend", "--out", files / "rig.bvh"],
        "folder": [clips, "--onto", files / "rig.blend", "--out", clips, "--format", "bvh"],
        "rig in the folder": [files / "cl*.npz", "--onto", files / "clip.bvh",
                              "--out", files / "clip.bvh"],
    }[how]  # fmt: skip
    (files / "clip.bvh").write_text("HIERARCHY")
    before = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    words = [str(word) for word in words]
    if how == "folder":  # two clips of one name would get names of their own
        (clips / "rig.npz").unlink()
        del before[clips / "rig.npz"]
    assert main.main(["retarget", *words]) == main.USAGE
    said = capsys.readouterr().err
    assert "would be overwritten" in said and "--overwrite" in said
    assert {path: path.read_bytes() for path in files.rglob("*") if path.is_file()} == before


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a first line")
def test_what_is_asked_for_is_overwritten_and_who_is_chosen(files):
    assert retarget(files, "--overwrite", "--armature", "Ben", out="rig.blend") == 0
    asked = json.loads((files / "asked.json").read_text())
    assert asked["armature"] == "Ben" and asked["out"] == asked["rig"]


@pytest.mark.parametrize("out", ["out.npz", "nowhere/out.blend"])
def test_where_it_cannot_write(files, out):
    assert retarget(files, out=out) == 2
    assert not (files / "asked.json").exists()


def test_without_blender(files, monkeypatch, capsys):
    monkeypatch.setenv(blender.ENVIRONMENT, "no-such-blender")
    assert retarget(files) == 3
    assert "no-such-blender" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a first line")
def test_a_blender_that_says_nothing(files):
    program = files / "blender"
    program.write_text(f"#!{sys.executable}\nimport sys\nprint('out of order', file=sys.stderr)\n")
    with pytest.raises(MotionError, match="without an answer") as caught:
        blender.run({"kind": "read"})
    assert "out of order" in caught.value.hint
