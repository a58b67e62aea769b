"""A made-up training set."""

import pytest

from motionllm.data import pieces
from motionllm.data.dataset import write
from tests.helpers.puppet import made

LABELS = ["walk", "walk backwards", "raise up left hand", "raise up right hand"]


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    clips = []
    for number in range(24):
        label = LABELS[number % 4]
        row = {"id": f"made/{number}", "source": "made", "label": label,
               "skeleton": "made", "split": "test" if number < 8 else "train"}  # fmt: skip
        clips.append((row, made(label, 2.6 + 0.1 * (number // 4)), 0.0))
    write(clips, folder)
    pieces.build(folder, None, say=lambda *_: None)
    return folder
