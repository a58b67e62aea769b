"""Where the person is, summed up from tokens, against the decoded motion."""

from pathlib import Path

import numpy as np
import pytest

from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer
from motionllm.motion.clip import heading
from motionllm.pack.pack import load_pack
from motionllm.tokens import path

PACK = Path(__file__).resolve().parents[2] / "packs" / "default"


@pytest.fixture(scope="module")
def tokenizer():
    return MotionTokenizer.from_pack(load_pack(PACK))


def test_places_are_those_of_the_decoded_motion(tokenizer):
    """Codes drawn at random move in every direction; the decoder's convolutions change a little."""
    codes = np.random.default_rng(0).integers(0, 512, (30, len(tokenizer.books)))
    codes[:, 1:] = codes[:1, 1:]  # residuals of one kind, so that none is far from its own motion
    clip = tokenizer.decode_tokens(codes)
    last = np.arange(6, clip.frames, 6)
    found = tokenizer.trail.places(codes)[: len(last)]
    yaw = heading(clip.rotations[:, 0].astype(float))[last]
    turned = np.abs(yaw).max()
    assert np.abs(found[:, 2] - yaw).max() < 0.15 + 0.15 * turned
    way = np.abs(np.diff(clip.translation[last][:, [0, 2]], axis=0)).sum()
    assert np.abs(found[:, :2] - clip.translation[last][:, [0, 2]]).max() < 0.1 + 0.1 * way


def test_numbers_of_the_first_tokens_do_not_change_as_more_follow(tokenizer):
    codes = np.random.default_rng(1).integers(0, 512, (20, len(tokenizer.books)))
    whole = tokenizer.trail.numbers(codes, 25)
    np.testing.assert_allclose(tokenizer.trail.numbers(codes[:7], 25), whole[:7], atol=1e-6)
    assert whole.shape == (20, path.SIZE)
    open_length = tokenizer.trail.numbers(codes, None)
    known = len(path.TURNS) + len(path.WAYS) + 2
    np.testing.assert_array_equal(open_length[:, :known], whole[:, :known])
    assert not open_length[:, known:].any()
    assert len(np.unique(whole[:, known:].round(5), axis=0)) == 20  # every token knows its place
