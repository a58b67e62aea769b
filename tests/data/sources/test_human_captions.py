"""Captions by people, joined to recordings by take and seconds."""

import csv
import io
import lzma

import pytest

from motionllm.data.sources.human_captions import HumanCaptions
from motionllm.errors import MotionError
from tests.helpers.recordings import CAPTIONS, MOCAP, needs_captions, needs_mocap


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
    return HumanCaptions(tmp_path)


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
        HumanCaptions(tmp_path)
    assert error.value.code == "bad_file"


@needs_mocap
@needs_captions
def test_human_captions_of_the_data():
    human = HumanCaptions(CAPTIONS)
    with (MOCAP / "clips.csv").open(newline="", encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    takes = [row for row in rows if human.sentences(row)]
    assert len(takes) > 250
    whole = [row for row in takes if human.human(row, 0, float(row["seconds"]))]
    assert len(whole) > 190
    told = [text for row in whole for text in human.human(row, 0, float(row["seconds"]))]
    assert len(told) >= len(whole) and all(len(text.split()) > 1 for text in told)
