"""Clips at other rates, and clips made of clips."""

import numpy as np
import pytest

from motionllm.motion.clip import Clip
from tests.helpers.synthetic import make_clip

SPEED = 1.3  # m/s


def walk(frames, fps):
    """Return somebody who glides ahead at SPEED, turning by a tenth of a turn a second."""
    seconds = np.arange(frames) / fps
    rotations = np.zeros((frames, 22, 4))
    rotations[..., 0] = 1.0
    turn = 0.1 * np.pi * seconds
    rotations[:, 16, 0], rotations[:, 16, 1] = np.cos(turn), np.sin(turn)
    place = np.stack([0.0 * seconds, 0.9 + 0.0 * seconds, SPEED * seconds], axis=1)
    return Clip.build(fps, rotations, place, text="walks", seed=7, pack="p", licence="l")


RATES = [
    (12, 30.0, 24.0), (50, 120.0, 30.0), (21, 20.0, 30.0), (40, 60.0, 30.0), (33, 24.0, 30.0),
    (30, 30.0, 29.97),
]  # fmt: skip


@pytest.mark.parametrize(("frames", "fps", "to"), RATES)
def test_at_another_rate_a_walk_keeps_its_speed(frames, fps, to):
    clip = walk(frames, fps)
    at = clip.at_rate(to)
    steps = np.diff(at.translation[:, 2].astype(np.float64)) * to
    assert np.abs(steps[:-1] / SPEED - 1.0).max() < 1e-3
    # The last frame is the clip's last one, at its own time or less than a frame later.
    assert np.allclose(at.joints[-1], clip.joints[-1], atol=1e-5)
    assert 0.0 <= (at.frames - 1) / to - (clip.frames - 1) / fps + 1e-9 < 1.0 / to
    assert 0.0 < steps[-1] <= SPEED * (1.0 + 1e-3)


def test_a_rate_that_fits_keeps_every_time():
    clip = walk(25, 24.0)
    at = clip.at_rate(30.0)  # a second at both
    assert at.frames == 31 and at.fps == 30.0
    assert np.allclose(at.translation[:, 2], SPEED * np.arange(31) / 30.0, atol=1e-5)
    arm = 2.0 * np.arctan2(at.rotations[:, 16, 1], at.rotations[:, 16, 0])
    assert np.allclose(arm, 0.2 * np.pi * np.arange(31) / 30.0, atol=1e-5)
    back = at.at_rate(24.0)
    assert np.allclose(back.joints, clip.joints, atol=1e-4)


def test_the_own_rate_changes_nothing():
    clip = make_clip(0)
    assert clip.at_rate(clip.fps) is clip


def test_what_is_made_of_a_clip_comes_from_the_same_text():
    clip = walk(20, 30.0)
    parts = clip.moved(clip.rotations, clip.translation + 1.0), clip.cut(2, 9), clip.mirrored()
    for made in (*parts, clip.at_rate(24.0), clip.moved(*(x[:5] for x in moving(clip)))):
        assert (made.text, made.seed, made.pack, made.licence) == ("walks", 7, "p", "l")
    assert (parts[0].contacts == clip.contacts).all()
    assert clip.labelled(text="", seed=0).pack == "p" and clip.labelled(text="").text == ""


def moving(clip):
    return clip.rotations, clip.translation, clip.contacts
