"""Gestures made by rule against sentences that are true of them, and others that are not."""

import random

import pytest

from motionllm.data.gestures import timing
from motionllm.data.gestures.perform import perform
from motionllm.data.gestures.table import gestures
from motionllm.judge.judge import judged
from tests.helpers.puppet import Puppet

CASES = {
    "look_down": (["a person looks down", "a man hangs his head and looks at the floor"],
                  ["a person looks up"]),
    "look_around": (["a person looks around", "a person looks left and right",
                     "someone looks from side to side"], []),
    "look_side": (["a person looks to the right"],
                  ["a person looks left and right", "a person looks to the left"]),
    "look_up": (["a person looks up"], ["a person looks down"]),
    "tilt_head": (["a person tilts their head to the right", "a man cocks his head"],
                  ["a person tilts their head to the left", "a person walks to the right"]),
    "check_watch": (["a man checks his watch", "someone looks at the watch on their right wrist"],
                    ["a man looks at the watch on his left wrist", "a person waves"]),
    "clap": (["a person claps"], ["a person kicks"]),
    "clap_over_head": (["a person claps their hands over their head"], []),
    "point_down": (["a person points down", "a man points at the ground with his right hand"],
                   ["a person points up", "a man points at the ground with his left hand"]),
    "point_ahead": (["a person points ahead"], ["a person points down"]),
    "point_at_self": (["a woman points at herself"], ["a woman points ahead"]),
    "hands_behind_back": (["a man puts his hands behind his back"], ["he puts his hands up"]),
    "hands_behind_head": (["a man puts his hands behind his head"],
                          ["a man puts his hands behind his back"]),
    "hug_self": (["a woman hugs herself"], ["a woman claps"]),
    "phone": (["a person holds a phone to their right ear"],
              ["a person holds their left hand to their ear"]),
}  # fmt: skip


@pytest.mark.parametrize("key", CASES)
def test_true_sentences_hold_and_others_do_not(key):
    gesture, rng = gestures()[key], random.Random(key)
    base = Puppet(6.0).clip()
    clip = perform(base, gesture, "right", timing.draw(gesture, False, 6.0, rng, 1))
    right, wrong = CASES[key]
    for text in right:
        assert judged(clip, text).holds, (text, judged(clip, text))
        assert not judged(base, text).holds, text
    for text in wrong:
        verdict = judged(clip, text)
        assert verdict.ticks and not verdict.holds, (text, verdict)
