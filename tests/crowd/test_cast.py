"""Prompts, weights, seeds and lengths; the command's own complaints."""

import io
import json

import pytest

from motionllm.batch.prompt_list import line_text, read_all
from motionllm.cli.main import main
from motionllm.crowd import cast
from motionllm.errors import MotionError
from motionllm.requests import GenerateRequest

LINES = b"""{"text": "a person walks", "weight": 3}
{"text": "a person claps", "seconds": 2.5, "seed": 9}

{"text": "a person waves", "weight": 0}
"""


def read(data=LINES):
    return read_all(io.BytesIO(data), GenerateRequest("x"))


def test_shares_seeds_and_lengths():
    requests, roles = cast.cast(read(), 20, 5.0, 100)
    texts = [requests[role.take].text for role in roles]
    assert texts.count("a person walks") == 15 and texts.count("a person claps") == 5
    walks = [request for request in requests if "walks" in request.text]
    assert len({request.seed for request in walks}) == 15
    assert len({request.seconds for request in walks}) > 5
    assert all(3.5 <= request.seconds <= 5.0 for request in walks)
    claps = [request for request in requests if "claps" in request.text]
    assert [request.seed for request in claps] == [9, 10, 11, 12, 13]
    assert {request.seconds for request in claps} == {2.5}
    assert texts != sorted(texts)  # not in blocks
    assert (requests, roles) == cast.cast(read(), 20, 5.0, 100)


def test_shared_takes():
    requests, roles = cast.cast(read(), 10, 6.0, 0, loop=True, takes=4)
    assert len(requests) == 4 and all(role.shared for role in roles)
    assert {role.take for role in roles} == {0, 1, 2, 3}
    _, alone = cast.cast(read(), 3, 6.0, 0, takes=8)
    assert not any(role.shared for role in alone)


def test_a_line_is_written_as_it_is_read():
    text = line_text("läuft", 3.0, 4, 2.0)
    (line,) = read((text + "\n").encode())
    assert line.request.text == "läuft" and line.request.seconds == 3.0
    assert line.request.seed == 4 and line.weight == 2.0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"text": "a"}\n{"text": "b", "weight": -1}\n', "Line 2: weight"),
        (b'{"text": "a", "weight": "much"}\n', "weight must be"),
        (b'{"txt": "a"}\n', "Line 1"),
        (b"not json\n", "not JSON"),
        (b"\n\n", "no prompts"),
    ],
)
def test_bad_lists(data, words):
    with pytest.raises(MotionError, match=words):
        read(data)


def test_nobody_has_a_weight():
    with pytest.raises(MotionError, match="weight above zero"):
        cast.cast(read(b'{"text": "a", "weight": 0}\n'), 3, 5.0, 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--count", "5", "--area", "9x9"], "text or --prompts"),
        (["walk", "--count", "0", "--area", "9x9"], "--count"),
        (["walk", "--count", "5", "--area", "9"], "--area"),
        (["walk", "--count", "5", "--area", "9x9", "--distance", "0.1"], "--distance"),
        (["walk", "--count", "5", "--area", "9x9", "--seconds", "900"], "--seconds"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, capsys, arguments, words):
    assert main(["crowd", *arguments, "--out", str(tmp_path / "a.blend")]) == 2
    assert words in capsys.readouterr().err
    assert main(["crowd", *arguments, "--out", str(tmp_path / "a.fbx")]) == 2


def test_a_report_reads_well():
    from motionllm.cli.crowd import report

    answer = {
        "out": "a.blend", "characters": 9, "asked": 10, "frames": 150, "actions": 9,
        "megabytes": 1.0, "closest": 0.61, "gap": 0.1, "outside": 0, "area": [12.0, 9.5],
        "skate_cm_s": 6.4, "single_skate_cm_s": 6.5, "failed": {"No room.": 1},
        "seconds": {"all": 30.0, "generate": 20.0, "place": 3.0, "blender": 7.0},
    }  # fmt: skip
    text = report(json.loads(json.dumps(answer)))
    assert "9 of 10 characters" in text and "12 x 9.5 m" in text
    assert "1 not placed: No room." in text
