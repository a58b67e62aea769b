"""Predicates on made-up motions: each accepts its own, refuses the mirror image and the others."""

import functools
import os
from pathlib import Path

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.evaluation import expectations as suite
from motionllm.evaluation.predicates import Motion, holds, in_order
from motionllm.motion import skeleton
from motionllm.motion.features import FPS
from tests.helpers.puppet import Puppet, raise_arm, smoothstep

DATA = Path(os.environ.get("MOTIONLLM_DATA", Path(__file__).parents[2] / "runs" / "data"))


def motion(puppet, mirrored=False):
    rotations, translation = puppet.rotations, puppet.translation
    if mirrored:
        rotations, translation = skeleton.mirrored(rotations, translation)
    return Motion(skeleton.forward_kinematics(rotations, translation), FPS)


def walk(seconds=4, speed=0.9, degrees=0):
    return Puppet(seconds).go(speed, degrees)


def turning(degrees):
    puppet = Puppet(5)
    return puppet.go(0.9, 0, degrees * smoothstep(puppet.time, 2.0, 3.2))


def hand(side, start=0.5, end=2.5, seconds=3):
    puppet = Puppet(seconds)
    up = smoothstep(puppet.time, start, start + 0.4) - smoothstep(puppet.time, end - 0.4, end)
    return raise_arm(puppet, side, up)


def bow():
    puppet = Puppet(4)
    down = smoothstep(puppet.time, 0.5, 1.3) - smoothstep(puppet.time, 2.5, 3.3)
    return puppet.bend("spine1", (1, 0, 0), 50 * down)


def jump():
    puppet = Puppet(3)
    t = puppet.time - 1.0
    puppet.translation[:, 1] += np.where((t > 0) & (t < 0.5), 0.5 * 9.81 * t * (0.5 - t), 0)
    return puppet


def crouch():
    puppet = Puppet(4)
    down = smoothstep(puppet.time, 0.8, 1.5)
    for side in ("left", "right"):
        puppet.bend(f"{side}_hip", (1, 0, 0), -80 * down)
        puppet.bend(f"{side}_knee", (1, 0, 0), 120 * down)
    puppet.translation[:, 1] -= 0.42 * down
    return puppet


MADE = {
    "stand_still": lambda: Puppet(3),
    "walk_backward": lambda: walk(degrees=180),
    "sidestep_left": lambda: walk(2, 0.6, 90),
    "walk_turn_left": lambda: turning(90),
    "turn_left_45": lambda: turning(48),
    "turn_around": lambda: turning(180),
    "raise_left_hand": lambda: hand("left"),
    "bow": bow,
    "jump": jump,
    "crouch": crouch,
    "sit_down": crouch,
}


@pytest.mark.parametrize("name", MADE)
def test_accepts_its_own(name):
    assert suite.load().expectations[name].met(motion(MADE[name]()))


@pytest.mark.parametrize("name", [name for name in MADE if "left" in name])
def test_the_mirror_image_is_the_opposite(name):
    expectation = suite.load().expectations[name]
    other = suite.load().expectations[expectation.opposite]
    made = MADE[name]()
    assert not expectation.met(motion(made, mirrored=True))
    assert other.met(motion(made, mirrored=True)) and not other.met(motion(made))


@pytest.mark.parametrize("name", ["walk_backward", "raise_left_hand", "bow", "jump", "crouch"])
def test_refuses_the_others(name):
    expectation = suite.load().expectations[name]
    for other, make in MADE.items():
        alike = {name, "sit_down"} if name == "crouch" else {name}
        if other not in alike:
            assert not expectation.met(motion(make())), other


def test_order_matters():
    """A walk, then a raised hand: the whole, not the same the other way round."""
    puppet = Puppet(7)
    pace = 1.2 * (1 - smoothstep(puppet.time, 3.0, 3.4))
    puppet.go(1.2, 0)
    puppet.translation[:, 2] = np.cumsum(pace) / FPS
    puppet.set("left_hip", (1, 0, 0), 25 * np.sin(6 * puppet.time) * (pace > 0.1))
    puppet.set("right_hip", (1, 0, 0), -25 * np.sin(6 * puppet.time) * (pace > 0.1))
    raise_arm(puppet, "left", smoothstep(puppet.time, 4.5, 5.0))
    made = motion(puppet)
    expectations = suite.load().expectations
    assert expectations["walk_then_left_hand"].met(made)
    assert not expectations["walk_then_right_hand"].met(made)
    assert not expectations["left_hand_then_walk"].met(made)


def test_length():
    assert holds({"is": "lasts", "seconds": 3.0}, motion(Puppet(3)))
    assert not holds({"is": "lasts", "seconds": 3.4}, motion(Puppet(3)))


def test_a_question_that_is_none_is_refused():
    with pytest.raises(MotionError, match="no predicate"):
        holds({"is": "flies"}, motion(Puppet(3)))
    with pytest.raises(MotionError, match="cannot be asked"):
        holds({"is": "jumps", "height": 3}, motion(Puppet(3)))


def test_suite_is_as_large_as_it_says_and_sided_prompts_come_in_pairs():
    whole = suite.load()
    assert len(whole.prompts) >= 120 and len(whole.groups) >= 12 and len(whole.unheld) >= 10
    assert whole.paraphrases in whole.groups
    texts = {(prompt.text, prompt.seconds, prompt.expect) for prompt in whole.prompts}
    for text, seconds, expect in texts:
        if expect in ("turn_left", "raise_left_hand", "kick_left", "punch_left", "wave_left_hand"):
            mirror = suite.mirror((text, expect)[0]), seconds, suite.mirror(expect)
            assert mirror in texts or "hails" in text, text


@functools.cache
def _dataset():
    from motionllm.data.dataset import Dataset

    return Dataset(DATA)


@pytest.mark.skipif(not (DATA / "clips.json").is_file(), reason="needs a built training set")
@pytest.mark.parametrize("name", ["walk_turn_left", "kick_left", "get_up"])
def test_real_recordings_are_told_apart(name):
    """A few; all of them are `motionllm eval --only predicates`."""
    from motionllm.evaluation.predicates_on_recordings import Recordings, try_one

    trial = try_one(suite.load().expectations[name], Recordings(_dataset()))
    assert trial.passes, trial


@pytest.mark.skipif(not (DATA / "pieces.jsonl").is_file(), reason="needs a built training set")
def test_paraphrases_use_words_of_no_caption():
    from motionllm.data import pieces
    from motionllm.english.words import terms

    known = {word for p in pieces.read(DATA) for text in p.captions for word in terms(text)}
    whole = suite.load()
    for prompt in whole.prompts:
        if prompt.group == whole.paraphrases:
            assert set(terms(prompt.text)) - known, prompt.text


def test_a_motion_too_short_for_its_parts_shows_none_of_them():
    short = Motion.of(Puppet(0.6).clip())
    steps = [[{"is": "stays", "metres": 1.0}]] * 3
    assert not in_order(short, steps)
