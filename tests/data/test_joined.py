"""Motions of several actions: made of recordings, told in order, and none where none can be."""

import random

import numpy as np
import pytest

from motionllm.data import joined, pieces
from motionllm.data.dataset import Dataset, write
from tests.helpers.puppet import made


def training_set(folder, labels):
    clips = [
        ({"id": f"made/{i}", "source": "made", "label": label, "split": "train"},
         made(label, 3.0 + 0.1 * (i % 4)), 0.0)
        for i, label in enumerate(labels)
    ]  # fmt: skip
    write(clips, folder)
    pieces.build(folder, None, lambda *_: None)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    labels = ["raise up left hand", "raise up right hand"] * 6
    folder = training_set(tmp_path_factory.mktemp("data"), labels)
    joined.build(folder, 5, lambda *_: None)
    return folder


def test_actions_are_told_in_the_order_in_which_they_are_done(data):
    found = pieces.read(data / joined.FOLDER)
    dataset = Dataset(data / joined.FOLDER)
    assert len(found) == 10 and not any(record.held_out for record in dataset.records)
    told = 0
    for piece in found:
        assert piece.frames == dataset.records[piece.clip].frames and piece.frames % 6 == 0
        first = "left" if piece.key.startswith("raise_left") else "right"
        other = {"left": "right", "right": "left"}
        first = other[first] if piece.mirrored else first  # keys are those of the motion itself
        for text in piece.captions:
            if first in text and other[first] in text:
                assert text.index(first) < text.index(other[first]), text
                told += 1
    assert told > 10


def test_seams_move_no_faster_than_people_do(data):
    dataset = Dataset(data / joined.FOLDER)
    for record in dataset.records:
        clip = dataset.clip(record)
        speed = np.linalg.norm(np.diff(clip.joints, axis=0), axis=-1) * clip.fps
        assert speed.max() < 6.0 and np.isfinite(clip.joints).all()


@pytest.mark.parametrize("label", ["walk", "xyzzy"])
def test_a_set_of_one_kind_or_of_unknown_labels_makes_none(tmp_path, label):
    folder = training_set(tmp_path, [label] * 6)
    said = []
    joined.build(folder, 5, said.append)
    assert not (folder / joined.FOLDER).exists() and "could be made" in said[0]


def test_parts_come_from_training_recordings_alone(data):
    parts = joined.Parts(Dataset(data), random.Random(0))
    assert parts.count == len(pieces.read(data))
