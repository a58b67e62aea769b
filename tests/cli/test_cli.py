"""The command line: as a process where its exit matters, in this one with an engine made up."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import motionllm
from motionllm.batch.worker import make_group
from motionllm.cli import doctor, main
from motionllm.errors import CODES, MotionError
from motionllm.motion.bvh import read_bvh, write_bvh
from motionllm.motion.clip import load_clip, save_clip
from tests.helpers.scripted_engine import PACK, ScriptedEngine, swaying

SOURCE = str(Path(motionllm.__file__).parents[1])


def program(*arguments, **options):
    """Run the command line as a process."""
    environment = {**os.environ, "PYTHONPATH": SOURCE, **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "motionllm", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", env=environment, timeout=60, **options,
    )  # fmt: skip


@pytest.fixture
def engine(monkeypatch):
    """Put the scripted engine in the place of a real one; returns it."""
    made = ScriptedEngine()
    monkeypatch.setattr("motionllm.engine.loaded.LoadedEngines._open", lambda *_: made)
    monkeypatch.setattr("motionllm.pack.folders.find_pack", lambda name: name)
    monkeypatch.setattr("motionllm.pack.pack.load_pack", lambda *_: PACK)
    monkeypatch.setattr("motionllm.batch.groups.pack_digest", lambda *_: "scripted")
    monkeypatch.setattr(
        "motionllm.batch.processes.make_here",
        lambda groups, *_: ((group, make_group(made, group)) for group in groups),
    )
    return made


def test_help_is_quick_and_needs_nothing():
    script = (
        "import sys; from motionllm.cli import main; main.build_parser().format_help();"
        "print([m for m in ('torch', 'PIL', 'transformers') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("command", ["generate", "caption", "serve", "packs", "doctor"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main.main([command, "--help"])
    assert caught.value.code == 0 and "usage: motionllm" in capsys.readouterr().out


def test_every_error_code_has_an_exit_code():
    assert set(main.EXIT_CODES) <= CODES
    assert set(main.EXIT_CODES.values()) == {main.USAGE, main.MISSING, main.INTERRUPTED}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["generate", "", "--out", "a.npz"], "empty"),
        (["generate", "x" * 10000, "--out", "a.npz"], "10,000 characters"),
        (["generate", "walk", "--seconds", "0", "--out", "a.npz"], "seconds is 0"),
        (["generate", "walk", "--seconds", "-1", "--out", "a.npz"], "seconds is -1"),
        (["generate", "walk", "--seconds", "1000", "--out", "a.npz"], "seconds is 1000"),
        (["generate", "walk", "--seconds", "nan", "--out", "a.npz"], "seconds"),
        (["generate", "walk", "--seconds", "four", "--out", "a.npz"], "four"),
        (["generate", "walk", "--seed", "-1", "--out", "a.npz"], "seed"),
        (["generate", "walk", "--count", "0", "--out", "a.npz"], "count"),
        (["generate", "walk", "--out", "a.doc"], "a.doc"),
        (["generate", "walk", "--out", "."], "written as"),
        (["generate", "walk"], "--out"),
        (["generate", "--out", "a.npz"], "either a text or --prompts"),
        (["generate", "walk", "--prompts", "a", "--out", "b"], "either a text or --prompts"),
        (["generate", "--prompts", "/no/such/file", "--out", "b"], "/no/such/file"),
        (["generate", "walk", "--engine", "quantum", "--out", "a.npz"], "quantum"),
        (["dance"], "dance"),
        (["caption"], "FILE"),
    ],
)
def test_bad_usage_is_one_clear_line(arguments, word, capsys, engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main.main(arguments) == main.USAGE
    error = capsys.readouterr().err
    assert error.startswith("motionllm: ") and word in error and "Traceback" not in error
    assert len(error.splitlines()) <= 2
    assert engine.batches == [] and list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("engine")
def test_generate_writes_what_the_suffix_says(tmp_path, capsys):
    out = tmp_path / "made" / "walk.npz"
    assert main.main(["generate", "a person sways", "--seconds", "2", "--out", str(out)]) == 0
    clip = load_clip(out)
    assert (clip.text, clip.seconds) == ("a person sways", 2.0)
    assert capsys.readouterr().out.strip() == str(out)
    assert main.main(["generate", "a person sways", "--out", str(out.with_suffix(".bvh"))]) == 0
    assert len(read_bvh(out.with_suffix(".bvh")).names) == 22


def test_generate_makes_several(engine, tmp_path):
    arguments = ["generate", "walk", "--count", "3", "--seed", "5", "--out"]
    assert main.main([*arguments, str(tmp_path / "a.npz"), "--batch-size", "2"]) == 0
    assert [load_clip(tmp_path / f"a.{i}.npz").seed for i in range(3)] == [5, 6, 7]
    assert engine.batches == [["walk", "walk"], ["walk"]]


@pytest.mark.parametrize("text", ["Ärger 😀", "一个人走路", "line\nbreak", "\udcff broken"])
@pytest.mark.usefixtures("engine")
def test_any_writing_is_taken(tmp_path, text):
    assert main.main(["generate", text, "--out", str(tmp_path / "a.npz")]) == 0
    assert (tmp_path / "a.npz").exists()


@pytest.mark.usefixtures("engine")
def test_prompts_from_a_file(tmp_path, capsys):
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"text": "walk"}\nrubbish\n{"text": "run", "seed": 8}\n')
    arguments = ["generate", "--prompts", str(prompts), "--out", str(tmp_path / "out")]
    assert main.main(arguments) == main.FAILED
    said = capsys.readouterr()
    assert "motionllm: line 2: " in said.err and said.out == "2 written, 0 kept, 1 bad lines\n"
    assert load_clip(tmp_path / "out" / "0002.npz").seed == 8
    prompts.write_text('{"text": "walk"}\n{"text": "yodel"}\n{"text": "run", "seed": 8}\n')
    assert main.main(arguments) == 0
    said = capsys.readouterr()
    assert said.out == "1 written, 2 kept, 0 bad lines\n"
    assert said.err.startswith("motionllm: line 2: Unsure of this.\n")


@pytest.mark.usefixtures("engine")
def test_an_end_that_is_too_far_is_told_before_anything_is_drawn(tmp_path, capsys):
    arguments = ["generate", "a person walks", "--seconds", "4", "--out", str(tmp_path / "a.npz")]
    assert main.main([*arguments, "--ahead", "10"]) == 0
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith("motionllm: 10.0 m in 4 s is faster than a walk")
    assert first.endswith("in that time. Give it 7.2 s, or let it run.")
    assert main.main([*arguments, "--ahead", "2"]) == 0
    assert "faster than" not in capsys.readouterr().err


@pytest.mark.usefixtures("engine")
def test_a_list_has_a_table_of_what_its_clips_show(tmp_path, capsys):
    prompts, out = tmp_path / "prompts.txt", tmp_path / "out"
    prompts.write_text("a person sits down, then waves\n\nrefuse\na zebra\na person walks\n")
    arguments = ["generate", "--prompts", str(prompts), "--out", str(out), "--seconds", "2"]
    assert main.main(arguments) == 0
    said = capsys.readouterr().err
    assert f"motionllm: 1 of 2 show every clause: {out / 'checked.csv'}" in said
    assert "line 1" not in said
    with (out / "checked.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["line"] for row in rows] == ["1", "3", "4", "5"]
    assert [row["file"] for row in rows] == [f"000{index}.npz" for index in range(4)]
    assert [(row["shown"], row["asked"]) for row in rows] == [
        ("0", "2"), ("0", "0"), ("0", "0"), ("1", "1")
    ]  # fmt: skip
    assert rows[0]["clauses"] == "sits down ✗  waves ✗" and rows[2]["not checked"] == "zebra"
    before = (out / "checked.csv").read_bytes()
    assert main.main([*arguments, "--require"]) == main.FAILED  # what was kept counts as well
    said = capsys.readouterr()
    assert "motionllm: line 1: 0000.npz: sits down ✗  waves ✗\n" in said.err
    assert said.out == "0 written, 4 kept, 0 bad lines\n"
    assert (out / "checked.csv").read_bytes() == before
    prompts.write_text("a person walks\n")
    assert main.main([*arguments, "--require"]) == 0  # clips of longer lists are no part of it
    assert len((out / "checked.csv").read_text("utf-8").splitlines()) == 2


@pytest.mark.usefixtures("engine")
def test_caption_reads_clips_and_bvh(tmp_path, capsys):
    npz, bvh = tmp_path / "a.npz", tmp_path / "b.bvh"
    save_clip(swaying(seconds=2.0), npz)
    write_bvh(bvh, swaying(seconds=2.0))
    assert main.main(["caption", str(npz)]) == 0
    assert capsys.readouterr().out == "a person sways for 2.0 s\n"
    assert main.main(["caption", str(npz), str(bvh), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["file"] for row in rows] == [str(npz), str(bvh)]
    assert all(row["caption"].startswith("a person sways") for row in rows)


@pytest.mark.usefixtures("engine")
def test_caption_tells_of_bad_files_and_goes_on(tmp_path, capsys):
    good, cut, other = tmp_path / "a.npz", tmp_path / "cut.bvh", tmp_path / "note.txt"
    save_clip(swaying(), good)
    write_bvh(cut, swaying())
    text = cut.read_text()
    cut.write_text(text[: text.index("MOTION")])
    missing = tmp_path / "no.npz"
    files = [str(cut), str(missing), str(other), str(good)]
    assert main.main(["caption", *files]) == main.FAILED
    said = capsys.readouterr()
    assert said.out == f"{good}: a person sways for 1.0 s\n"
    assert len(said.err.splitlines()) == 3 and "line" in said.err and "Traceback" not in said.err


@pytest.mark.usefixtures("engine")
def test_what_was_left_out_of_a_file_is_told(tmp_path, capsys):
    """All that is there is read, with a note; the exit code is that of a file that was read."""
    cut = tmp_path / "cut.bvh"
    write_bvh(cut, swaying())
    text = cut.read_text()
    cut.write_text(text[: int(len(text) * 0.7)])
    assert main.main(["caption", str(cut), "--json"]) == 0
    said = capsys.readouterr()
    row = json.loads(said.out)
    lines = said.err.splitlines()
    assert len(lines) == len(row["notes"]) == 2
    assert lines[0].startswith(f"motionllm: {cut}: the file breaks off in line ")
    assert "30 frames are announced" in lines[1] and row["seconds"] < 0.8


def test_a_defect_is_one_line_unless_debugging(engine, tmp_path, capsys, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("by zero\nand more")

    engine.generate = broken
    arguments = ["generate", "walk", "--out", str(tmp_path / "a.npz")]
    monkeypatch.delenv("MOTIONLLM_DEBUG", raising=False)
    assert main.main(arguments) == main.FAILED
    error = capsys.readouterr().err
    assert "ZeroDivisionError: by zero" in error and "MOTIONLLM_DEBUG=1" in error
    monkeypatch.setenv("MOTIONLLM_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main.main(arguments)


def test_an_unknown_pack_is_told():
    done = program("generate", "walk", "--pack", "/no/such/pack", "--out", os.devnull + ".npz")
    assert done.returncode in (main.MISSING, main.FAILED)
    assert done.stderr.startswith("motionllm: ") and "Traceback" not in done.stderr


def test_an_output_that_cannot_be_written_is_told(engine, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "a.npz"
    assert main.main(["generate", "walk", "--out", str(out)]) == main.FAILED
    assert "cannot be written" in capsys.readouterr().err and engine.batches == []


def test_without_a_command_help_is_shown():
    done = program()
    assert done.returncode == main.USAGE and "generate" in done.stdout


def test_a_reader_that_has_enough_is_no_error():
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    command = f"{sys.executable} -m motionllm generate --help | head -1"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.stdout.startswith("usage: ") and len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr and "BrokenPipe" not in done.stderr


def test_ctrl_c_is_clean():
    script = (
        "import signal, sys, time; from motionllm.cli import main, packs\n"
        # A test run in the background has it ignored, and children inherit that.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def slow(options):\n"
        "    print('ready', flush=True); time.sleep(60)\n"
        "packs.run = slow\n"
        "sys.exit(main.main(['packs']))"
    )
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    ) as child:  # fmt: skip
        assert child.stdout.readline().strip() == "ready"
        time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        _, error = child.communicate(timeout=20)
    assert child.returncode == main.INTERRUPTED and error == "motionllm: Stopped.\n"


def test_doctor_says_what_to_do(tmp_path):
    findings = list(doctor.examine("/no/such/pack", str(tmp_path / "no.gguf")))
    states = {finding.subject: finding for finding in findings}
    assert states["numpy"].text == np.__version__
    for subject in ("model pack", "language model"):
        assert states[subject].state == doctor.MISSING and states[subject].advice
    text = doctor.report(findings)
    assert "MISSING" in text and "Not ready: " in text


def test_doctor_knows_optional_from_needed(monkeypatch):
    monkeypatch.setattr(doctor, "_present", lambda module: module == "numpy")
    findings = {finding.subject: finding.state for finding in doctor.examine()}
    assert findings["pillow"] == findings["torch engine"] == findings["bpy"] == doctor.OPTIONAL


def test_previews_name_what_is_missing(monkeypatch, engine, tmp_path, capsys):
    monkeypatch.setattr("motionllm.pictures.films.missing_packages", lambda *_: ["pillow"])
    assert main.main(["generate", "walk", "--out", str(tmp_path / "a.gif")]) == main.MISSING
    assert "pip install pillow" in capsys.readouterr().err and engine.batches == []


def test_errors_keep_their_code_on_the_way_out():
    for code in CODES:
        assert MotionError(code, "x").code == code
