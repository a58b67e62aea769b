"""What the panel tells of a sentence: Check for any animated rig, ticks of what was made."""

import armatures
import bpy
import numpy as np
import pytest

from motionllm.judge.clause import Verdict
from tests.helpers.extension import module
from tests.helpers.layout import Layout
from tests.helpers.puppet import Puppet, raise_arm, smoothstep

SENTENCE = "a man walks forward while waving with his right hand, like a zombie"


def status():
    return module("work.status").status


def drawn(name="check", panel="MOTIONLLM_PT_check"):
    said = []
    stand_in = type("Panel", (), {"layout": Layout(said)})()
    getattr(module(f"panels.{name}"), panel).draw(stand_in, bpy.context)
    return said


def check(text):
    bpy.context.scene.motionllm.sentence = text
    assert bpy.ops.motionllm.check() == {"FINISHED"}
    return status().check


def refused(text, words):
    bpy.context.scene.motionllm.sentence = text
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.motionllm.check()
    assert status().check is None and words in status().error


def waving():
    """Somebody who walks forward and waves with the right hand."""
    puppet = Puppet(4).go(1.1, 0)
    up = smoothstep(puppet.time, 0.2, 0.7) - smoothstep(puppet.time, 3.5, 4.0)
    puppet = raise_arm(puppet, "right", up)
    return puppet.bend("right_elbow", (0, 0, 1), 25 * np.sin(3 * np.pi * puppet.time) - 30).clip()


@pytest.mark.parametrize("scheme", ["SMPL-H", "MIXAMO"])
@pytest.mark.usefixtures("scripted")
def test_any_rig_is_checked(scheme):
    armature = armatures.build(scheme, 0.6, 100.0, True)
    bpy.context.scene.render.fps = 24
    clip = waving()
    module("scene.bake").bake(clip, armature, bpy.context.scene)
    verdict = check(SENTENCE)
    assert verdict.holds and len(verdict.ticks) == 2 and verdict.unread == ("zombie",)
    said = drawn()
    assert armature.name in said and "Not checked: zombie" in said
    assert [tick.words for tick in verdict.ticks] == [text for text in said if "wa" in text][-2:]
    assert not check("a man waves with his left hand").holds
    # Only the frames that are set: in the first half second no hand is up yet.
    settings = bpy.context.scene.motionllm
    settings.use_range, settings.frame_start, settings.frame_end = True, 1, 8
    assert not check("a man waves with his right hand").holds


@pytest.mark.usefixtures("scripted")
def test_a_hand_keyed_character_is_checked():
    bpy.ops.motionllm.add_character()
    armature = bpy.context.object
    bone = armature.pose.bones["left_shoulder"]
    bone.rotation_mode = "XYZ"
    clip = raise_arm(Puppet(2), "left", np.ones(60)).clip()
    module("scene.bake").bake(clip, armature, bpy.context.scene)
    raised = bone.rotation_euler.copy()
    armature.animation_data_clear()
    for frame, angles in ((1, (0.0, 0.0, 0.0)), (20, raised), (40, raised), (60, (0.0,) * 3)):
        bone.rotation_euler = angles
        bone.keyframe_insert("rotation_euler", frame=frame)
    assert check("someone raises the left arm").holds
    assert not check("someone raises the right arm").holds
    # Ticks are of what was checked: not of another motion, nor of another character.
    assert armature.name in drawn()
    armature.animation_data.action = None
    assert armature.name not in drawn()


@pytest.mark.usefixtures("scripted")
def test_what_cannot_be_checked_is_told_in_a_sentence():
    refused("a person walks", "There is no character in the scene")
    armature = armatures.build("SMPL-H")
    refused("  ", "There is no sentence to check")
    refused("a person walks", "SMPL-H has no motion that could be checked")
    module("scene.bake").bake(Puppet(2).clip(), armature, bpy.context.scene)
    assert check("a person stands still").holds  # animated, and still on purpose
    assert check("a zebra").ticks == () and "Nothing in it can be checked." in drawn()
    refused("walk " * 400, "limit is 1,000")
    bpy.ops.object.armature_add()
    refused("a person walks", "armature 'Armature'")


