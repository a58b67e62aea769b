"""Recordings, and gestures made by rule on them, as a pack's own tokens."""

import numpy as np
import pytest

from motionllm.data import pieces
from motionllm.data.dataset import Dataset, write
from motionllm.data.gestures.build import FOLDER, build
from motionllm.data.recordings import write_recordings
from motionllm.pack.pack import load_pack
from motionllm.pack.recordings import FILE
from tests.helpers.packs import make_random_pack
from tests.helpers.puppet import Puppet


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write(
        [({"id": f"made/{index}", "source": "mine", "licence": "CC0", "label": "stand",
           "commercial_ok": "yes", "split": "test" if index == 0 else "train"},
          Puppet(5.0 + 0.2 * index).clip(), 0.0) for index in range(12)],
        folder,
    )  # fmt: skip
    pieces.build(folder, None, lambda *_: None)
    build(folder, lambda *_: None)
    return folder


def test_gestures_go_with_their_recordings_and_are_told(data, tmp_path):
    pack = load_pack(make_random_pack(tmp_path / "pack"))
    count, size = write_recordings(pack, data)
    dataset = Dataset(data)
    recorded = [p for p in pieces.read(data) if not dataset.records[p.clip].held_out]
    made = pieces.read(data / FOLDER)
    assert made and count == len(recorded) + len(made)
    assert size == (pack.folder / FILE).stat().st_size
    with np.load(pack.folder / FILE) as held:
        assert len(held["lengths"]) == count
        names = bytes(held["names"]).decode().split("\n")
        spans = held["upper_spans"]
        assert (spans[: len(recorded), 1] == 0).all() and (spans[len(recorded) :, 1] > 0).all()
        assert spans[-1][0] == spans[-2][0] and spans[-1][2] != spans[-2][2]  # both ways round
        assert len(held["upper"]) == spans[:, :2].sum(axis=1).max()
    assert names == ["mine (CC0)", "mine (CC0; gesture made by rule)"]
    assert "more was made: gestures by rule" in (pack.folder / "MODEL_CARD.md").read_text()
