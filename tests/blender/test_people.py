"""Several people from one sentence: characters chosen and added, one space, one undo step."""

import armatures
import bpy
import numpy as np
import pytest

from motionllm.link import protocol
from motionllm.motion import skeleton
from motionllm.motion.clip import clip_from_bytes
from motionllm.motion.root import roots_of, seen_from
from tests.helpers.extension import module

LIMIT = 0.02  # metres


def ask(prompt, people=2, seconds=2.0, seed=3):
    settings = bpy.context.scene.motionllm
    settings.prompt, settings.seconds, settings.seed = prompt, seconds, seed
    settings.people = people
    settings.lock_feet = False  # what is compared here is where people are
    bpy.context.scene.render.fps = 30


def answer(parameters):
    """Return the clips of an answer to these parameters, asked beside the operator."""
    engine = module("work.engine")
    pending = engine.client().request("generate", parameters | engine.pack_parameter(bpy.context))
    return [clip_from_bytes(protocol.unpack_bytes(text)) for text in pending.wait(300)["clips"]]


def select(*things):
    for thing in bpy.context.view_layer.objects:
        thing.select_set(thing in things)
    bpy.context.view_layer.objects.active = things[0] if things else None


def joints_of(armature, frames):
    """Return where the character's joints are in the world, in the clip's axes."""
    found = armatures.evaluated_joints(armature, skeleton.JOINT_NAMES, range(1, 1 + frames))
    return found[..., [0, 2, 1]] * [1.0, 1.0, -1.0]


@pytest.mark.usefixtures("scripted")
def test_people_are_added_and_chosen_in_one_space():
    """Characters far from each other, one of them turned, still meet; nobody's object moves."""
    ask("two people wave at each other", people=3)
    bpy.ops.motionllm.add_character()
    first = bpy.context.object
    bpy.ops.motionllm.add_character()
    second = bpy.context.object
    first.location, second.location = (5.0, 1.0, 0.0), (-3.0, 2.0, 0.0)
    second.rotation_euler = (0.0, 0.0, 1.2)
    bpy.context.view_layer.update()
    select(first, second)
    before = set(bpy.data.objects)
    assert bpy.ops.motionllm.people() == {"FINISHED"}
    added = [o for o in set(bpy.data.objects) - before if o.type == "ARMATURE"]
    assert len(added) == 1  # two were there
    assert tuple(second.location) == (-3.0, 2.0, 0.0)
    clips = answer({"text": "two people wave at each other", "people": 3, "seconds": 2.0,
                    "seed": 3})  # fmt: skip
    home = np.array([5.0, 0.0, -1.0])  # of the first, in the clip's axes
    for armature, clip in zip((first, second, added[0]), clips, strict=True):
        assert np.abs(joints_of(armature, clip.frames) - clip.joints - home).max() < LIMIT
        assert armature.animation_data.action["motionllm_people"] == "placed"
    assert "made alone" in " ".join(module("work.jobs").status.details)


@pytest.mark.usefixtures("scripted")
def test_one_undo_step_and_a_failure_leaves_nothing():
    ask("two people wave at each other")
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.motionllm.people() == {"FINISHED"}
    assert sum(o.type == "ARMATURE" for o in bpy.data.objects) == 2
    assert len(bpy.data.actions) == 2
    bpy.ops.ed.undo()
    assert not [o for o in bpy.data.objects if o.type == "ARMATURE"] and not bpy.data.actions
    ask("")
    with pytest.raises(RuntimeError, match="empty"):
        bpy.ops.motionllm.people()
    assert not bpy.data.actions


@pytest.mark.usefixtures("scripted")
def test_the_same_people_again_after_some_were_added():
    """Another seed is for those who are there: nobody is added a second time."""
    ask("two people wave at each other", people=3)
    bpy.ops.motionllm.add_character()
    first = bpy.context.object
    select(first)
    bpy.ops.motionllm.people()
    found = module("scene.target").chosen(bpy.context)
    assert found[0] == first and len(found) == 3
    actions = [armature.animation_data.action for armature in found]
    bpy.context.scene.motionllm.seed = 4
    bpy.ops.motionllm.people()
    assert sum(o.type == "ARMATURE" for o in bpy.data.objects) == 3
    assert not set(actions) & {armature.animation_data.action for armature in found}


@pytest.mark.usefixtures("scripted")
def test_unknown_words_are_named():
    ask("two people wave at each other like a zebra")
    bpy.ops.motionllm.people()
    assert any("zebra" in line for line in module("work.jobs").status.details[1:])


@pytest.mark.usefixtures("scripted")
def test_a_partner_for_somebody_who_is_there():
    """The partner faces the leader where the leader's own motion has taken them."""
    ask("two people wave at each other")
    bpy.ops.motionllm.add_character()
    leader = bpy.context.object
    bpy.ops.motionllm.generate()
    leader.location, leader.rotation_euler = (2.0, -1.0, 0.0), (0.0, 0.0, 2.0)
    bpy.context.scene.cursor.location = (0.0, 0.0, 1.5)  # not where the partner shall stand
    bpy.context.view_layer.update()
    select(leader)
    action = leader.animation_data.action
    assert bpy.ops.motionllm.partner() == {"FINISHED"}
    assert leader.animation_data.action == action  # untouched
    (partner,) = [o for o in bpy.data.objects if o.type == "ARMATURE" and o != leader]
    assert partner.location == leader.location
    places = []
    for armature in (leader, partner):
        root = module("scene.read").read_with_root(armature, bpy.context, 1, 30)[1]
        home = module("scene.space").upright_home(armature, bpy.context)
        points = np.array([[root[0], 0.0, root[1]], [root[0] + np.sin(root[2]), 0.0,
                                                     root[1] + np.cos(root[2])]])  # fmt: skip
        places.append(home.to_world(points))
    gap = places[1][0] - places[0][0]
    assert 0.8 < np.linalg.norm(gap) < 6.0
    for (at, ahead), towards in zip(places, (gap, -gap), strict=True):
        assert (ahead - at) @ towards > 0.8 * np.linalg.norm(gap)  # they face each other
    assert partner.name in module("work.jobs").status.details[1]
    assert bpy.ops.motionllm.partner() == {"FINISHED"}  # once more, for the same two
    assert sum(o.type == "ARMATURE" for o in bpy.data.objects) == 2
    assert leader.animation_data.action == action


@pytest.mark.usefixtures("addon")
def test_the_real_engine_makes_people():
    """With the pack in the zip; the answer says how they came about, and nobody is in anybody."""
    ask("two people bow to each other", seconds=2.0)
    assert bpy.ops.motionllm.people() == {"FINISHED"}
    clips = answer({"text": "two people bow to each other", "people": 2, "seconds": 2.0,
                    "seed": 3})  # fmt: skip
    one, other = (roots_of(clip)[0] for clip in clips)
    assert 0.4 < np.hypot(*seen_from(one, other)[:2]) < 5.0
    found = [o for o in bpy.data.objects if o.type == "ARMATURE"]
    how = {o.animation_data.action["motionllm_people"] for o in found}
    assert len(found) == 2 and len(how) == 1 and how <= {"learnt", "placed"}
    first = next(o for o in found if o.name == "MotionLLM Character")
    assert np.abs(joints_of(first, clips[0].frames) - clips[0].joints).max() < LIMIT
