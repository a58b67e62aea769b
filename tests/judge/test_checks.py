"""Motions moved joint by joint against sentences that are true of them, and others that are not."""

import numpy as np
import pytest

from motionllm.judge.clause import Tick, Verdict
from motionllm.judge.judge import judged
from tests.helpers.puppet import Puppet, raise_arm, smoothstep


def walking(speed=1.1, degrees=0, heading=None):
    return Puppet(4).go(speed, degrees, heading)


def turning(degrees):
    puppet = Puppet(4)
    return puppet.go(1.0, 0, degrees * smoothstep(puppet.time, 1.2, 2.4))


def raising(side="left", start=0.5, end=3.0, puppet=None):
    puppet = puppet or Puppet(4)
    up = smoothstep(puppet.time, start, start + 0.5) - smoothstep(puppet.time, end, end + 0.5)
    return raise_arm(puppet, side, up)


def waving(side="right", puppet=None):
    puppet = raising(side, 0.2, 3.5, puppet)
    swing = 25.0 * np.sin(2 * np.pi * 1.5 * puppet.time)
    return puppet.bend(f"{side}_elbow", (0, 0, 1), swing + (30 if side == "left" else -30))


def low(puppet, amount):
    """Sink the hips by an amount (T,) metres, over bent legs."""
    bend = np.degrees(np.arccos(np.clip(1.0 - amount / 0.82, -1, 1)))
    for side in ("left", "right"):
        puppet.bend(f"{side}_hip", (1, 0, 0), -bend).bend(f"{side}_knee", (1, 0, 0), 2 * bend)
    puppet.translation[:, 1] -= amount
    return puppet


def sitting_down():
    puppet = Puppet(4)
    return low(puppet, 0.42 * smoothstep(puppet.time, 1.5, 2.5))


CASES = [
    (walking(), ["a person walks", "a man strolls ahead"],
     ["a person walks backwards", "a person runs", "someone stands still", "a man waves"]),
    (walking(degrees=180), ["someone walks backwards"], ["someone walks forward"]),
    (walking(degrees=90), ["a person sidesteps to the left"], ["a person sidesteps to the right"]),
    (walking(3.0), ["a person runs forward"], ["a person walks"]),
    (turning(90), ["a person turns left"], ["a person turns right", "a person turns around"]),
    (turning(-180), ["a man turns around to the right"], ["a man turns 90 degrees right"]),
    (raising("left"), ["a person raises their left arm and lowers it"],
     ["a person raises their right arm", "a person raises both arms"]),
    (waving("right"), ["a man waves with his right hand"],
     ["a man waves with his left hand", "a man claps"]),
    (waving("right", walking()), ["a person walks while waving"], ["a person runs while waving"]),
    (sitting_down(), ["a person sits down"], ["a person stands up", "a person is lying"]),
    (Puppet(4), ["a person stands still"], ["a person walks", "a person jumps", "a man kicks"]),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(CASES)))
def test_true_sentences_hold_and_others_do_not(case):
    puppet, right, wrong = CASES[case]
    clip = puppet.clip()
    for text in right:
        assert judged(clip, text).holds, (text, judged(clip, text))
    for text in wrong:
        verdict = judged(clip, text)
        assert verdict.ticks and not verdict.holds, (text, verdict)


def test_the_mirror_image_shows_the_mirrored_sentence():
    clip = waving("right").clip().mirrored()
    assert judged(clip, "he waves with his left hand").holds
    assert not judged(clip, "he waves with his right hand").holds


def test_order_is_looked_at():
    puppet = Puppet(6)
    gait = smoothstep(puppet.time, 3.0, 3.5)
    puppet.translation[:, 2] += np.cumsum(1.2 * gait) / 30
    up = smoothstep(puppet.time, 0.3, 0.8) - smoothstep(puppet.time, 2.0, 2.5)
    clip = raise_arm(puppet, "left", up).clip()
    assert judged(clip, "a person raises their left arm, then walks forward").holds
    assert not judged(clip, "a person walks forward, then raises their left arm").holds


def test_negation_turns_a_clause_round():
    verdict = judged(walking().clip(), "a person walks without turning")
    assert verdict.holds
    assert not judged(turning(90).clip(), "a person walks without turning").holds


def test_a_verdict_goes_into_a_clip_and_back(tmp_path):
    from motionllm.motion.clip import load_clip, save_clip

    verdict = judged(walking().clip(), "a person walks and waves, yodelling")
    assert verdict.told() == "walks ✓  waves ✗" and verdict.unread == ("yodelling",)
    save_clip(walking().clip().labelled(ticks=verdict.to_json()), tmp_path / "a.npz")
    assert Verdict.from_json(load_clip(tmp_path / "a.npz").ticks) == verdict
    assert Verdict.from_json("{") == Verdict() == Verdict.from_json("[3]")


def verdict(*degrees):
    return Verdict(tuple(Tick("does", degree, degree >= 0.5) for degree in degrees))


@pytest.mark.parametrize(
    ("now", "before", "better"),
    [
        ((0.9, 0.6), (0.9, 0.2), True), ((0.6, 0.6), (0.9, 0.2), True),
        ((0.2, 0.9), (0.9, 0.2), False),  # what held is lost
        ((0.9, 0.2), (0.9, 0.2), False), ((0.9, 0.22), (0.9, 0.2), False),
        ((0.9, 0.45), (0.9, 0.2), True), ((0.9,), (0.9, 0.2), False),
    ],
)  # fmt: skip
def test_what_is_better(now, before, better):
    assert verdict(*now).improves(verdict(*before)) == better


def test_a_verdict_as_plain_data():
    said = Verdict((Tick("walks", 0.8, True), Tick("waves", 0.1, False)), ("zebra",))
    assert Verdict.from_table(said.to_table()) == said and said.shown == 1
    assert Verdict.from_json(said.to_json()) == said
    for rubbish in ("", "[]", "3", '{"ticks": [[1]]}', '{"ticks": [["a", "b", "c"]]}'):
        assert Verdict.from_json(rubbish) == Verdict()
