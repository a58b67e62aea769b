"""Clips go onto rigs and crowds into scenes as they did when that was recorded, per Blender."""

from pathlib import Path

import bpy
import pytest

import motionllm
from tests.helpers.answers import Recorded
from tests.helpers.extension import module
from tests.recorded import record

RECORDED = Recorded("blender")
VERSION = ".".join(str(part) for part in bpy.app.version[:2])
KNOWN = RECORDED.answers.get(VERSION)

pytestmark = pytest.mark.skipif(KNOWN is None, reason=f"nothing was recorded of {VERSION}")


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Everything asked for once, of the installed extension's wheel and model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(motionllm.__file__).resolve().parent.parent))
        patch.setenv("MOTIONLLM_BACKBONE", str(module("work.engine").find_backbone()))
        return record.record("blender", tmp_path_factory.mktemp("recorded"))[VERSION]


def test_what_was_asked_for_is_answered(answers):
    assert answers["said"].keys() == KNOWN["said"].keys()


@pytest.mark.parametrize("name", KNOWN["said"] if KNOWN else [])
def test_it_says_the_same(answers, name):
    RECORDED.check_said(answers["said"][name], KNOWN["said"][name])


def test_it_writes_the_same_files(answers):
    RECORDED.check_files(answers["files"], KNOWN["files"])
