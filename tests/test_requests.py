"""What may be asked for, and what is refused."""

import io
import json
import math
from dataclasses import replace

import pytest

from motionllm.batch.prompt_list import read_all
from motionllm.cli.main import build_parser
from motionllm.cli.options import request_of
from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.motion.lead import End
from motionllm.requests import (
    FIELDS,
    GenerateRequest,
    PeopleRequest,
    check_request,
    loop_request,
)
from motionllm.serve.messages import generate_requests


def test_requests_say_where_to_end():
    assert GenerateRequest("walk").end is None
    assert GenerateRequest("walk", turn=90.0).end == End(math.pi / 2)
    assert GenerateRequest("walk", ahead=2.0).end == End(None, (0.0, 2.0))
    asked = check_request(GenerateRequest("walk", 4.0, turn=-90, ahead=2, left=1))
    assert asked.end == End(-math.pi / 2, (1.0, 2.0))
    for wrong in ({"left": 1.0}, {"turn": 400.0}, {"ahead": "far"}, {"turn": 9, "seconds": 12.0}):
        with pytest.raises(MotionError, match="turn|ahead|end"):
            check_request(replace(GenerateRequest("walk"), **wrong))
    with pytest.raises(MotionError, match="loop"):
        loop_request(asked)


# A value of every field that is not its default; a new field without one fails the tests below.
OTHER = {
    "text": "a person jumps", "seconds": 3.0, "seed": 7, "temperature": 0.5, "top_p": 0.8,
    "guidance": 1.25, "cleanup": False, "best_of": 3, "turn": 45.0, "ahead": 2.0, "left": -1.0,
}  # fmt: skip
WAYS = ("table", "line of a list", "command line", "message")


def arrived(way, table):
    """Return the request that a table of fields becomes on its way."""
    if way == "table":
        return GenerateRequest.from_table(table)
    if way == "line of a list":
        (line,) = read_all(io.BytesIO(json.dumps(table).encode()), GenerateRequest("motion"))
        return line.request
    if way == "message":
        (request,) = generate_requests(protocol_round(table))
        return request
    words = [table.pop("text"), "--out", "x.npz"]
    for name, value in table.items():
        option = name.replace("_", "-")
        words += [f"--no-{option}"] if value is False else [f"--{option}={value}"]
    return request_of(build_parser().parse_args(["generate", *words]))


def protocol_round(table):
    """Return parameters as they are on the other side of the pipe."""
    message = protocol.request(1, "generate", table)
    (received,) = protocol.Decoder().feed(protocol.encode(message))
    return received["params"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_can_be_given_and_arrives(field, way):
    """By itself, but for what goes together: a place takes ahead and left."""
    table = {"text": OTHER["text"], field: OTHER[field]}
    if field == "left":
        table["ahead"] = OTHER["ahead"]
    request = arrived(way, dict(table))
    assert getattr(request, field) == OTHER[field] != getattr(GenerateRequest("walk"), field)
    assert request == GenerateRequest(**table)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_left_out_is_the_fields_own_default(way):
    assert arrived(way, {"text": "walk"}) == GenerateRequest("walk")


def test_a_request_survives_its_table():
    whole = GenerateRequest(**OTHER)
    assert GenerateRequest.from_table(whole.to_table()) == whole
    defaults = GenerateRequest("motion", seconds=2.0, guidance=3.0)
    filled = GenerateRequest.from_table({"text": "walk", "guidance": None}, defaults)
    assert filled == replace(defaults, text="walk")
    pair = PeopleRequest(GenerateRequest("they dance", 2.0), 3)
    assert PeopleRequest.from_table(pair.to_table()) == pair


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "must be text"), ({"text": None}, "must be text"), ({"text": " "}, "is empty"),
        ({"text": "walk", "seconds": "4"}, "seconds must be a number"),
        ({"text": "walk", "seconds": True}, "seconds must be a number"),
        ({"text": "walk", "seconds": float("nan")}, "seconds must be a number"),
        ({"text": "walk", "seconds": 0.1}, "seconds is 0.1; it must lie between 0.4 and 60 s"),
        ({"text": "walk", "seed": -1}, "seed must be a whole number"),
        ({"text": "walk", "cleanup": 1}, "cleanup must be true or false"),
        ({"text": "walk", "best_of": 1.0}, "best_of must be a whole number from 1 to 16"),
        ({"text": "walk", "left": 1.0}, "left needs ahead"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_name(table, said):
    with pytest.raises(MotionError, match=said):
        GenerateRequest.from_table(table)
