"""`motionllm retarget` and reading for `caption`, in a Blender of their own, from the wheel."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import armatures
import bpy
import numpy as np
import pytest
import rig_zoo

import motionllm
from motionllm.motion.bvh import bvh_text
from motionllm.motion.clip import load_clip, save_clip
from tests.helpers.extension import module
from tests.helpers.puppet import Puppet, raise_arm
from tests.helpers.synthetic import make_steps

pytestmark = pytest.mark.usefixtures("addon")

READ = """
import sys
from pathlib import Path
from motionllm.cli.clip_files import read_clip
from motionllm.motion.clip import save_clip
save_clip(read_clip(Path(sys.argv[1])), sys.argv[2])
"""


def run(*arguments):
    sources = str(Path(motionllm.__file__).resolve().parent.parent)
    environment = dict(os.environ, PYTHONPATH=sources)
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip


def test_what_rigs_in_a_file_show_of_a_sentence(tmp_path):
    bake = module("scene.bake").bake
    stays = Puppet(3)
    stays = raise_arm(stays, "left", np.clip(stays.time, 0.0, 1.0)).clip()
    for name, clip in (("Anna", Puppet(3).go(1.1, 0).clip()), ("Ben", stays)):
        armature = armatures.build("SMPL-H")
        armature.name = name
        bake(clip, armature, bpy.context.scene)
    scene = tmp_path / "two.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(scene))
    asked = ["-m", "motionllm", "check", str(scene), "--text", "a person walks forward", "--json"]
    done = run(*asked)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [("Anna" in row["file"], row["holds"]) for row in rows] == [(True, True), (False, False)]
    done = run(*asked, "--armature", "Ben", "--require")
    (row,) = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 1 and not row["holds"]


def test_clips_go_onto_a_rig_and_come_back(tmp_path):
    rig_zoo.build(rig_zoo.KINDS[2])
    bpy.context.scene.render.fps = 30  # the clip's: the rate of a scene is kept
    rig = tmp_path / "rig.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(rig))
    clips = tmp_path / "clips"
    clips.mkdir()
    clip = make_steps(5, 1)
    save_clip(clip, clips / "steps.npz")
    (clips / "broken.npz").write_bytes(b"PK")
    out = tmp_path / "out"
    done = run(
        "-m", "motionllm", "retarget", str(clips), "--onto", str(rig), "--out", str(out),
        "--format", "blend", "--json",
    )  # fmt: skip
    assert done.returncode == 1 and "broken.npz" in done.stderr, done.stderr
    answer = json.loads(done.stdout)
    assert answer["bones"]["left_knee"] == {"bone": "mixamorig:LeftLeg", "confidence": 1.0}
    assert answer["limb_degrees"] < 2.0 and answer["frames"] == clip.frames
    assert answer["foot_skate"] <= 1.2 * answer["clip_foot_skate"]
    again = tmp_path / "again.npz"
    done = run("-c", READ, str(out / "steps.blend"), str(again))
    assert done.returncode == 0, done.stderr
    assert load_clip(again).frames == clip.frames


def test_what_is_no_rig_is_said(tmp_path):
    bpy.ops.object.armature_add()
    rig = tmp_path / "bone.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(rig))
    save_clip(make_steps(5, 1), tmp_path / "steps.npz")
    done = run(
        "-m", "motionllm", "retarget", str(tmp_path / "steps.npz"), "--onto", str(rig),
        "--out", str(tmp_path / "out.blend"),
    )  # fmt: skip
    assert done.returncode == 1
    assert "found no two arms and two legs" in done.stderr and "Traceback" not in done.stderr


def test_one_of_two_people_in_a_bvh_is_told(tmp_path):
    """Blender makes one armature of both: who gets the motion is said, and who does not."""
    clip = make_steps(5, 1)
    save_clip(clip, tmp_path / "steps.npz")
    head, motion = bvh_text(clip).split("MOTION\n")
    more = re.sub(r"(ROOT|JOINT) ", r"\1 B_", head.removeprefix("HIERARCHY\n"))
    lines = [*motion.splitlines()[:2], *(f"{row} {row}" for row in motion.splitlines()[2:])]
    (tmp_path / "two.bvh").write_text("\n".join([head + more + "MOTION", *lines]))
    (tmp_path / "one.bvh").write_text(bvh_text(clip))
    for rig, told in (("two", True), ("one", False)):
        done = run(
            "-m", "motionllm", "retarget", str(tmp_path / "steps.npz"), "--json",
            "--onto", str(tmp_path / f"{rig}.bvh"), "--out", str(tmp_path / f"out_{rig}.bvh"),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        notes = " ".join(json.loads(done.stdout)["notes"])
        assert ("1 of 2 people in two got the motion, pelvis" in notes) == told, notes
        assert ("B_pelvis" in notes) == told
