"""Who says what in a crowd: shares, seeds and lengths."""

import io

import pytest

from motionllm.batch.prompt_list import read_all
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


def test_nobody_has_a_weight():
    with pytest.raises(MotionError, match="weight above zero"):
        cast.cast(read(b'{"text": "a", "weight": 0}\n'), 3, 5.0, 0)
