"""Framing: what goes in comes out, and rubbish costs only itself."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.link.protocol import Decoder, Garbage, encode

HELLO = {"jsonrpc": "2.0", "id": 1, "method": "packs", "params": {}}
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


def messages(data: bytes, size: int = 1 << 16) -> list:
    decoder = Decoder()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return [item for piece in pieces for item in decoder.feed(piece)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.text(), plain, max_size=3), max_size=4), st.integers(1, 9))
def test_messages_survive_any_cut_of_the_stream(items, size):
    assert messages(b"".join(map(encode, items)), size) == items


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 64))
def test_no_bytes_break_the_decoder(data, size):
    # Ended by an empty line, since rubbish may look like the beginning of a header.
    found = messages(data + b"\n\r\n\r\n" + encode(HELLO) + encode(HELLO), size)
    assert HELLO in found or b"Content-Length" in data


@pytest.mark.parametrize(
    "rubbish",
    [
        b"Welcome to gpu-box!\nLast login: today\n",
        b"\x00\xff\xfe" * 1000,
        b"Content-Length: many\r\n\r\n{}",
        b"Content-Length: -5\r\n\r\n{}",
        b"Content-Length: 99999999999999\r\n\r\n{}",
        b"Content-Length: 5\r\n\r\nhello",
        b"Content-Length: 40\r\n\r\n{}",  # too long: swallows the next header
        b'Content-Length: 3\r\n\r\n{"a": 1}',  # too short
        b"Content-Length: 4\r\n\r\n\xff\xfe\xfd\xfc",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 200000\r\n\r\n" + b"[" * 200000,
        b"content-length: 2 {}",
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_rubbish_is_reported_once_and_the_next_messages_arrive(rubbish, size):
    found = messages(encode(HELLO) + rubbish + encode(HELLO) + encode(HELLO), size)
    assert [item for item in found if item == HELLO] == [HELLO] * 3
    garbage = [item for item in found if isinstance(item, Garbage)]
    assert len(garbage) == 1 and garbage[0].reason


def test_an_endless_stream_without_header_takes_no_memory():
    decoder = Decoder()
    for _ in range(100):
        list(decoder.feed(b"x" * 10000))
    assert len(decoder._buffer) < 100


def test_other_headers_are_allowed():
    body = json.dumps(HELLO).encode()
    header = b"Content-Length: %d\r\nContent-Type: application/json\r\n\r\n" % len(body)
    assert messages(header + body) == [HELLO]


def test_what_cannot_travel_is_refused():
    for value in (float("nan"), object(), b"bytes"):
        with pytest.raises(MotionError) as caught:
            encode({"value": value})
        assert caught.value.code == "bad_request"


def test_errors_cross_as_data():
    error = MotionError("no_backbone", "The model is missing.", "Fetch it.")
    back = protocol.error_of(json.loads(encode(protocol.failure(3, error)).split(b"\r\n\r\n")[1]))
    assert (back.code, back.message, back.hint) == (error.code, error.message, error.hint)


@pytest.mark.parametrize("error", [None, 5, {}, {"message": "no"}, {"data": {"code": "new_one"}}])
def test_foreign_errors_become_ours(error):
    assert protocol.error_of({"error": error}).code == "internal"


def test_bytes_travel_as_text():
    data = bytes(range(256))
    assert protocol.unpack_bytes(protocol.pack_bytes(data)) == data
    for bad in ("not base64!", None, 5, "ä"):
        with pytest.raises(MotionError):
            protocol.unpack_bytes(bad)
