"""Captions: the grammar is complete, what is said was measured, mirrored words, people's words."""

import csv
import io
import lzma
import os
import random
import re
from pathlib import Path

import numpy as np
import pytest

from motionllm.data.captions import grammar, labels
from motionllm.data.captions import write as captions
from motionllm.english import inflect
from motionllm.english.phrases import expansions
from motionllm.errors import MotionError
from motionllm.evaluation import named_in_captions
from motionllm.facts.facts import measure
from motionllm.motion import rotation, skeleton

SHARED = Path(__file__).parents[4] / "shared"
MOCAP = Path(os.environ.get("MOTIONLLM_MOCAP", SHARED / "mocap"))
HUMAN = Path(os.environ.get("MOTIONLLM_CAPTIONS", SHARED / "captions"))
FPS = 30
needs_mocap = pytest.mark.skipif(not (MOCAP / "clips.csv").is_file(), reason="no mocap here")
needs_captions = pytest.mark.skipif(
    not (HUMAN / "humanml3d_captions.csv.xz").is_file(), reason="no captions here"
)


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
    return captions.write(parse(label), facts, random.Random(seed), count, part)


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


@pytest.mark.parametrize(
    ("verb", "third", "ing"),
    [
        ("walk", "walks", "walking"), ("run", "runs", "running"), ("lie", "lies", "lying"),
        ("carry", "carries", "carrying"), ("step", "steps", "stepping"), ("do", "does", "doing"),
        ("crouch", "crouches", "crouching"), ("raise", "raises", "raising"),
        ("sidestep", "sidesteps", "sidestepping"), ("squat", "squats", "squatting"),
        ("box", "boxes", "boxing"), ("wait", "waits", "waiting"), ("have", "has", "having"),
        ("wander", "wanders", "wandering"), ("tiptoe", "tiptoes", "tiptoeing"),
    ],
)  # fmt: skip
def test_inflection(verb, third, ing):
    assert inflect.third(verb) == third
    assert inflect.ing(verb) == ing


def test_labels():
    assert parse("walk turn left, elderly style").actions == ("walk",)
    assert parse("walk turn left, elderly style").style == "old"
    assert parse("raise up both hands, active style").side == "both"
    assert parse("byebye, sad style").actions == ("byebye",)
    assert parse("bye, sad style").actions == ("bye",)
    assert parse("run to hop to walk").actions == ("run", "hop", "walk")
    assert parse("run forward, in the dark style").style == "in_the_dark"
    unknown = parse("frobnicate the widget")
    assert not unknown.known and unknown.actions == ()


@needs_mocap
def test_every_label_of_the_data_is_understood():
    with (MOCAP / "clips.csv").open(newline="", encoding="utf8") as file:
        for row in csv.DictReader(file):
            label = labels.parse(row)
            assert label.known, row["label"]
            assert label.actions or "turn around" in label.text, row["label"]


# Sentences


def test_the_same_seed_gives_the_same_captions():
    facts = clip(speed=1.2)
    assert write("walk", facts) == write("walk", facts)
    assert write("walk", facts) != write("walk", facts, seed=1)
    # numpy's generators do as well
    assert captions.write(parse("walk"), facts, np.random.default_rng(0), 3)


def test_many_different_clean_sentences():
    found = write("walk, tired style", clip(speed=0.9), 200)
    assert len(set(found)) == 200
    assert any("tired" in text or "exhausted" in text for text in found)
    for text in found:
        assert text == text.strip() and "  " not in text
        assert not re.search(r"[\[\]{}|()]", text), text


def test_what_is_told_leaves_nothing_out():
    facts = clip(raised="left")
    told = captions.tell(parse("raise up left hand, elderly style"), facts, random.Random(0), 12)
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
    assert "A person limps to the door." in captions.write(
        labels.parse(row), clip(speed=1.0), random.Random(0), 30
    )


def test_content_keys():
    assert captions.content_key(parse("walk"), clip(speed=1.2)) == "walk"
    assert captions.content_key(parse("walk"), clip(5, speed=1.2, turn=-90)) == "walk_turn_right"
    assert captions.content_key(parse("walk"), clip(speed=1.0, way=180)) == "walk_backward"
    raised = captions.content_key(parse("raise up left hand"), clip(raised="left"))
    assert raised == "raise_left_hand"
    assert captions.content_key(parse("kick"), clip(), True) == "stand"


