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


def test_a_text_file_has_a_prompt_a_line():
    data = "\ufeffa person walks\r\n\r\nläuft schnell\r\n".encode()
    lines = read_all(io.BytesIO(data), DEFAULTS, ".TXT")
    assert [line.request.text for line in lines] == ["a person walks", "läuft schnell"]
    assert [line.request.seed for line in lines] == [0, 1]
    assert [line.number for line in lines] == [1, 3]
    found = list(read_prompts(io.BytesIO(b"walk\n\xff\xfe\xfa\nrun\n"), DEFAULTS, ".txt"))
    assert found[1][0] == 2 and "not UTF-8" in found[1][1].message and len(found) == 3


TABLE = 'Text;Seconds;seed;cleanup;weight\n"a, person";3,5;7;no;\nrun;;;;2\nbow;long;;;\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_as_spreadsheets_save_it(encoding):
    first, second, bad = read_prompts(io.BytesIO(TABLE.encode(encoding)), DEFAULTS, ".csv")
    assert first.request.text == "a, person" and first.request.seconds == 3.5
    assert first.request.seed == 7 and first.request.cleanup is False and first.own_seed
    assert second.request.seed == 1 and second.weight == 2.0 and not second.own_seconds
    assert bad[0] == 4 and bad[1].message == "seconds must be a number, not 'long'."


def test_commas_and_quoted_line_breaks():
    data = b'seconds,text\n2.5,"walks,\nthen waves"\n\n,run\n'
    lines = read_all(io.BytesIO(data), DEFAULTS, ".csv")
    assert [line.request.text for line in lines] == ["walks, then waves", "run"]
    assert [line.number for line in lines] == [3, 5]


@pytest.mark.parametrize(
    ("head", "said"), [("prompt,seconds", 'no column "text"'), ("text,speed", "no field 'speed'")]
)
def test_the_head_of_a_table_is_read(head, said):
    with pytest.raises(MotionError, match=said):
        read_all(io.BytesIO(f"{head}\nwalk,1\n".encode()), DEFAULTS, ".csv")
