"""A result belongs to the file, the scene and the character it was asked for, however called."""

import os
import time

import bpy
import pytest

from tests.helpers.extension import module
from tests.helpers.layout import Layout

BLANK = {"use_empty": True, "use_factory_startup": True}


@pytest.fixture
def scene(scripted):
    bpy.ops.motionllm.add_character()
    bpy.context.object.name = "Hero"
    scripted.motionllm.seconds = 1.0
    return scripted


def start(prompt="a person moves"):
    bpy.context.scene.motionllm.prompt = prompt
    module("work.generate_one").begin(bpy.context)


def wait(limit=20.0):
    """Pump the job to its end; return the panel's status."""
    jobs, deadline = module("work.jobs"), time.monotonic() + limit
    while jobs.pump():
        assert time.monotonic() < deadline, vars(jobs.status)
        time.sleep(0.01)
    return jobs.status


def action_of(name):
    data = bpy.data.objects[name].animation_data
    return data.action if data is not None else None


def captioned():
    """Return what the panel's Caption section says."""
    said = []
    panel = type("Panel", (), {"layout": Layout(said)})()
    module("panels.captions").MOTIONLLM_PT_caption.draw(panel, bpy.context)
    return " ".join(said)


@pytest.mark.usefixtures("scene")
def test_who_is_renamed_gets_it_and_not_who_is_called_so_now():
    bpy.ops.motionllm.add_character()
    other = bpy.context.object
    bpy.data.objects["Hero"].select_set(True)
    other.select_set(False)
    bpy.context.view_layer.objects.active = bpy.data.objects["Hero"]
    start()
    bpy.data.objects["Hero"].name, other.name = "Heroine", "Hero"
    bpy.context.scene.name = "Stage"
    assert not wait().error
    assert action_of("Heroine") and not action_of("Hero")


@pytest.mark.usefixtures("scene")
def test_a_rename_is_undone_meanwhile():
    bpy.ops.ed.undo_push(message="before")
    bpy.data.objects["Hero"].name = "Heroine"
    bpy.ops.ed.undo_push(message="rename")
    start()
    bpy.ops.ed.undo()
    assert "Heroine" not in bpy.data.objects
    assert not wait().error
    assert action_of("Hero")["motionllm_text"] == "a person moves"


@pytest.mark.usefixtures("scene")
def test_another_file_holds_it_back(tmp_path):
    """There is a character of the same name in a scene of the same name: it is not the one."""
    path = tmp_path / "walk.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    start("a walk")
    bpy.ops.wm.open_mainfile(filepath=str(path))
    status = wait()
    assert "walk.blend" in status.error and "held back" in status.hint
    assert not bpy.data.actions
    hero = bpy.data.objects["Hero"]
    assert hero.select_get() and bpy.ops.motionllm.write_held() == {"FINISHED"}
    assert action_of("Hero")["motionllm_text"] == "a walk"
    assert not bpy.ops.motionllm.write_held.poll()


@pytest.mark.usefixtures("scene")
def test_who_was_deleted_has_it_held_back_for_somebody_else():
    """Deleted as in the viewport, and kept in the file by something that points to it."""
    bpy.context.scene["kept"] = bpy.context.object
    start()
    bpy.ops.object.delete()
    assert "Hero" in bpy.data.objects
    status = wait()
    assert "'Hero' was removed" in status.error and module("work.held").is_kept()
    said = []
    module("panels.progress").draw_status(Layout(said), bpy.context)
    assert "motionllm.write_held" in said
    bpy.ops.motionllm.add_character()
    assert bpy.ops.motionllm.write_held() == {"FINISHED"}
    assert action_of(bpy.context.object.name) and not bpy.ops.motionllm.drop_held.poll()


@pytest.mark.usefixtures("scene")
def test_captions_of_another_file_are_not_written_into_this_one(tmp_path):
    bpy.ops.motionllm.generate()
    path = tmp_path / "walk.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    module("work.caption_many").begin(bpy.context)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    assert "Another file" in wait().error
    assert "motionllm_caption" not in action_of("Hero")
    module("work.caption_one").begin(bpy.context)
    bpy.ops.wm.read_homefile(**BLANK)
    assert "Another file" in wait().error and not module("work.status").status.caption


@pytest.mark.usefixtures("scene")
def test_a_caption_is_shown_with_whom_and_what_it_is_of():
    bpy.ops.motionllm.generate()
    assert bpy.ops.motionllm.caption() == {"FINISHED"}
    assert "Hero" in captioned() and "a person moves for" in captioned()
    bpy.ops.motionllm.add_character()
    assert "a person moves for" not in captioned()  # somebody else is chosen
    bpy.context.object.select_set(False)
    hero = bpy.data.objects["Hero"]
    hero.select_set(True)
    bpy.context.view_layer.objects.active = hero
    assert "a person moves for" in captioned()
    bpy.ops.motionllm.generate()
    assert "a person moves for" not in captioned()  # it does something else by now


def test_a_path_beside_a_file_that_is_nowhere_is_refused_before_the_wait(scene, tmp_path):
    settings = scene.motionllm_captions
    settings.csv_path = "//captions-of-nothing.csv"
    with pytest.raises(RuntimeError, match="not saved yet"):
        bpy.ops.motionllm.caption_many()
    bpy.ops.motionllm.prompt_edit(what="ADD")
    for operator in (bpy.ops.motionllm.prompts_export, bpy.ops.motionllm.prompts_import):
        with pytest.raises(RuntimeError, match="not saved yet"):
            operator(filepath="//captions-of-nothing.csv")
    assert not os.path.exists("/captions-of-nothing.csv")
    bpy.ops.motionllm.generate()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    assert bpy.ops.motionllm.caption_many() == {"FINISHED"}
    assert (tmp_path / "captions-of-nothing.csv").is_file()
