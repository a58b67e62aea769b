"""`motionllm crowd` up to Blender's door, and `generate --loop`, with an engine made up."""

import json

import numpy as np
import pytest

from motionllm.cli import blender, main
from motionllm.errors import MotionError
from motionllm.motion.clip import load_clip
from motionllm.motion.loop import seam
from tests.helpers.scripted_engine import ScriptedEngine


@pytest.fixture
def engine(monkeypatch):
    made = ScriptedEngine()
    monkeypatch.setattr("motionllm.engine.loaded.LoadedEngines._open", lambda *_: made)
    return made


@pytest.fixture
def jobs(monkeypatch):
    """What Blender was asked for; its answer is made up."""
    seen = []

    def run(job, _chosen):
        joints = np.load(job["joints"])
        clips = [load_clip(person["clip"]) for person in job["people"]]
        seen.append((job, joints, clips))
        return {
            "characters": len(clips), "frames": joints.shape[1], "closest": 1.0, "gap": 0.1,
            "outside": 0, "actions": len(clips), "megabytes": 1.0,
        }  # fmt: skip

    monkeypatch.setattr(blender, "find_blender", lambda *_: ["blender"])
    monkeypatch.setattr(blender, "run", run)
    return seen


def crowd(tmp_path, *arguments):
    out = ["--count", "8", "--area", "10x10", "--seconds", "2", "--out", str(tmp_path / "a.blend")]
    return main.main(["crowd", *arguments, *out, "--json"])


@pytest.mark.usefixtures("engine")
def test_a_job_for_blender(jobs, tmp_path, capsys):
    assert crowd(tmp_path, "a person sways") == 0
    job, joints, clips = jobs[0]
    assert job["kind"] == "crowd" and joints.shape == (8, 60, 22, 3)
    assert len({clip.seed for clip in clips}) == 8
    answer = json.loads(capsys.readouterr().out)
    assert answer["asked"] == 8 and not answer["failed"]
    pelvis = joints[:, :, 0][..., [0, 2]]
    for person, path, clip in zip(job["people"], pelvis, clips, strict=True):
        assert np.allclose(path[0], person["place"], atol=1e-4)  # clips begin at their origin
        assert 1.0 <= clip.seconds <= 2.0


@pytest.mark.usefixtures("engine")
def test_one_that_cannot_be_made_is_named_and_the_others_go_on(jobs, tmp_path, capsys):
    path = tmp_path / "list.jsonl"
    path.write_text('{"text": "a person sways", "weight": 3}\n{"text": "crash"}\n')
    assert crowd(tmp_path, "--prompts", str(path)) == 1
    assert json.loads(capsys.readouterr().out)["failed"] == {"It broke.": 2}
    assert len(jobs[0][2]) == 6


@pytest.mark.usefixtures("engine", "jobs")
def test_what_each_shows_is_in_the_table(tmp_path, capsys):
    path = tmp_path / "list.jsonl"
    path.write_text('{"text": "a person walks", "weight": 3}\n{"text": "he waves and sits down"}\n')
    assert crowd(tmp_path, "--prompts", str(path), "--takes", "4") == 0
    table = json.loads(capsys.readouterr().out)["motions"]
    assert [row["text"] for row in table] == ["a person walks"] * 3 + ["he waves and sits down"]
    assert sum(row["people"] for row in table) == 8 and len({row["seed"] for row in table}) == 4
    assert [(row["shown"], row["asked"]) for row in table] == [(1, 1)] * 3 + [(0, 2)]
    assert table[3]["clauses"] == "waves ✗  sits down ✗"
    assert crowd(tmp_path, "--prompts", str(path), "--takes", "4", "--require") == 1
    assert "he waves and sits down: waves ✗  sits down ✗, seed 3\n" in capsys.readouterr().err
    assert crowd(tmp_path, "a person walks", "--require") == 0


@pytest.mark.usefixtures("engine")
def test_what_all_would_meet_ends_it(jobs, tmp_path, capsys):
    assert crowd(tmp_path, "gone") == main.MISSING
    assert "language model is gone" in capsys.readouterr().err and not jobs


@pytest.mark.usefixtures("engine")
def test_shared_motions_are_written_once(jobs, tmp_path):
    assert crowd(tmp_path, "a person sways", "--takes", "2", "--loop") == 0
    job, _, clips = jobs[0]
    own = {person["clip"] for person in job["people"] if person["share"] is not None}
    assert len(own) <= 2 and len({clip.seed for clip in clips}) == 2


@pytest.mark.usefixtures("engine")
def test_a_loop_of_about_the_seconds_asked_for(tmp_path):
    out = tmp_path / "loop.npz"
    arguments = ["generate", "a person sways", "--seconds", "3", "--out", str(out)]
    assert main.main([*arguments, "--loop"]) == 0
    cycle = load_clip(out)
    step = seam(cycle)
    assert abs(cycle.seconds - 3.0) <= 0.46 and step.position <= 1.2 and step.velocity <= 1.2
    assert main.main(["generate", "--prompts", "x", "--out", str(tmp_path), "--loop"]) == main.USAGE


@pytest.mark.usefixtures("engine", "jobs")
def test_nobody_has_room(tmp_path):
    out = ["--count", "3", "--area", "0.6x0.6", "--out", str(tmp_path / "a.blend")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTIONLLM_DEBUG", "1")
        with pytest.raises(MotionError, match="Nobody could be placed"):
            main.main(["crowd", "a person sways", *out])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--count", "5", "--area", "9x9"], "text or --prompts"),
        (["walk", "--count", "0", "--area", "9x9"], "--count"),
        (["walk", "--count", "5", "--area", "9"], "--area"),
        (["walk", "--count", "5", "--area", "9x9", "--distance", "0.1"], "--distance"),
        (["walk", "--count", "5", "--area", "9x9", "--seconds", "900"], "--seconds"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, capsys, arguments, words):
    assert main.main(["crowd", *arguments, "--out", str(tmp_path / "a.blend")]) == 2
    assert words in capsys.readouterr().err
    assert main.main(["crowd", *arguments, "--out", str(tmp_path / "a.fbx")]) == 2


def test_a_report_reads_well():
    from motionllm.cli.crowd import report

    answer = {
        "out": "a.blend", "characters": 9, "asked": 10, "frames": 150, "actions": 9,
        "megabytes": 1.0, "closest": 0.61, "gap": 0.1, "outside": 0, "area": [12.0, 9.5],
        "skate_cm_s": 6.4, "single_skate_cm_s": 6.5, "failed": {"No room.": 1},
        "motions": [{"asked": 2, "shown": 1}, {"asked": 1, "shown": 1}, {"asked": 0, "shown": 0}],
        "seconds": {"all": 30.0, "generate": 20.0, "place": 3.0, "blender": 7.0},
    }  # fmt: skip
    text = report(json.loads(json.dumps(answer)))
    assert "9 of 10 characters" in text and "12 x 9.5 m" in text
    assert "1 not placed: No room." in text
    assert "1 of 2 motions show every clause of their text" in text
