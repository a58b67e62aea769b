"""The torch engine answers requests of every kind in float32 as it did when they were recorded."""

import pytest

from tests.helpers.answers import Recorded
from tests.recorded import record

pytest.importorskip("torch")

RECORDED = Recorded("torch")
KNOWN = RECORDED.answers


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Everything asked for once, in one process."""
    return record.record("torch", tmp_path_factory.mktemp("recorded"))


@pytest.mark.parametrize("name", KNOWN["said"])
def test_it_says_the_same(answers, name):
    RECORDED.check_said(answers["said"][name], KNOWN["said"][name])


@pytest.mark.parametrize("name", KNOWN["clips"])
def test_it_makes_the_same_motion(answers, name):
    RECORDED.check_clip(answers["clips"][name], KNOWN["clips"][name])


def test_it_writes_the_same_files(answers):
    assert answers["clips"].keys() == KNOWN["clips"].keys()
    RECORDED.check_files(answers["files"], KNOWN["files"])
