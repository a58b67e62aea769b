"""Gestures written below a training set: of its training recordings, marked, and the same again."""

import numpy as np
import pytest

from motionllm.data import pieces
from motionllm.data.dataset import Dataset, write
from motionllm.data.gestures import bases
from motionllm.data.gestures.build import FOLDER, MADE, MOST_OF_PIECES, build
from tests.helpers.puppet import Puppet, made


def training_set(folder, count=12):
    clips = []
    for index in range(count):
        walks = index % 2
        label = "walk" if walks else "stand"
        clip = made("walk", 4.6) if walks else Puppet(5.0 + 0.1 * index).clip()
        row = {"id": f"made/{index}", "source": "mine", "licence": "CC0", "label": label,
               "commercial_ok": "yes", "split": "test" if index < 2 else "train"}  # fmt: skip
        clips.append((row, clip, 0.0))
    write(clips, folder)
    pieces.build(folder, None, lambda *_: None)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = training_set(tmp_path_factory.mktemp("data"))
    build(folder, lambda *_: None)
    return folder


def test_none_is_over_what_is_held_out(data):
    dataset = Dataset(data)
    assert {dataset.records[base.record].held_out for base in bases.find(dataset)} == {False}
    assert {base.record for base in bases.find(dataset)} == set(range(2, 12))


def test_rows_tell_the_recording_s_source_and_that_it_was_made(data):
    dataset = Dataset(data / FOLDER)
    found = pieces.read(data / FOLDER)
    training = [piece for piece in pieces.read(data) if piece.clip >= 2]
    assert 0 < len(found) <= MOST_OF_PIECES * len(training)
    assert dataset.commercial and not any(record.held_out for record in dataset.records)
    for record in dataset.records:
        row = record.row
        assert (row["source"], row["licence"], row["made"]) == ("mine", "CC0", MADE)
    for piece in found:
        assert piece.frames == dataset.records[piece.clip].frames and piece.frames % 6 == 0
        assert piece.captions and piece.told and not piece.human


def test_it_comes_out_the_same_again(data, tmp_path):
    again = training_set(tmp_path)
    build(again, lambda *_: None)
    assert pieces.read(again / FOLDER) == pieces.read(data / FOLDER)
    one, other = (np.load(folder / FOLDER / "rotations.npy") for folder in (again, data))
    assert np.array_equal(one, other)


def test_where_nobody_s_arms_hang_none_is_made(tmp_path):
    clips = [({"id": "a", "label": "raise left hand", "split": "train"},
              made("raise left hand", 3.0), 0.0)]  # fmt: skip
    write(clips, tmp_path)
    pieces.build(tmp_path, None, lambda *_: None)
    said = []
    build(tmp_path, said.append)
    assert not (tmp_path / FOLDER).exists() and "could be made" in said[0]
