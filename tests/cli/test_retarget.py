"""`motionllm retarget` without Blender: what it refuses, and what it asks a Blender for."""

import json
import stat
import sys

import numpy as np
import pytest

from motionllm.cli import blender, main
from motionllm.errors import MotionError
from motionllm.motion import skeleton
from motionllm.motion.clip import Clip, save_clip

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
