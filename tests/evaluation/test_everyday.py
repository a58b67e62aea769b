"""The everyday suite: its predicates on made-up motions, its choosers on made-up takes."""

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.evaluation import expectations, takes
from motionllm.evaluation.everyday.states import state
from motionllm.evaluation.expectations import Prompt, Suite
from motionllm.evaluation.motion import Motion
from motionllm.evaluation.predicates import holds
from motionllm.motion import skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from tests.helpers.puppet import Puppet, raise_arm, smoothstep

SUITE = expectations.load("everyday")


def motion(puppet, mirrored=False):
    rotations, translation = puppet.rotations, puppet.translation
    if mirrored:
        rotations, translation = skeleton.mirrored(rotations, translation)
    return Motion.of(Clip.build(FPS, rotations, translation))


def waving(puppet, side, start=0.0):
    """Hold a hand up from `start` on and swing it to and fro."""
    up = smoothstep(puppet.time, start, start + 0.4)
    raise_arm(puppet, side, up)
    swing = 25 * np.sin(2 * np.pi * 2 * puppet.time) * up
    return puppet.bend(f"{side}_elbow", (0, 0, 1), (60 if side == "left" else -60) * up + swing)


def squats(times, seconds=6):
    """Go down and up so often."""
    puppet = Puppet(seconds)
    phase = np.clip(puppet.time / seconds * times, 0, times)
    down = 0.5 - 0.5 * np.cos(2 * np.pi * phase)
    for side in ("left", "right"):
        puppet.bend(f"{side}_hip", (1, 0, 0), -80 * down).bend(
            f"{side}_knee", (1, 0, 0), 120 * down
        )
    puppet.translation[:, 1] -= 0.42 * down
    return puppet


def looking(degrees):
    puppet = Puppet(4)
    return puppet.bend("head", (0, 1, 0), degrees * smoothstep(puppet.time, 0.8, 1.2))


def hips():
    puppet = Puppet(4)
    for side, sign in (("left", 1), ("right", -1)):
        puppet.set(f"{side}_shoulder", (0, 0, 1), np.full(puppet.frames, -52.0 * sign))
        puppet.bend(f"{side}_elbow", (0, 0, 1), np.full(puppet.frames, -88.0 * sign))
    return puppet


def circle(side):
    puppet = Puppet(8)
    return puppet.go(0.9, 0, side * 45 * puppet.time)


def kick():
    puppet = Puppet(3)
    up = smoothstep(puppet.time, 1.0, 1.2) - smoothstep(puppet.time, 1.4, 1.7)
    return puppet.bend("left_hip", (1, 0, 0), -85 * up)


def tilted(degrees):
    puppet = Puppet(3)
    return puppet.bend("spine1", (0, 0, 1), degrees * smoothstep(puppet.time, 0.8, 1.3))


MADE = {
    "walk_waving_left": lambda: waving(Puppet(5).go(0.9, 0), "left"),
    "waving_left": lambda: waving(Puppet(4), "left"),
    "squats_3": lambda: squats(3),
    "squats_1": lambda: squats(1, 4),
    "look_left": lambda: looking(45),
    "hands_on_hips": hips,
    "circle_left": lambda: circle(1),
    "circle_right": lambda: circle(-1),
    "kick_left": kick,
    "lean_right": lambda: tilted(20),
    "still": lambda: Puppet(4),
    "side_left_then_right": lambda: _aside(1),
    "backward_then_forward": lambda: _back_and_forth(),
}


def _aside(sign):
    puppet = Puppet(5)
    pace = 0.6 * sign * np.where(puppet.time < 2.5, 1.0, -1.0)
    puppet.translation[:, 0] += np.cumsum(pace) / FPS
    return puppet


def _back_and_forth():
    puppet = Puppet(6)
    puppet.translation[:, 2] += np.cumsum(np.where(puppet.time < 2.5, -0.7, 0.7)) / FPS
    return puppet


@pytest.mark.parametrize("name", MADE)
def test_accepts_its_own_and_not_the_mirror_image(name):
    expectation = SUITE.expectations[name]
    made = MADE[name]()
    assert expectation.met(motion(made))
    if expectation.opposite:
        assert not expectation.met(motion(made, mirrored=True))
        assert SUITE.expectations[expectation.opposite].met(motion(made, mirrored=True))


