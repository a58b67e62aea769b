"""Labels of recordings, understood."""

import csv

from motionllm.data.captions import labels
from tests.helpers.recordings import MOCAP, needs_mocap


def parse(label):
    return labels.parse({"label": label})


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
