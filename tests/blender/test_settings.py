"""The panel's settings as requests: every field has a setting, and arrives."""

import importlib
import math

import bpy
import pytest

from motionllm.requests import FIELDS, GenerateRequest

OTHER = {
    "text": "a person jumps", "seconds": 3.0, "seed": 7, "temperature": 0.5, "top_p": 0.75,
    "guidance": 1.25, "cleanup": False, "best_of": 3, "turn": 45.0, "ahead": 2.0, "left": -1.0,
}  # fmt: skip


@pytest.fixture
def work(addon):
    return importlib.import_module(".work.settings", addon.__name__)


def put(work, field, value):
    """Set a field where the user does, in Blender's unit, and switch it on."""
    settings = bpy.context.scene.motionllm
    if field in work.SWITCHES:
        setattr(settings, work.SWITCHES[field], True)
    blender = math.radians(value) if field in work.UNITS else value
    setattr(settings, work.NAMES.get(field, field), blender)


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_can_be_set_in_the_panel_and_arrives(work, field):
    put(work, field, OTHER[field])
    found = getattr(work.request_of(bpy.context), field)
    expected = OTHER[field]
    close = pytest.approx(expected, rel=1e-6) if isinstance(expected, float) else expected
    assert found == close != getattr(GenerateRequest("walk"), field)


def test_what_is_switched_off_is_the_models(work):
    settings = bpy.context.scene.motionllm
    settings.use_seconds = False
    request = work.request_of(bpy.context)
    for field in work.SWITCHES:
        assert getattr(request, field) is None, field


def test_a_prompt_of_a_list_has_its_own_and_the_panels_sampling(work):
    for field in FIELDS:
        put(work, field, OTHER[field])
    row = bpy.context.scene.motionllm_crowd.prompts.add()
    row.text, row.use_seed, row.seed = "a person waves", True, 5
    (line,) = work.lines_of(bpy.context)
    assert line.request == GenerateRequest(
        "a person waves", None, 5, temperature=0.5, top_p=0.75, guidance=1.25, cleanup=False
    )
    assert line.own_seed and not line.own_seconds
