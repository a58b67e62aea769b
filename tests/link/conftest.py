"""Clients of real server processes; every test proves that it left none behind."""

import os
import sys
import time
from pathlib import Path

import pytest

import motionllm
from motionllm.link.client import Client

SOURCE = str(Path(motionllm.__file__).parents[1])
SCRIPTED = str(Path(__file__).with_name("scripted_server.py"))


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        if Path("/proc/self").exists():
            return False
        try:
            os.kill(pid, 0)
        except OSError:
            return False
        return True
    return state != "Z"


def gone(pid: int, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def make_client(tmp_path):
    """Return a function that makes clients; all are closed, and their processes gone, after."""
    clients, pids = [], set()

    class Watched(Client):
        def _on_data(self, session, data):
            pids.add(session.process.pid)
            super()._on_data(session, data)

    def make(command=None, **options):
        command = command or [sys.executable, "-s", "-u", SCRIPTED]
        options.setdefault("env", {"PYTHONPATH": SOURCE})
        client = Watched(command, log_path=tmp_path / "logs" / "engine.log", **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()
    assert all(gone(pid) for pid in pids if pid)


@pytest.fixture
def scripted(make_client):
    """Return a client of the real server with an engine that obeys its prompts."""
    return make_client()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Return one client for all tests of a module that leave the process as they found it."""
    log = tmp_path_factory.mktemp("shared") / "engine.log"
    with Client([sys.executable, "-s", "-u", SCRIPTED], {"PYTHONPATH": SOURCE}, log) as client:
        client.start().wait(60.0)
        pid = client.pid
        yield client
        assert client.pid == pid  # it lived through all of them
    assert gone(pid)