def test_refuses_the_others():
    """Each of these is shown by its own motion alone, walks and counts told apart."""
    alike = {"waving_left": {"waving_left"}, "walk_waving_left": {"walk_waving_left"}}
    for name in ("squats_3", "squats_1", "look_left", "hands_on_hips", "circle_left", "kick_left",
                 "lean_right", "backward_then_forward", *alike):  # fmt: skip
        met = {
            other for other, make in MADE.items() if SUITE.expectations[name].met(motion(make()))
        }
        assert met == {name}


def test_at_once_needs_both_at_the_same_time():
    """A walk, then a wave on the spot: both are shown, but not at once."""
    puppet = Puppet(6)
    pace = 1.0 * (1 - smoothstep(puppet.time, 2.4, 2.8))
    puppet.translation[:, 2] += np.cumsum(pace) / FPS
    made = motion(waving(puppet, "left", start=3.4))
    assert state(made, "moving").any() and state(made, "left_hand_waving").any()
    assert not SUITE.expectations["walk_waving_left"].met(made)
    assert holds({"is": "follows", "states": ["moving", "left_hand_waving"],
                  "seconds": [0.6, 0.5]}, made)  # fmt: skip
    assert not holds({"is": "follows", "states": ["left_hand_waving", "moving"],
                      "seconds": [0.5, 0.6]}, made)  # fmt: skip


def test_the_gaze_is_unknown_without_rotations_and_kept_in_parts():
    made = motion(looking(45))
    assert state(made, "head_left").any() and state(made.part(2.0, 4.0), "head_left").any()
    assert not state(Motion(made.joints, FPS), "head_left").any()


def test_a_state_or_question_that_is_none_is_refused():
    with pytest.raises(MotionError, match="no state"):
        holds({"is": "shows", "state": "left_hand_glowing"}, motion(Puppet(2)))
    with pytest.raises(MotionError, match="cannot be asked"):
        holds({"is": "shows", "mood": "good"}, motion(Puppet(2)))


def test_every_question_of_the_suite_can_be_asked():
    """A name that a data file gets wrong fails here, not in the middle of an evaluation."""
    made = motion(squats(2))
    for expectation in SUITE.expectations.values():
        for question in expectation.ask:
            assert holds(question, made) in (True, False), expectation.name


def test_suite_is_as_large_as_it_says():
    assert len(SUITE.prompts) >= 150 and len(SUITE.groups) >= 12
    texts = [prompt.text for prompt in SUITE.prompts]
    assert len(set(texts)) == len(texts)
    first = {prompt.text for prompt in expectations.load().prompts}
    assert not first & set(texts)
    used = {prompt.expect for prompt in SUITE.prompts}
    assert used <= set(SUITE.expectations)


class Player:
    """Gives a raised left hand for even seeds and a walk for odd ones."""

    def __init__(self, pack):
        self.pack, self.drawn = pack, 0

    def generate(self, requests, *_):
        self.drawn += len(requests)
        return [
            (waving(Puppet(3), "left") if r.seed % 2 == 0 else Puppet(3).go(0.9, 0))
            .clip()
            .labelled(text=r.text, seed=r.seed)
            for r in requests
        ]


def test_choosers_are_compared_on_the_same_kept_takes(tmp_path):
    from motionllm.pack.folders import find_pack
    from motionllm.pack.pack import load_pack

    prompts = [Prompt("a man waves", "a", 3.0, "waving_left"), Prompt("walk!", "a", 3.0, "jog")]
    small = Suite(SUITE.expectations, prompts, [], "")
    player = Player(load_pack(find_pack("default")))
    drawn = takes.judged_takes(small, player, 4, tmp_path)
    assert player.drawn == 8 and drawn[0].right == (True, False, True, False)
    again = takes.judged_takes(small, player, 4, tmp_path)
    assert player.drawn == 8  # nothing is drawn twice
    np.testing.assert_array_equal(again[0].clips[1].joints, drawn[0].clips[1].joints)
    assert takes.first_share(drawn)[0] == 50.0 and takes.any_share(drawn)[0] == 50.0
    assert takes.mean_share(drawn)[0] == 25.0
    assert takes.chosen_share(drawn, lambda _text, _clips: 1)[0] == 0.0
    assert takes.chosen_share(drawn, lambda _text, clips: int(clips[2].seed))[0] == 50.0
    assert takes.pairs_ranked(drawn, lambda _text, clip: -clip.joints[-1, 0, 2])[0] == 1.0
    next(tmp_path.rglob("*-3.npz")).write_bytes(b"cut off")
    takes.judged_takes(small, player, 4, tmp_path)
    assert player.drawn == 9  # a broken file is drawn anew
