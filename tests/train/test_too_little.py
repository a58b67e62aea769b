"""Trainings without enough to learn from say so in a sentence."""

import numpy as np
import pytest
import torch  # noqa: F401  the ring that this file belongs to

from motionllm.data import dataset, pieces
from motionllm.errors import MotionError
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.train import samples
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