# Mirrored words


@pytest.mark.parametrize(
    ("text", "mirrored"),
    [
        ("A person raises their LEFT hand.", "A person raises their RIGHT hand."),
        ("Left foot, then right foot", "Right foot, then left foot"),
        ("walks clockwise", "walks counterclockwise"),
        ("spins counter-clockwise to the right", "spins clockwise to the left"),
        ("turns anticlockwise", "turns clockwise"),
        ("a right-handed person leans leftwards", "a left-handed person leans rightwards"),
        ("walks right then left", "walks left then right"),
        ("facing right when they stop", "facing left when they stop"),
        ("steps to their left over an object", "steps to their right over an object"),
        ("stands upright", "stands upright"),
        ("stops right before the wall", "stops right before the wall"),
        ("gets right back up", "gets right back up"),
        ("makes a right angle with the left arm", "makes a right angle with the right arm"),
        ("picks up what is left", "picks up what is left"),
        ("is left behind", "is left behind"),
        ("they left the room", "they left the room"),
    ],
)
def test_mirrored_words(text, mirrored):
    assert captions.mirror_text(text) == mirrored


def test_mirroring_a_mirrored_caption_gives_it_back():
    for text in write("walk", clip(5, speed=1.2, turn=90)) + write("bye", clip(raised="left")):
        assert captions.mirror_text(captions.mirror_text(text)) == text


# People's captions


def _folder(tmp_path, rows):
    names = [
        "amass_path",
        "dataset",
        "clip",
        "start_s",
        "end_s",
        "from_s",
        "to_s",
        "caption",
        "split",
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(dict(zip(names, row, strict=True)) for row in rows)
    data = lzma.compress(text.getvalue().encode())
    (tmp_path / "humanml3d_captions.csv.xz").write_bytes(data)
    return captions.HumanCaptions(tmp_path)


def test_human_captions_are_joined_by_take_and_seconds(tmp_path):
    human = _folder(
        tmp_path,
        [
            ("CMU/02/02_01_poses", "CMU", "02_01", 0, 10, "", "", "walks all the time", "train"),
            ("CMU/02/02_01_poses", "CMU", "02_01", 10, 20, 0, 0, "waves later", "train"),
            ("CMU/02/02_01_poses", "CMU", "02_01", 10, 20, 1, 4, "waves a part", "train"),
            ("CMU/85/85_14_poses", "CMU", "85_14", 0, 10, 0, 0, "doubtful", "train"),
            ("ACCAD/Male1_c3d/A1 - stand", "ACCAD", "A1 - stand", 0, 5, 0, 0, "stands", "test"),
        ],
    )
    row = {"source": "cmu", "path": "02_01.bvh", "start_s": "0.5", "notes": ""}
    assert human.human(row, 0.0, 9.5) == ["walks all the time"]
    assert human.human(row, 9.5, 19.5) == ["waves later"]
    assert human.human(row, 10.5, 13.5) == ["waves a part"]
    assert human.human(row, 4.5, 14.5) == []
    assert human.human({**row, "path": "85_14.bvh"}, 0, 10) == []
    assert human.human({**row, "source": "accad", "path": "02_01.bvh"}, 0, 10) == []
    accad = {
        "source": "accad",
        "path": "x.bvh",
        "start_s": "",
        "notes": "a; amass_path=ACCAD/Male1_c3d/A1 - stand; b",
    }
    assert human.human(accad, 0, 5) == ["stands"]
    differs = {**accad, "notes": accad["notes"] + "; amass length differs"}
    assert human.human(differs, 0, 5) == []


def test_a_folder_without_captions_is_refused(tmp_path):
    with pytest.raises(MotionError) as error:
        captions.HumanCaptions(tmp_path)
    assert error.value.code == "bad_file"


@needs_mocap
@needs_captions
def test_human_captions_of_the_data():
    human = captions.HumanCaptions(HUMAN)
    with (MOCAP / "clips.csv").open(newline="", encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    takes = [row for row in rows if human.sentences(row)]
    assert len(takes) > 250
    whole = [row for row in takes if human.human(row, 0, float(row["seconds"]))]
    assert len(whole) > 190
    assert all(len(text.split()) > 1 for row in whole for text in human.human(row, 0, 60) or [])
