"""Figures of motion, statistics, tables and text measures: known values, and what must differ."""

import json

import numpy as np
import pytest

from motionllm.evaluation import named_in_captions, statistics, text_metrics
from motionllm.evaluation.tables import Results, Table
from motionllm.motion import physics, rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from tests.helpers.puppet import Puppet


def clip(puppet):
    return Clip.build(FPS, puppet.rotations, puppet.translation)


def test_a_person_who_stands_has_no_faults():
    figures = physics.measure(clip(Puppet(2)))
    assert figures == dict.fromkeys(physics.FIGURES, pytest.approx(0.0, abs=1e-3))


def test_sliding_floating_and_sinking_are_told_apart():
    slid, up, down = Puppet(2), Puppet(2), Puppet(2)
    slid.translation[:, 2] += 0.5 * slid.time
    up.translation[:, 1] += 0.045
    down.translation[:, 1] -= 0.025
    assert physics.measure(clip(slid))["skate_cm_s"] == pytest.approx(50.0, rel=0.02)
    assert physics.measure(clip(up))["float_mm"] == pytest.approx(40.0, abs=0.5)
    assert physics.measure(clip(down))["sunk_mm"] == pytest.approx(20.0, abs=0.5)


def test_a_knee_bent_forward_is_beyond_its_limit():
    puppet = Puppet(2).bend("left_knee", (1, 0, 0), np.full(60, -40.0))
    share = physics.measure(clip(puppet))["limits_percent"]
    assert share == pytest.approx(100 / 20, rel=0.1)  # one of the joints that are looked at
    bent = Puppet(2).bend("left_knee", (1, 0, 0), np.full(60, 120.0))
    assert physics.measure(clip(bent))["limits_percent"] == 0.0


def test_jerk_of_a_known_swing():
    puppet = Puppet(4)
    rate = 2 * np.pi * 1.0
    puppet.translation[:, 0] = 0.1 * np.sin(rate * puppet.time)
    expected = 0.1 * rate**3 * 2 / np.pi  # the mean of |cos|
    assert physics.measure(clip(puppet))["jerk_m_s3"] == pytest.approx(expected, rel=0.05)


def test_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(100):
        _, low, high = statistics.mean_interval(rng.normal(2.0, 1.0, 40))
        inside += low <= 2.0 <= high
    assert 85 <= inside <= 100
    value, low, high = statistics.ratio_interval([2.0, 2.2, 1.8], [1.0, 1.0, 1.0])
    assert value == pytest.approx(2.0) and low <= value <= high


def test_text_measures_on_known_sentences():
    same = ["a man walks slowly forward"]
    assert text_metrics.bleu(same, [same]) == pytest.approx(100.0)
    assert text_metrics.rouge_l(same, [same]) == pytest.approx(100.0)
    # Papineni's example: clipped unigrams, two of seven.
    the = ["the the the the the the the"]
    cat = [["the cat is on the mat"]]
    assert text_metrics.bleu(the, cat, 1) == pytest.approx(100 * 2 / 7)
    # Half of the words in order: precision 2 of 3, recall 2 of 4.
    p, r = 2 / 3, 2 / 4
    expected = 100 * (1 + 1.44) * p * r / (r + 1.44 * p)
    assert text_metrics.rouge_l(["a b c"], [["a x b y"]]) == pytest.approx(expected)
    captions = ["a man walks", "a woman jumps", "someone sits down"]
    right = text_metrics.cider(captions, [[text] for text in captions])
    wrong = text_metrics.cider(captions, [[text] for text in captions[1:] + captions[:1]])
    assert right > 500 > 20 > wrong


@pytest.mark.parametrize(
    ("caption", "key", "named"),
    [
        ("A person is raising his left hand.", "raise_hand", True),
        ("someone lifts up the right arm and puts it down", "raise_hand", True),
        ("an old man is walking forward", "walk", True),
        ("a man kicks with his left leg", "kick", True),
        ("an old man is walking forward", "kick", False),
        ("a person waves with the right hand", "bow", False),
    ],
)
def test_naming_of_actions(caption, key, named):
    assert named_in_captions.names_action(caption, key) == named


def test_naming_of_sides_and_ways():
    assert named_in_captions.sides("turns left, then to the Right.") == {"left", "right"}
    assert named_in_captions.says_backward(
        "he steps backwards"
    ) and not named_in_captions.says_backward("he steps on")
    assert named_in_captions.names_style("an elderly woman walks", "old")
    assert not named_in_captions.names_style("a woman walks", "old")


class _Pack:
    def __init__(self, folder, name="some"):
        self.folder, self.name = folder, name


def test_results_keep_the_other_parts_of_the_same_pack_only(tmp_path):
    pack = _Pack(tmp_path / "pack")
    pack.folder.mkdir()
    (pack.folder / "a.safetensors").write_bytes(b"1")
    out = tmp_path / "out"
    table = Table("T", ["row", "value"], rows=[["x", (1.0, 0.5, 1.5)], ["y", float("nan")]])
    Results(out, pack).put("one", [table], "command one")
    Results(out, pack).put("two", [table], "command two")
    content = json.loads((out / "some.json").read_text())
    assert list(content["parts"]) == ["one", "two"]
    assert "| x | 1 (0.500 to 1.50) |" in (out / "some.md").read_text()
    (pack.folder / "a.safetensors").write_bytes(b"2")
    Results(out, pack).put("two", [table], "command two")
    assert list(json.loads((out / "some.json").read_text())["parts"]) == ["two"]


def test_a_turn_of_the_whole_body_changes_nothing():
    puppet = Puppet(2).bend("left_knee", (1, 0, 0), np.full(60, 50.0))
    turned = Puppet(2).bend("left_knee", (1, 0, 0), np.full(60, 50.0))
    turn = rotation.yaw_quaternion(np.full(60, 1.1))
    turned.rotations[:, 0] = rotation.multiply(turn, turned.rotations[:, 0])
    a, b = physics.measure(clip(puppet)), physics.measure(clip(turned))
    assert a == pytest.approx(b, abs=1e-6)
    assert set(physics._LARGEST) | set(physics._HINGES) <= set(skeleton.JOINT_NAMES)
