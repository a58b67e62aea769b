"""However a training ends, it says so in one sentence: stopped, crowded out, of other data ..."""

import csv
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from motionllm.cli.main import main
from motionllm.data.dataset import Dataset, is_held_out
from motionllm.errors import MotionError
from motionllm.motion.bvh import write_bvh
from motionllm.train import samples
from motionllm.train import tokenizer as tokenizer_training
from motionllm.train.run import Run
from tests.helpers.signals import hear_ctrl_c
from tests.helpers.synthetic import make_clip, make_steps

ALWAYS_FULL = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="no device that is always full"
)
OUR_LINE = re.compile(r"\d\d:\d\d:\d\d \S")


def write_mocap(folder, names, make=make_steps):
    """Write a user's folder of recordings, the ids of which are given."""
    folder.mkdir()
    with (folder / "clips.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "path", "skeleton", "label", "commercial_ok", "licence"])
        for number, name in enumerate(names):
            write_bvh(folder / f"{number}.bvh", make(number))
            rows.writerow([name, f"{number}.bvh", "me", "walk", "yes", "my own"])
    return folder


def names_of(count, held):
    """Return ids of recordings, so many of which are held out."""
    every = [f"me/{number}" for number in range(1000)]
    kept = [name for name in every if not is_held_out({"id": name})][: count - held]
    return kept + [name for name in every if is_held_out({"id": name})][:held]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    mocap = write_mocap(folder / "mocap", names_of(5, held=1))
    assert main(["data", "build", str(mocap), "--out", str(folder / "set")]) == 0
    return folder / "set"


def begun(*arguments, **options):
    """Start a command as a process."""
    return subprocess.Popen(
        [sys.executable, "-m", "motionllm", *map(str, arguments)], text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **options,
    )  # fmt: skip


def train_tokenizer(data, run, minutes, *more):
    return ["train", "tokenizer", "--data", data, "--run", run, "--start", "default",
            "--threads", "1", "--minutes", minutes, *more]  # fmt: skip


def wait_for(path, process):
    for _ in range(1500):
        if path.exists():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    raise AssertionError(f"{path} was not written")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("ignored", [False, True], ids=["Ctrl-C", "SIGTERM in the background"])
def test_a_stopped_run_goes_on_and_keeps_others_out(data, tmp_path, ignored):
    run, command = tmp_path / "run", train_tokenizer(data, tmp_path / "run", 9)
    ignore = (lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) if ignored else hear_ctrl_c
    with begun(*command, preexec_fn=ignore) as process:
        wait_for(run / "checkpoint.pt", process)
        time.sleep(2)
        with begun(*command) as second:
            said = second.communicate(timeout=120)[1]
        assert second.returncode == 1
        assert f"Another run (process {process.pid}) is writing into {run}" in said
        process.send_signal(signal.SIGINT)
        if ignored:  # as shells have it for what runs in the background
            time.sleep(1)
            assert process.poll() is None
            process.send_signal(signal.SIGTERM)
        out, said = process.communicate(timeout=60)
    assert process.returncode == 130, out + said
    assert said.splitlines()[0].startswith("motionllm: Stopped after ")
    assert "Run the same command again" in said and len(said.splitlines()) == 2
    step = torch.load(run / "checkpoint.pt", weights_only=True)["step"]
    assert step > 0 and not (run / ".motionllm.lock").exists()
    with begun(*train_tokenizer(data, run, 0.01)) as process:
        out, said = process.communicate(timeout=120)
    assert process.returncode == 0 and f"resumed at step {step}" in out, out + said


def test_only_our_lines_reach_the_terminal(data, tmp_path):
    """The adapters, since transformers, peft and gguf all have something to say."""
    run = tmp_path / "run"
    command = ["train", "m2t", "--data", data, "--tokenizer", ROOT_PACK, "--run", run,
               "--threads", "1", "--minutes", "0.01"]  # fmt: skip
    with begun(*command) as process:
        out, said = process.communicate(timeout=300)
    assert process.returncode == 0 and said == "", said
    assert [line for line in out.splitlines() if not OUR_LINE.match(line)] == []
    log = (run / "log.txt").read_text("utf-8")
    assert "Converting" in log and "\r" not in log


ROOT_PACK = Path(__file__).resolve().parents[2] / "packs" / "default"


def test_a_run_of_something_else_is_not_gone_on_with(data, tmp_path, capsys):
    run = tmp_path / "run"
    assert main([*map(str, train_tokenizer(data, run, 0.005))]) == 0
    mocap = write_mocap(tmp_path / "mocap", names_of(2, held=0), make_clip)
    assert main(["data", "build", str(mocap), "--out", str(tmp_path / "other")]) == 0
    capsys.readouterr()
    before = (run / "checkpoint.pt").read_bytes()
    assert main([*map(str, train_tokenizer(tmp_path / "other", run, 0.01))]) == 2
    said = capsys.readouterr().err
    assert "was begun with another training set (--data)" in said and "--run FOLDER" in said
    command = ["train", "m2t", "--data", str(data), "--tokenizer", str(run), "--run", str(run)]
    assert main(command) == 2
    assert "was begun with another kind of training" in capsys.readouterr().err
    assert (run / "checkpoint.pt").read_bytes() == before
    (run / "checkpoint.pt").write_bytes(before[:1000])
    assert main([*map(str, train_tokenizer(data, run, 0.01))]) == 1
    assert "checkpoint.pt is broken or of another kind" in capsys.readouterr().err


def test_a_run_that_learnt_nothing_yet_may_begin_anew(tmp_path):
    Run(tmp_path, 1.0).begin(task="t2m", data="a")
    (tmp_path / "tokens.npz").write_bytes(b"of that data")
    Run(tmp_path, 1.0).begin(task="t2m", data="a")
    assert (tmp_path / "tokens.npz").exists()
    run = Run(tmp_path, 1.0)
    run.begin(task="t2m", data="b")
    assert not (tmp_path / "tokens.npz").exists()
    run.save({"model": torch.nn.Linear(2, 2)})
    with pytest.raises(MotionError, match="another training set"):
        run.begin(task="t2m", data="c")


@pytest.mark.parametrize(("count", "held"), [(1, 0), (3, 0), (3, 1)])
def test_very_few_clips(count, held, tmp_path, monkeypatch, capsys):
    """Trained on as far as that goes; what needs more says so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tokenizer_training, "START_BATCHES", 60)
    monkeypatch.setattr(tokenizer_training, "FOLLOW_BATCHES", 40)
    write_mocap(tmp_path / "mocap", names_of(count, held))
    commands = [
        ("data build mocap", 0),
        ("train tokenizer --minutes 0.01 --threads 1", 0),
        ("data people --composed 4", 0),
        ("train people --minutes 0.01 --threads 1", 1),
        ("train evaluator --minutes 0.01", 1),
        ("eval --only tokenizer", 2 if not held else 0),
        ("eval --only captions", 2 if not held else 0),
    ]
    for command, code in commands:
        assert main(command.split()) == code, command + capsys.readouterr().err
        said = capsys.readouterr().err
        assert "defect" not in said, command + said
        if code:
            assert "\nmotionllm: " in f"\n{said}" and len(said.splitlines()) <= 3, said


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_no_room_for_a_training_set(tmp_path):
    """Files may not grow beyond so many bytes: to a program the same as a full disk."""
    mocap = write_mocap(tmp_path / "mocap", names_of(2, held=0))

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    with begun("data", "build", mocap, "--out", tmp_path / "set", preexec_fn=limit) as process:
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 1, said
    assert said.startswith("motionllm: ") and "cannot be written" in said and "defect" not in said
    with pytest.raises(MotionError, match="holds no"):
        samples.write_tokens(None, tmp_path / "set", tmp_path / "tokens.npz")


def test_a_set_that_is_broken_off_is_none(tmp_path, monkeypatch):
    mocap = write_mocap(tmp_path / "mocap", names_of(2, held=0))
    command = ["data", "build", str(mocap), "--out", str(tmp_path / "set")]
    assert main(command) == 0

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("motionllm.data.dataset.features.clip_to_features", stopped)
    assert main(command) == 130
    with pytest.raises(MotionError, match="holds no training set"):
        Dataset(tmp_path / "set")


@ALWAYS_FULL
@pytest.mark.parametrize("name", ["log.txt", "log.jsonl"])
def test_no_room_for_the_log(name, tmp_path):
    run = Run(tmp_path, 1.0)
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(MotionError, match=f"{name} cannot be written: No space") as caught:
        run.held_out({"loss": 1.0})
    assert "Make room" in caught.value.hint


@ALWAYS_FULL
def test_no_room_for_the_pieces(tmp_path, capsys):
    mocap = write_mocap(tmp_path / "mocap", names_of(2, held=0))
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / ".pieces.part.jsonl").symlink_to("/dev/full")
    assert main(["data", "build", str(mocap), "--out", str(tmp_path / "set")]) == 1
    said = capsys.readouterr().err
    assert "pieces.jsonl cannot be written: No space" in said and "make room" in said
    assert not (tmp_path / "set" / "pieces.jsonl").exists()


@ALWAYS_FULL
def test_no_room_for_the_tokens(data, tmp_path):
    from motionllm.train.write_pack import load_tokenizer

    (tmp_path / ".tokens.part.npz").symlink_to("/dev/full")
    with pytest.raises(MotionError, match=r"tokens.npz cannot be written: No space"):
        samples.write_tokens(load_tokenizer(ROOT_PACK), data, tmp_path / "tokens.npz")
    assert not (tmp_path / "tokens.npz").exists()


def test_an_error_of_torch_is_no_full_disk(tmp_path):
    class Broken:
        def state_dict(self):
            raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        Run(tmp_path, 1.0).save({"model": Broken()})
    assert os.listdir(tmp_path) == []
