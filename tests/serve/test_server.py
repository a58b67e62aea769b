"""The server's end of the pipe, spoken to in bytes: it answers what it can and never dies."""

import contextlib
import json
import subprocess
import sys

import pytest

from motionllm.link import protocol
from motionllm.link.process import child_environment
from motionllm.motion.clip import clip_to_bytes
from tests.helpers.puppet import Puppet
from tests.helpers.servers import SCRIPTED, SOURCE, gone
from tests.helpers.synthetic import make_steps


class Raw:
    """A server process and the bytes that go in and out of it."""

    def __init__(self, log) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-s", SCRIPTED],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            env=child_environment({"PYTHONPATH": SOURCE}),
        )  # fmt: skip
        self._messages = protocol.read_messages(lambda: self.child.stdout.read1(1 << 16))

    def send(self, data) -> None:
        self.child.stdin.write(data if isinstance(data, bytes) else protocol.encode(data))
        self.child.stdin.flush()

    def answer(self) -> dict:
        """Return the next message that is no progress."""
        return next(m for m in self._messages if m.get("method") != protocol.PROGRESS)

    def ask(self, identity, method, params=None) -> dict:
        self.send(protocol.request(identity, method, params or {}))
        return self.answer()


@contextlib.contextmanager
def running(folder):
    with (folder / "log").open("wb") as log:
        server = Raw(log)
        yield server
        server.child.stdin.close()
        server.child.wait(30)
        server.child.stdout.close()
    assert gone(server.child.pid)


@pytest.fixture
def raw(tmp_path):
    """Return a server of its own."""
    with running(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """Return one server that has to bear all the rubbish of this module."""
    with running(tmp_path_factory.mktemp("patient")) as server:
        yield server


@pytest.mark.parametrize(
    "rubbish",
    [
        b"hello, is anybody there?\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        bytes(range(256)) * 300,
        b"Content-Length: 10\r\n\r\n{}",
        b'Content-Length: 4\r\n\r\n{"jsonrpc": "2.0"}',
        b"Content-Length: 999999999999\r\n\r\n",
        b"Content-Length: 17\r\n\r\n\xff\xfe is not UTF-8 ",
        b"Content-Length: 2\r\n\r\n[]",
    ],
)
def test_rubbish_gets_an_answer_and_the_next_request_works(patient, rubbish):
    patient.send(rubbish)
    patient.send(protocol.request(1, "packs", {}))
    complaint = patient.answer()
    assert complaint["id"] is None
    assert complaint["error"]["data"]["code"] == "protocol" and complaint["error"]["message"]
    assert "Traceback" not in json.dumps(complaint)
    good = patient.answer()
    assert good["id"] == 1 and "packs" in good["result"]


@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "2.0", "id": 5},
        {"jsonrpc": "2.0", "id": 5, "method": 7},
        {"jsonrpc": "2.0", "id": 5, "method": "no_such_method"},
        {"jsonrpc": "2.0", "id": 5, "method": "generate", "params": ["walk"]},
        {"jsonrpc": "2.0", "id": 5, "method": "generate", "params": "walk"},
        {"jsonrpc": "2.0", "id": 5, "method": "initialize", "params": {"protocol": 99}},
        {"jsonrpc": "2.0", "id": 5, "method": "initialize", "params": {}},
    ],
)
def test_messages_without_sense_are_refused_under_their_id(patient, message):
    patient.send(message)
    answer = patient.answer()
    assert answer["id"] == 5 and answer["error"]["data"]["code"] == "protocol"
    assert patient.ask(6, "packs")["id"] == 6


def test_another_protocol_number_is_told_in_a_sentence(patient):
    error = patient.ask(1, "initialize", {"protocol": 2})["error"]
    assert "protocol 2" in error["message"] and "same version" in error["data"]["hint"]


def test_an_id_that_is_open_is_not_taken_twice(patient):
    patient.send(protocol.request(1, "generate", {"text": "slow 30"}))
    patient.send(protocol.request(1, "generate", {"text": "walk"}))
    first, second = patient.answer(), patient.answer()
    assert "open already" in first["error"]["message"] and "clips" in second["result"]
    assert "clips" in patient.ask(1, "generate", {"text": "walk"})["result"]


def test_cancelling_what_is_not_there_is_no_matter(patient):
    for identity in (99, "x", None, [1], {"a": 1}):
        patient.send(protocol.notification(protocol.CANCEL, {"id": identity}))
    patient.send(protocol.notification("no_such_notification", {}))
    assert patient.ask("a word", "packs")["id"] == "a word"


def test_shutdown_ends_it_with_an_answer(raw):
    raw.send(protocol.request(1, "generate", {"text": "hang"}))
    assert raw.ask(2, "shutdown") == {"jsonrpc": "2.0", "id": 2, "result": None}
    assert raw.child.wait(30) == 0


def test_it_ends_when_nobody_is_left_to_talk_to(raw):
    raw.send(protocol.request(1, "generate", {"text": "hang"}))
    raw.child.stdin.close()
    assert raw.child.wait(30) == 0


def test_loading_in_advance(raw):
    assert "result" in raw.ask(1, "initialize", {"protocol": protocol.VERSION, "load": True})
    assert "clips" in raw.ask(2, "generate", {"text": "walk"})["result"]


def test_a_sentence_is_checked_without_a_model(raw):
    clip = raw_clip(make_steps())
    asked = {"clips": [clip, raw_clip(Puppet(2).clip())], "text": "a person walks like a zombie"}
    answer = raw.ask(1, "check", asked)["result"]
    walk, other = answer["verdicts"]
    assert answer["text"] == asked["text"] and walk["unread"] == ["zombie"]
    (words, degree, holds), = walk["ticks"]  # fmt: skip
    assert words == "walks like a zombie" and degree >= 0.5 and holds is True
    assert other["ticks"][0][2] is False
    good = {"clip": clip, "text": "a person walks"}
    for wrong in ({"clip": None}, {"text": " "}, {"clip": "rubbish"}, {"pack": "default"}):
        error = raw.ask(2, "check", good | wrong)["error"]
        assert error["data"]["code"] in ("bad_request", "bad_file"), error
    assert "clips" in raw.ask(3, "generate", {"text": "walk"})["result"]


def raw_clip(clip) -> str:
    return protocol.pack_bytes(clip_to_bytes(clip))
