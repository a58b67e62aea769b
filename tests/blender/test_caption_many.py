"""Captions of many: names, assets, markers, tables; one that fails never stops the others."""

import csv

import bpy
import numpy as np
import pytest

from tests.helpers.extension import module
from tests.helpers.layout import Layout
from tests.helpers.synthetic import make_clip


def character(name, seconds=2.0, seed=0):
    """Add a character that does something."""
    for thing in bpy.context.selected_objects:
        thing.select_set(False)
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    armature.name = name
    clip = make_clip(seed, round(seconds * 30))
    module("scene.bake").bake(clip, armature, bpy.context.scene, 1).name = f"act {name}"
    return armature


def crane(name="Crane"):
    """Add an armature that is nobody."""
    data = bpy.data.armatures.new(name)
    thing = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    data.edit_bones.new("Boom").tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    return thing


def select(*things):
    for thing in bpy.context.view_layer.objects:
        thing.select_set(thing in things)


@pytest.fixture
def scene(scripted):
    scripted.render.fps = 30
    return scripted


def test_selected_characters_get_names_properties_and_a_table(scene, tmp_path):
    people = [character("A", 2.0), character("B", 3.0), crane()]
    select(*people)
    settings = scene.motionllm_captions
    settings.to_names, settings.csv_path = True, str(tmp_path / "table.csv")
    scene.frame_set(7)
    assert bpy.ops.motionllm.caption_many() == {"FINISHED"}
    status = module("work.jobs").status
    assert status.message == "2 described, 1 could not be"
    assert any(line.startswith("Crane: ") for line in status.details)
    assert [thing.name.partition(" seconds")[0] for thing in people] == [
        "moves for 2.0", "moves for 3.0", "Crane",
    ]  # fmt: skip
    caption = people[1].animation_data.action["motionllm_caption"]
    assert caption.startswith("a person moves for 3.0 seconds") and scene.frame_current == 7
    rows = list(csv.DictReader((tmp_path / "table.csv").open()))
    assert [row["name"] for row in rows] == ["A", "B", "Crane"]
    assert rows[0]["caption"] and rows[2]["error"] and float(rows[1]["end"]) == 3.0


def test_every_action_is_described_without_being_left_on(scene):
    armature = character("A", 2.0, 1)
    first = armature.animation_data.action
    second = module("scene.bake").bake(make_clip(2, 120), armature, scene, 1)
    second.name = "second"
    armature.animation_data.action = first
    armature.animation_data.use_nla = True
    light = bpy.data.actions.new("light")  # moves no bones
    assert bpy.ops.motionllm.generate.poll()
    scene.frame_set(20)
    poses = [np.array(bone.matrix) for bone in armature.pose.bones]
    settings = scene.motionllm_captions
    settings.source, settings.to_assets, settings.to_markers = "ACTIONS", True, True
    bpy.ops.motionllm.caption_many()
    assert "2.0 seconds" in first["motionllm_caption"]
    assert second["motionllm_caption"] and second.asset_data.description
    assert "motionllm_caption" not in light
    assert "moves" in {tag.name for tag in second.asset_data.tags}
    assert [marker.frame for marker in second.pose_markers][0] == 1
    assert not scene.timeline_markers
    assert armature.animation_data.action == first and armature.animation_data.use_nla
    scene.frame_set(20)
    after = [np.array(bone.matrix) for bone in armature.pose.bones]
    assert np.allclose(poses, after, atol=1e-5)


def test_an_action_without_a_character_is_told(scene):
    character("A")
    other = bpy.data.actions.new("alien")
    writer = module("scene.actions").ActionWriter("alien two", bpy.context.object)
    writer.write('pose.bones["Tentacle"].location', "Tentacle", 1, np.zeros((30, 3)))
    scene.motionllm_captions.source = "ACTIONS"
    bpy.ops.motionllm.caption_many()
    details = module("work.jobs").status.details
    assert any("alien two" in line and "has the bones" in line for line in details)
    assert not any(line.startswith(other.name + ":") for line in details)


