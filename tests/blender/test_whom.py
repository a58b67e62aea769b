"""Whom a button is for: the pinned, the selected, the only one; or why nobody."""

import bpy
import numpy as np
import pytest

from tests.helpers.extension import module
from tests.helpers.layout import Layout


@pytest.fixture
def scene(scripted):
    scripted.motionllm.seconds = 1.0
    return scripted


def add(name):
    bpy.ops.motionllm.add_character()
    bpy.context.object.name = name
    return bpy.context.object


def select(*things):
    bpy.context.view_layer.update()
    for thing in bpy.context.view_layer.objects:
        thing.select_set(thing in things)
    bpy.context.view_layer.objects.active = things[0] if things else None


def linked(thing):
    bpy.context.scene.collection.objects.link(thing)
    return thing


def meant():
    return [one.name for one in module("scene.target").find_targets(bpy.context)]


def said():
    """Return what the panel says beside the button."""
    texts = []
    module("panels.character").draw_whom(Layout(texts), bpy.context)
    return " ".join(texts)


def animated():
    return {
        thing.name for thing in bpy.data.objects
        if thing.animation_data is not None and thing.animation_data.action is not None
    }  # fmt: skip


def test_the_selected_one_and_not_the_one_added_last(scene):
    one = add("One")
    add("Two")
    assert scene.motionllm.target is None  # adding pins nobody
    select(one)
    bpy.ops.motionllm.generate()
    assert animated() == {"One"} and said().split() == ["One"]


@pytest.mark.usefixtures("scene")
def test_two_selected_get_it_both():
    one, two = add("One"), add("Two")
    select(two, one)
    bpy.ops.motionllm.generate()
    assert animated() == {"One", "Two"} and "Two, One" in said()
    assert any("on Two, One" in line for line in module("work.status").status.details)


def test_a_pin_is_meant_until_it_is_deleted(scene):
    one, two = add("One"), add("Two")
    scene.motionllm.target = one
    select(two)
    assert meant() == ["One"] and "One" in said()
    select(one)
    bpy.ops.object.delete()  # the pin points to it still
    bpy.context.view_layer.update()
    assert scene.motionllm.target is None and meant() == ["Two"]


@pytest.mark.usefixtures("scene")
def test_nothing_selected():
    assert meant() == [] and "Generate adds" in said()
    one = add("One")
    linked(bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT")))
    select()
    assert meant() == ["One"]
    select(bpy.data.objects["Lamp"])
    assert meant() == ["One"]
    add("Two")
    select()
    with pytest.raises(RuntimeError, match="'One', 'Two'"):
        bpy.ops.motionllm.generate()
    assert "there are 2" in said() and not animated()
    select(one.children[0])
    assert meant() == ["One"]


@pytest.mark.usefixtures("scene")
def test_what_belongs_to_a_rig_stands_for_it():
    one = add("One")
    add("Two")
    hat = linked(bpy.data.objects.new("Hat", bpy.data.meshes.new("Hat")))
    hat.parent = one.children[0]
    empty = linked(bpy.data.objects.new("Import", None))
    one.parent = empty
    people = bpy.data.collections.new("People")
    bpy.context.scene.collection.children.link(people)
    people.objects.link(one)
    instance = linked(bpy.data.objects.new("Copy", None))
    instance.instance_type, instance.instance_collection = "COLLECTION", people
    for thing in (hat, empty, instance):
        select(thing)
        assert meant() == ["One"], thing.name


@pytest.mark.usefixtures("scene")
def test_a_rig_that_is_out_of_reach_is_named():
    add("One")
    body = linked(bpy.data.objects.new("Body", bpy.data.meshes.new("Body")))
    modifier = body.modifiers.new("Armature", "ARMATURE")
    select(body)
    assert "'Body' has no armature" in said()
    elsewhere = bpy.data.objects.new("Away", bpy.data.armatures.new("Away"))
    modifier.object = elsewhere
    assert "'Away' of 'Body' is not in the scene" in said()
    people = bpy.data.collections.new("People")
    people.objects.link(elsewhere)
    instance = linked(bpy.data.objects.new("Copy", None))
    instance.instance_type, instance.instance_collection = "COLLECTION", people
    select(instance)
    assert "'Away' in it is not in the scene" in said() and "make the instance real" in said()


@pytest.mark.usefixtures("scene")
def test_linked_people_are_told_before_the_wait(tmp_path):
    one = add("One")
    people = bpy.data.collections.new("People")
    people.objects.link(one)
    bpy.data.libraries.write(str(tmp_path / "people.blend"), {people})
    bpy.data.collections.remove(people)
    with bpy.data.libraries.load(str(tmp_path / "people.blend"), link=True) as (_, to):
        to.collections = ["People"]
    bpy.data.objects.remove(one)
    instance = linked(bpy.data.objects.new("Copy", None))
    instance.instance_type, instance.instance_collection = "COLLECTION", to.collections[0]
    select(instance)
    assert "is in another file" in said() and "library override" in said()
    with pytest.raises(RuntimeError, match="is in another file"):
        bpy.ops.motionllm.generate()
    bpy.context.scene.collection.children.link(to.collections[0])
    assert "'One' is linked from another file" in said()
    with pytest.raises(RuntimeError, match="linked from another file"):
        bpy.ops.motionllm.generate()
    assert not module("work.jobs").busy() and not bpy.data.actions


def test_a_character_is_set_down_beside_what_stands_there(scene):
    bpy.ops.mesh.primitive_plane_add(size=20.0)  # a floor is no obstacle
    assert tuple(add("First").location) == (0.0, 0.0, 0.0)
    assert 1.6 < add("Second").location.x < 2.5  # beside the first
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    cube = bpy.context.object
    place = add("Third").location
    assert 1.2 < np.hypot(place.x, place.y) < 2.0 and place.z == 0.0
    cube.scale = (5.0, 5.0, 5.0)  # a room, in which one stands
    bpy.context.view_layer.update()
    scene.cursor.location = (0.0, 3.0, 0.0)
    assert tuple(add("Fourth").location) == (0.0, 3.0, 0.0)


@pytest.mark.usefixtures("scene")
def test_playback_is_fitted_when_asked():
    with pytest.raises(RuntimeError, match="no motion"):
        bpy.ops.motionllm.fit_playback()
    add("One")
    scene = bpy.context.scene
    scene.frame_set(40)
    scene.motionllm.start = "CURRENT"
    bpy.ops.motionllm.generate()
    assert (scene.frame_start, scene.frame_end) == (1, 250)
    assert bpy.ops.motionllm.fit_playback() == {"FINISHED"}
    assert (scene.frame_start, scene.frame_end) == (40, 64)
