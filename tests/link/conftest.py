"""Clients of the real server with an engine that obeys its prompts."""

import sys

import pytest

from motionllm.link.client import Client
from tests.helpers.servers import SCRIPTED, SOURCE, gone


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
