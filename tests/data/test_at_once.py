"""Two things at once: arms of one recording on the legs of another, told as both."""

import numpy as np
import pytest

from motionllm.data import at_once, pieces
from motionllm.data.captions.labels import parse
from motionllm.data.captions.shown import select
from motionllm.data.dataset import Dataset
from motionllm.facts.facts import measure
from tests.data.test_joined import training_set

LABELS = ["walk", "raise up left hand", "raise up right hand"] * 4


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = training_set(tmp_path_factory.mktemp("data"), LABELS)
    at_once.build(folder, 4, lambda *_: None)
    return folder


def test_what_is_made_shows_both_and_says_so(data):
    folder = data / at_once.FOLDER
    found, dataset = pieces.read(folder), Dataset(folder)
    assert found and not any(record.held_out for record in dataset.records)
    for piece in found:
        clip = pieces.piece_clip(dataset, piece)
        facts = measure(clip.joints, clip.fps, clip.contacts)
        assert select(parse({"label": "walk"}), facts, True) and facts.of("move")
        (side,) = {event.side for event in facts.of("raise")}
        for text in (*piece.captions, *piece.told):
            assert {"left": "right", "right": "left"}[side] not in text.replace("straight", ""), (
                text
            )
        assert all("while" in text for text in piece.told) and piece.told
        assert piece.frames % pieces.TOKEN_FRAMES == 0


def test_legs_and_trunk_are_those_of_a_recording(data):
    made, recorded = Dataset(data / at_once.FOLDER), Dataset(data)
    (made_one, *_), walks = made.records, [r for r in recorded.records if r.row["label"] == "walk"]
    clip = made.clip(made_one)
    legs = [1, 2, 4, 5, 7, 8]
    near = min(
        float(np.abs(clip.rotations[10, legs] - recorded.clip(walk).rotations[k, legs]).max())
        for walk in walks for k in range(walk.frames)
    )  # fmt: skip
    assert near < 0.02


def test_arms_go_over_without_a_jump(data):
    dataset = Dataset(data / at_once.FOLDER)
    for record in dataset.records:
        clip = dataset.clip(record)
        wrists = clip.joints[:, [20, 21]] - clip.joints[:, [9]]
        speed = np.linalg.norm(np.diff(wrists, axis=0), axis=-1) * clip.fps
        assert speed.max() < 6.0


@pytest.mark.parametrize("labels", [["walk"] * 6, ["raise up left hand"] * 6])
def test_without_both_kinds_none_are_made(tmp_path, labels):
    folder = training_set(tmp_path, labels)
    said = []
    at_once.build(folder, 5, said.append)
    assert not (folder / at_once.FOLDER).exists() and "could be made" in said[0]