LUCKY = "a lucky person walks while waving with the right hand"


def generate(seed=0, prompt=LUCKY):
    settings = bpy.context.scene.motionllm
    settings.prompt, settings.seed, settings.seconds, settings.best_of = prompt, seed, 3.0, 1
    assert bpy.ops.motionllm.generate() == {"FINISHED"}


def box():
    said = []
    module("panels.progress").draw_status(Layout(said), bpy.context)
    return said


@pytest.fixture
def character(scripted):
    bpy.ops.motionllm.add_character()
    assert scripted == bpy.context.scene
    return bpy.context.object


def test_what_failed_is_drawn_again_until_it_is_there(character):
    generate()
    first = character.animation_data.action
    assert status().verdict.told() == "walks ✓  waving with the right hand ✗"
    assert "walks  waving with the right hand  Not checked: lucky" in " ".join(box())
    assert "motionllm.redraw" in box()
    assert bpy.ops.motionllm.redraw() == {"FINISHED"}
    assert character.animation_data.action == first and len(bpy.data.actions) == 1
    assert "Nothing better was drawn with the seeds 1 to 4." in status().details
    assert "motionllm.redraw" in box()
    bpy.context.scene.motionllm.prompt = "a person stands"  # what is shown is drawn again
    bpy.context.scene.motionllm.seconds = 1.0
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.motionllm.redraw() == {"FINISHED"}
    name, action = character.name, character.animation_data.action
    assert action.name.startswith("a lucky person walks") and "(seed 6)" in action.name
    assert action["motionllm_text"] == LUCKY and Verdict.from_json(action["motionllm_ticks"]).holds
    assert action.frame_end == first.frame_end and first in bpy.data.actions.values()
    assert status().missed is None and "motionllm.redraw" not in box()
    with pytest.raises(RuntimeError, match="No take is shown here"):
        bpy.ops.motionllm.redraw()
    bpy.ops.ed.undo()
    assert "(seed 0)" in bpy.data.objects[name].animation_data.action.name


def test_a_better_take_is_what_generate_makes_with_its_seed(character):
    generate(2)
    bpy.ops.motionllm.redraw()
    action = character.animation_data.action
    assert action["motionllm_seed"] == "6"
    settings = bpy.context.scene.motionllm
    settings.seed = 6
    assert module("work.same_take").offered(bpy.context) and status().missed is None
    generate(6)
    again = character.animation_data.action
    assert again != action
    curves = module("scene.actions").curves
    for one, other in zip(curves(action), curves(again), strict=True):
        points = [[point.co[1] for point in curve.keyframe_points] for curve in (one, other)]
        assert points[0] == points[1]


def test_a_take_that_exists_can_be_drawn_again_as_well(character):
    generate(3)
    generate(8, "a person walks")
    assert status().missed is None
    settings = bpy.context.scene.motionllm
    settings.prompt, settings.seed = LUCKY, 3
    assert module("work.same_take").offered(bpy.context)
    assert status().verdict.told().endswith("waving with the right hand ✗")
    bpy.ops.motionllm.redraw()
    assert character.animation_data.action["motionllm_seed"] == "6"


@pytest.mark.usefixtures("character")
def test_strips_and_several_characters_are_not_drawn_again():
    bpy.context.scene.motionllm.as_strip = True
    generate()
    assert not status().verdict.holds and status().missed is None
    bpy.context.scene.motionllm.as_strip = False
    generate()
    assert status().missed is not None
    character = bpy.context.object
    bpy.data.objects.remove(character)
    with pytest.raises(RuntimeError, match="removed meanwhile"):
        bpy.ops.motionllm.redraw()


