"""Captions of a recording: the grammar is complete, what is said was measured."""

import random
import re

import numpy as np
import pytest

from motionllm.data.captions import grammar, labels
from motionllm.data.captions.shown import content_key
from motionllm.data.captions.write import tell, write_captions
from motionllm.english.mirror import mirror_text
from motionllm.english.phrases import expansions
from motionllm.evaluation import named_in_captions
from motionllm.facts.facts import measure
from motionllm.motion import rotation, skeleton

FPS = 30


def clip(seconds=4.0, speed=0.0, way=0.0, turn=0.0, raised=""):
    """Facts of a person who travels, turns in the middle third and holds hands up."""
    frames = int(seconds * FPS)
    time = np.arange(frames) / FPS
    rotations = np.zeros((frames, 22, 4))
    rotations[..., 0] = 1.0
    x = np.clip((time - seconds / 3) / (seconds / 3), 0, 1)
    heading = turn * x * x * (3 - 2 * x)

    def bend(joint, axis, degrees):
        angle = np.radians(np.broadcast_to(degrees, (frames,)))
        turned = rotation.from_axis_angle(np.array(axis, float), angle)
        rotations[:, skeleton.JOINT_NAMES.index(joint)] = turned

    bend("pelvis", (0, 1, 0), heading)
    for side, sign in (("left", 1), ("right", -1)):
        up = raised in (side, "both")
        bend(f"{side}_shoulder", (0, 0, 1), sign * (70 if up else -75))
    if speed:
        swing = 25 * np.sin(2 * np.pi * 0.9 * time)
        bend("left_hip", (1, 0, 0), swing)
        bend("right_hip", (1, 0, 0), -swing)
    course = np.radians(heading + way)
    step = np.stack([np.sin(course), 0 * course, np.cos(course)], axis=1) * speed / FPS
    translation = np.cumsum(step, axis=0) + [0, skeleton.PELVIS_HEIGHT, 0]
    return measure(skeleton.forward_kinematics(rotations, translation), FPS)


def parse(label):
    return labels.parse({"label": label})


def write(label, facts, count=60, part=False, seed=0):
    return write_captions(parse(label), facts, random.Random(seed), count, part)


# Grammar


def test_every_action_has_fifteen_wordings():
    for key, entry in grammar.actions().items():
        said = {
            text
            for name in ("say", "sided", "slow", "fast", "calm")
            for phrase in entry.get(name, [])
            for text in expansions(phrase)
        }
        assert len(said) >= 15, key


def test_every_style_has_eight_wordings():
    for key, style in grammar.grammar_file("styles").items():
        names = ("adjective", "who", "adverb", "tail", "gait")
        assert len({text for name in names for text in style.get(name, [])}) >= 8, key


def test_every_pattern_names_an_action():
    for _, keys in grammar.grammar_file("labels")["patterns"]:
        assert set(filter(None, keys.split(","))) <= set(grammar.actions())
    styles = grammar.grammar_file("labels")["styles"]
    assert set(styles.values()) <= set(grammar.grammar_file("styles"))


def test_every_need_is_known():
    from motionllm.data.captions import shown

    facts = clip()
    for key in grammar.actions():
        shown.select(labels.Label((key,)), facts, True)


# Sentences


def test_the_same_seed_gives_the_same_captions():
    facts = clip(speed=1.2)
    assert write("walk", facts) == write("walk", facts)
    assert write("walk", facts) != write("walk", facts, seed=1)
    # numpy's generators do as well
    assert write_captions(parse("walk"), facts, np.random.default_rng(0), 3)


def test_many_different_clean_sentences():
    found = write("walk, tired style", clip(speed=0.9), 200)
    assert len(set(found)) == 200
    assert any("tired" in text or "exhausted" in text for text in found)
    for text in found:
        assert text == text.strip() and "  " not in text
        assert not re.search(r"[\[\]{}|()]", text), text


def test_what_is_told_leaves_nothing_out():
    facts = clip(raised="left")
    told = tell(parse("raise up left hand, elderly style"), facts, random.Random(0), 12)
    assert len(told) == 12
    for text in told:
        assert "left" in text and named_in_captions.names_style(text, "old"), text
        assert named_in_captions.names_action(text, "raise_hand"), text


def test_words_of_direction_are_measured():
    back = " ".join(write("walk", clip(speed=1.0, way=180)))
    assert re.search(r"\b(backwards?|back|reverse)\b", back)
    assert not re.search(r"\bforwards?\b|\bahead\b", back)
    ahead = " ".join(write("walk back", clip(speed=1.2)))
    assert re.search(r"\bforwards?\b", ahead)
    assert not re.search(r"\b(backwards?|reverse)\b", ahead)


@pytest.mark.parametrize(
    ("degrees", "side", "other"), [(90, "left", "right"), (-90, "right", "left")]
)
def test_turns_are_measured_and_told(degrees, side, other):
    found = write(f"walk turn {other}", clip(5, speed=1.2, turn=degrees))
    assert sum(bool(re.search(rf"\b{side}\b", text)) for text in found) > 20
    assert not any(re.search(rf"\b{other}\b", text) for text in found)


def test_no_side_no_turn_in_a_straight_walk():
    for text in write("walk turn left", clip(speed=1.2)):
        assert not re.search(r"\b(left|right|turn\w*|clockwise)\b", text), text


@pytest.mark.parametrize(("side", "other"), [("left", "right"), ("right", "left")])
def test_the_raised_hand_is_measured(side, other):
    found = write(f"raise up {other} hand", clip(raised=side))
    assert sum(side in text for text in found) > 30
    assert not any(re.search(rf"\b{other}\b", text) for text in found)


def test_both_hands():
    found = write("raise up left hand", clip(raised="both"))
    assert not any(re.search(r"\b(his|her|their|your) left\b", text) for text in found)
    assert any("both" in text for text in found)


@pytest.mark.parametrize("label", ["kick", "raise up left hand", "jump", "punch", "bow", "walk"])
def test_what_is_not_shown_is_not_told(label):
    word = label.split()[0]
    for text in map(str.lower, write(label, clip(), part=True)):
        assert word not in text, text
        assert re.search(r"stand|stay|wait|nothing|place|spot|still", text), text


def test_an_unknown_label_is_used_as_it_is():
    found = write("frobnicate the widget", clip(speed=1.2))
    assert "frobnicate the widget" in found
    assert any("walk" in text for text in found)
    row = {"label": "take 7", "description": "A person limps to the door."}
    assert "A person limps to the door." in write_captions(
        labels.parse(row), clip(speed=1.0), random.Random(0), 30
    )


def test_content_keys():
    assert content_key(parse("walk"), clip(speed=1.2)) == "walk"
    assert content_key(parse("walk"), clip(5, speed=1.2, turn=-90)) == "walk_turn_right"
    assert content_key(parse("walk"), clip(speed=1.0, way=180)) == "walk_backward"
    raised = content_key(parse("raise up left hand"), clip(raised="left"))
    assert raised == "raise_left_hand"
    assert content_key(parse("kick"), clip(), True) == "stand"


# Mirrored words


def test_mirroring_a_mirrored_caption_gives_it_back():
    for text in write("walk", clip(5, speed=1.2, turn=90)) + write("bye", clip(raised="left")):
        assert mirror_text(mirror_text(text)) == text


# People's captions
