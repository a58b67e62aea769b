"""Trainings without enough to learn from say so in a sentence."""

import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from motionllm.cli import main
from motionllm.data import dataset, pieces
from motionllm.errors import MotionError
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.train import samples
from motionllm.train.run import Run
from motionllm.train.run_folder import run_folder
from motionllm.train.tokenizer import Windows
from tests.helpers.puppet import Puppet


def build(folder, seconds):
    """Write a training set of one clip, without pieces."""
    puppet = Puppet(seconds)
    clip = Clip.build(FPS, puppet.rotations, puppet.translation)
    dataset.write([({"id": "mine/one", "source": "mine", "label": "stand"}, clip, 0.0)], folder)
    pieces.write([], folder)


def test_no_training_set(tmp_path):
    with pytest.raises(MotionError, match="holds no training set"):
        samples.training_sets(tmp_path / "nowhere")


def test_a_clip_that_is_too_short(tmp_path):
    build(tmp_path, 0.5)
    with pytest.raises(MotionError, match="no recording that can be trained on"):
        Windows(dataset.Dataset(tmp_path))


def test_no_pieces(tmp_path):
    build(tmp_path, 4.0)
    with pytest.raises(MotionError, match="no piece of a motion"):
        samples.write_tokens(None, tmp_path, tmp_path / "tokens.npz")
    np.savez(tmp_path / "tokens.npz", codes=np.zeros((0, 5)), edges=np.zeros(1, int))
    with pytest.raises(MotionError, match="no piece with a caption"):
        samples.load_samples(tmp_path, tmp_path / "tokens.npz")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("data build .", "The folder needs a clips.csv"),
        ("data people", "data build' first"),
        ("data pictures", "data build' first"),
        ("train tokenizer", "data build' first"),
        ("train t2m", "train tokenizer` first"),
        ("train m2t", "train tokenizer` first"),
        ("train people", "data build' first"),
        ("train evaluator", "data build' first"),
        ("train pack mine", "train tokenizer` first"),
        ("eval --pack mine", "There is no model pack 'mine'"),
        ("gallery --pack mine", "There is no model pack 'mine'"),
    ],
)
def test_commands_in_an_empty_folder(command, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main.main(command.split()) in (1, 2, 3)
    said = capsys.readouterr().err
    assert told in said and "defect" not in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_keeps_the_last_checkpoint(tmp_path):
    run, state = Run(tmp_path, 1.0), {"model": torch.nn.Linear(300, 300)}
    run.save(state)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    (tmp_path / "checkpoint.part").symlink_to("/dev/full")
    with pytest.raises(MotionError, match=r"checkpoint.pt cannot be written: No space") as caught:
        run.save(state)
    assert caught.value.code == "output" and "Make room" in caught.value.hint
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_what_libraries_say_goes_to_the_log(tmp_path, capfd):
    before = warnings.showwarning, sys.stderr
    with run_folder(tmp_path):
        warnings.simplefilter("always")
        warnings.warn("something is old", DeprecationWarning, stacklevel=1)
        print("\rloading 1 %\rloading 100 %", file=sys.stderr)
        os.write(2, b"compiled code has its say\n")
        Run(tmp_path, 1.0).say("ours")
    log = (tmp_path / "log.txt").read_text()
    assert "DeprecationWarning: something is old" in log and "compiled code has its say" in log
    assert "loading 100 %" in log and "loading 1 %" not in log
    said = capfd.readouterr()
    assert said.out.endswith(" ours\n") and len(said.out.splitlines()) == 1 and said.err == ""
    assert before == (warnings.showwarning, sys.stderr)
