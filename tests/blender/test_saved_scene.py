"""A file as the version before left it opens, shows its settings, and goes on."""

import importlib.util
import json
from pathlib import Path

import bpy
import pytest

from tests.helpers.extension import module

RECORDED = Path(__file__).resolve().parents[1] / "recorded"


def make_scene():
    """Return the script that wrote the file: it says what is shown."""
    spec = importlib.util.spec_from_file_location("make_scene", RECORDED / "make_scene.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@pytest.fixture
def saved(scripted):
    assert not scripted.motionllm.is_property_set("prompt")  # an empty scene
    bpy.ops.wm.open_mainfile(filepath=str(RECORDED / "saved_scene.blend"), load_ui=False)
    module("headless.files").renew_context()
    return bpy.context.scene


def known(shown, before):
    """Return what is shown, without settings that the version before did not have."""
    if not isinstance(before, dict):
        return shown
    return {key: known(shown[key], value) for key, value in before.items() if key in shown}


def test_its_settings_are_shown(saved):
    shown = make_scene().shown()
    before = json.loads((RECORDED / "saved_scene.json").read_text())
    assert known(shown, before) == before
    assert shown["actions"].keys() == before["actions"].keys()
    assert saved.motionllm.target.name == "MotionLLM Character"


def test_it_goes_on(saved):
    """With what is set there, as far as one request can have it all."""
    settings = saved.motionllm
    armature = settings.target
    before, count = armature.animation_data.action, len(bpy.data.actions)
    settings.use_range = False
    settings.people, settings.best_of = 2, 1
    assert bpy.ops.motionllm.generate() == {"FINISHED"}
    action = armature.animation_data.action
    assert action != before and len(bpy.data.actions) == count + 1
    assert action["motionllm_text"] == settings.prompt and action["motionllm_seed"] == "3"
    assert settings.seed == 4  # another one each time, as it was set
    assert bpy.ops.motionllm.caption() == {"FINISHED"}
    status = module("work.status").status
    assert status.caption.startswith("a person moves for")
    saved.motionllm_captions.csv_path = ""
    assert bpy.ops.motionllm.caption_many() == {"FINISHED"}
    assert action.asset_data.description  # to assets, as it was set