def test_pieces_become_markers(scene):
    """Somebody stands, then walks off: two pieces, a marker each, and none twice."""
    armature = character("A")
    still, moving = make_clip(3, 120), make_clip(3, 120)
    rotations = np.concatenate([np.repeat(still.rotations[:1], 120, 0), moving.rotations])
    way = np.concatenate([np.repeat(still.translation[:1], 120, 0), moving.translation])
    clip = type(still).build(30.0, rotations, way)
    module("scene.bake").bake(clip, armature, scene, 11)
    select(armature)
    scene.motionllm_captions.to_markers = True
    bpy.ops.motionllm.caption_many()
    frames = sorted(marker.frame for marker in scene.timeline_markers)
    assert frames[0] == 11 and any(abs(frame - 131) <= 20 for frame in frames[1:])
    bpy.ops.motionllm.caption_many()
    assert len(scene.timeline_markers) == len(frames)


def test_one_undo_step(scene):
    people = [character("A"), character("B")]
    select(*people)
    scene.motionllm_captions.to_names = True
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.motionllm.caption_many()
    assert "A" not in bpy.data.objects and "B" not in bpy.data.objects
    bpy.ops.ed.undo()
    assert "A" in bpy.data.objects and "B" in bpy.data.objects


def test_the_window_is_looked_after_and_cancelling_keeps_what_was_described(scene):
    """A step of reading is short, whatever the length; nothing is changed in between."""
    import time

    people = [character("A", 2.0), character("B", 60.0)]
    select(*people)
    jobs, work = module("work.jobs"), module("work.caption_many")
    sources, failures = module("work.caption_sources").selected(bpy.context)
    client = module("work.engine").client()
    run = module("work.caption_run").CaptionRun(
        sources, failures, False, lambda values: client.request("caption", values)
    )
    wishes = module("work.caption_results").Wishes()
    asked = module("scene.ids").remember(scene)
    jobs.begin("Describing", run, lambda _: work.finish(run.described, wishes, asked))
    longest, deadline = 0.0, time.monotonic() + 60
    while jobs.status.done <= jobs.status.total / 2:  # all are read, and one is described
        began = time.process_time()
        assert jobs.pump() and time.monotonic() < deadline
        longest = max(longest, time.process_time() - began)
    assert longest < 1.0 and scene.frame_current == 1
    assert not bpy.ops.motionllm.caption_many.poll()
    jobs.cancel()
    while jobs.pump():
        pass
    assert jobs.status.error_code == "cancelled" and "1 were described" in jobs.status.hint
    assert people[0].animation_data.action["motionllm_caption"]
    assert "motionllm_caption" not in people[1].animation_data.action


def test_the_panel_asks_for_nothing_that_is_not_there(scene):
    from types import SimpleNamespace

    said = []
    layout = Layout(said)
    panel = module("panels.captions").MOTIONLLM_PT_captions
    panel.draw(SimpleNamespace(layout=layout), bpy.context)
    assert {"Piece by Piece", "Name", "Asset", "Markers", "Table"} <= set(said)
    said.clear()
    scene.motionllm_captions.to_markers = True  # then there are pieces whatever the tick says
    panel.draw(SimpleNamespace(layout=layout), bpy.context)
    assert "Piece by Piece, for markers" in said and "Piece by Piece" not in said


def test_nobody_to_describe_is_told(scene):
    with pytest.raises(RuntimeError, match=r"(?i)choose"):
        bpy.ops.motionllm.caption_many()
    scene.motionllm_captions.source = "ACTIONS"
    with pytest.raises(RuntimeError, match="No action in this file"):
        bpy.ops.motionllm.caption_many()
    crane().select_set(True)
    scene.motionllm_captions.source = "SELECTED"
    with pytest.raises(RuntimeError):
        bpy.ops.motionllm.caption_many()
    assert module("work.jobs").status.error