def test_the_queue_tells_what_each_motion_shows(character):
    panel = bpy.context.scene.motionllm
    panel.seconds, panel.seed = 3.0, 6
    prompts = bpy.context.scene.motionllm_crowd.prompts
    for text in (LUCKY, LUCKY + " in order", LUCKY + " now", "a zebra", "refuse"):
        prompts.add().text = text  # with the seeds 6, 7, 8 ...
    bpy.ops.motionllm.queue()
    table = bpy.context.window_manager.motionllm_queue
    verdicts = [Verdict.from_json(row.ticks) for row in table.rows]
    assert [(one.shown, len(one.ticks)) for one in verdicts] == [
        (2, 2), (2, 2), (1, 2), (0, 0), (0, 0)
    ]  # fmt: skip
    assert "2 of 3 show every clause of their text." in status().details
    table.index = 2
    said = " ".join(drawn("queue", "MOTIONLLM_PT_queue"))
    assert "waving with the right hand now" in said and "Not checked: lucky" in said
    panel.loop = bpy.context.scene.motionllm_crowd.in_sequence = True
    bpy.ops.motionllm.queue()
    assert [Verdict.from_json(row.ticks).shown for row in table.rows] == [2, 2, 1, 0, 0]
    assert character.animation_data.action.get("motionllm_ticks") is None  # of several sentences


def test_a_row_of_the_queue_is_drawn_again(character):
    panel = bpy.context.scene.motionllm
    panel.seconds, panel.seed = 3.0, 2
    prompts = bpy.context.scene.motionllm_crowd.prompts
    for text in (LUCKY, "a person walks", LUCKY):
        prompts.add().text = text  # with the seeds 2, 3, 4
    bpy.ops.motionllm.queue()
    table = bpy.context.window_manager.motionllm_queue
    table.index = 1
    assert "motionllm.redraw" not in drawn("queue", "MOTIONLLM_PT_queue")
    table.index = 0
    assert "motionllm.redraw" in drawn("queue", "MOTIONLLM_PT_queue")
    before = table.rows[0].action
    assert bpy.ops.motionllm.redraw(row=0) == {"FINISHED"}
    assert table.rows[0].action != before
    assert Verdict.from_json(table.rows[0].ticks).holds
    assert "motionllm.redraw" not in drawn("queue", "MOTIONLLM_PT_queue")
    assert bpy.ops.motionllm.show_take(row=2) == {"FINISHED"}
    assert bpy.ops.motionllm.show_take(row=0) == {"FINISHED"}
    action = character.animation_data.action
    assert action["motionllm_seed"] == "6" and action["motionllm_text"] == LUCKY
    with pytest.raises(RuntimeError, match="No take is shown here"):
        bpy.ops.motionllm.redraw(row=1)
    bpy.data.actions.remove(bpy.data.actions[f"{action.name[:-9]} (seed 4)"])
    with pytest.raises(RuntimeError, match="removed meanwhile"):
        bpy.ops.motionllm.redraw(row=2)


@pytest.mark.usefixtures("character")
def test_a_crowd_tells_what_each_motion_shows():
    panel = bpy.context.scene.motionllm_crowd
    bpy.context.scene.motionllm.prompt, bpy.context.scene.motionllm.best_of = LUCKY, 1
    panel.who, panel.count, panel.to_end, panel.seconds, panel.seed = "ADD", 3, False, 3.0, 6
    panel.width = panel.depth = 12.0
    assert bpy.ops.motionllm.crowd() == {"FINISHED"}
    table = bpy.context.window_manager.motionllm_queue.rows
    assert sorted(Verdict.from_json(row.ticks).shown for row in table) == [1, 2, 2]
    assert "2 of 3 show every clause of their text." in status().details


@pytest.mark.usefixtures("addon")
def test_where_it_ends_says_what_can_be_reached():
    panel = bpy.context.scene.motionllm
    panel.prompt, panel.seconds = "a person walks", 4.0

    def said():
        return " ".join(drawn("end", "MOTIONLLM_PT_end"))

    assert "covers" not in said()
    panel.use_place, panel.ahead = True, 3.0
    assert "In 4 s a walk covers up to 5.6 m." in said()
    panel.ahead = 10.0
    assert "10.0 m in 4 s is faster than a walk" in said() and "Give it 7.2 s" in said()
    panel.prompt = "a person runs"
    assert "In 4 s a run covers up to 12.8 m." in said()
    panel.loop = True
    assert "A loop ends where it begins" in said()
    panel.loop, panel.seconds = False, 12.0
    assert "motions of up to 10 s" in said()
    panel.prompt = ""
    assert "covers" not in said() and "10 s" not in said()  # the prompt comes first
