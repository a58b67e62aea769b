"""Prompt lists: what a line may say, and that it is told which line is wrong."""

import io

import pytest

from motionllm.batch.prompt_list import line_text, read_all, read_prompts
from motionllm.errors import MotionError
from motionllm.requests import GenerateRequest

DEFAULTS = GenerateRequest("motion")


def read(data):
    return read_all(io.BytesIO(data), DEFAULTS)


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


def test_a_byte_order_mark_and_windows_line_ends_are_fine():
    text = '\ufeff{"text": "a"}\r\n\r\n{"text": "Ärger 一 😀"}\r\n'.encode()
    prompts = list(read_prompts(io.BytesIO(text), DEFAULTS))
    assert [(p.number, p.index, p.request.text) for p in prompts] == [
        (1, 0, "a"),
        (3, 1, "Ärger 一 😀"),
    ]
