"""Steered walks keep their feet, and a crowd keeps inside and apart at every frame."""

import numpy as np
import pytest

from motionllm.crowd import steer
from motionllm.crowd.area import rectangle
from motionllm.crowd.members import Member, Placed, Rules
from motionllm.crowd.plan import plan
from motionllm.crowd.spacing import spacing
from motionllm.errors import MotionError
from motionllm.motion.clip import Clip
from motionllm.motion.physics import figures
from tests.helpers.synthetic import make_clip, make_steps


def standing(seed=0, frames=90):
    clip = make_clip(seed, frames)
    return Clip.build(30.0, clip.rotations, clip.translation * [0.0, 1.0, 0.0])


def placed(result):
    return [person for person in result if isinstance(person, Placed)]


@pytest.mark.parametrize("degrees", [30.0, -45.0])
def test_a_bent_walk_keeps_its_feet(degrees):
    clip = make_steps(1, 6)
    gait = steer.read_gait(clip)
    yaw = np.radians(degrees) * np.concatenate([[0.0], np.cumsum(gait.ease[:-1])]) / clip.fps
    bent = steer.bend(clip, yaw)
    single = figures(steer.bend(clip, 0.0 * yaw))["skate_cm_s"]
    assert figures(bent)["skate_cm_s"] <= 1.2 * max(single, figures(clip)["skate_cm_s"])
    floor = bent.translation[:, [0, 2]] - bent.translation[0, [0, 2]]
    assert np.abs(floor - steer.path(gait, yaw)).max() < 1e-4
    # The path turns with the body: where it goes stays where it looks.
    turned = np.arctan2(*np.diff(floor[[0, 10, -10, -1]], axis=0)[[0, 2]].T)
    off = (turned[1] - turned[0]) - (yaw[-1] - yaw[0])
    assert abs((off + np.pi) % (2.0 * np.pi) - np.pi) < np.radians(20.0)


def test_turning_about_the_pelvis_would_slide():
    """What the support point is for: the same yaw about the pelvis moves the planted foot."""
    clip = make_steps(1, 6)
    gait = steer.read_gait(clip)
    yaw = np.radians(60.0) * np.cumsum(gait.ease) / clip.fps
    slides = []
    for support in (gait.support, np.zeros_like(gait.support)):
        one = steer.Gait(gait.steps, support, gait.ease, gait.joints, gait.reach, gait.fps)
        joints = steer.body(one, yaw, steer.path(one, yaw))
        feet = joints[:, [7, 10, 8, 11]][..., [0, 2]]
        step = np.linalg.norm(np.diff(feet, axis=0), axis=-1)
        planted = clip.contacts[1:] & clip.contacts[:-1]
        slides.append(step[planted].mean())
    assert slides[0] < 0.7 * slides[1]


@pytest.mark.parametrize("loop", [False, True])
def test_everybody_inside_and_apart(loop):
    clips = [make_steps(seed, 4) for seed in range(6)] + [standing(seed) for seed in range(5)]
    area = rectangle(9.0, 7.0)
    rules = Rules(area, 150, 0.6, loop=loop, delay=20, seed=3)
    result = plan([Member(clip) for clip in clips], rules)
    assert len(placed(result)) == len(clips)
    joints = np.stack([person.joints for person in result])
    found = spacing(joints, area)
    assert found.outside == 0 and found.closest >= 0.6 and found.gap > 0.0
    moved = np.linalg.norm(np.diff(joints, axis=1), axis=-1).max()
    assert moved < 0.3  # nobody is teleported
    assert len({round(person.heading, 3) for person in result}) == len(clips)
    again = plan([Member(clip) for clip in clips], rules)
    assert all(np.array_equal(a.joints, b.joints) for a, b in zip(result, again, strict=True))
    if loop:
        assert sum(person.cyclic for person in result) == 5
        assert len({person.start for person in result if person.cyclic}) > 1


def test_who_stands_faces_the_point():
    facing = np.array([0.0, 30.0])
    rules = Rules(rectangle(8.0, 8.0), 60, facing=facing, seed=1)
    for person in placed(plan([Member(standing(k)) for k in range(8)], rules)):
        to = facing - person.place
        assert abs(person.heading - np.arctan2(to[0], to[1])) < 0.45


def test_places_that_are_fixed_are_kept():
    fixed = [(np.array([-2.0, 0.0]), 0.5), (np.array([2.0, 0.0]), -2.0)]
    rules = Rules(rectangle(10.0, 10.0), 120, seed=2)
    members = [Member(make_steps(k, 3), 0.8, place) for k, place in enumerate(fixed)]
    for person, (place, heading) in zip(plan(members, rules), fixed, strict=True):
        assert np.array_equal(person.place, place) and person.heading == heading


def test_those_who_find_no_room_are_said_and_the_others_placed():
    rules = Rules(rectangle(2.6, 2.6), 60, 0.8)
    result = plan([Member(standing(k)) for k in range(40)], rules)
    assert 2 <= len(placed(result)) < 20
    error = next(one for one in result if isinstance(one, MotionError))
    assert "0.8 m from everybody" in str(error) and "larger" in str(error)
    people_there = [person.joints for person in placed(result)]
    more = plan([Member(standing(99))], Rules(rectangle(40.0, 40.0), 60, 0.8), people_there)
    joints = np.stack([*people_there, more[0].joints])
    assert spacing(joints, None).closest >= 0.8


def test_cancelling():
    with pytest.raises(MotionError, match="Cancelled"):
        plan([Member(standing())], Rules(rectangle(9.0, 9.0), 60), cancelled=lambda: True)


def test_measuring_sees_what_is_wrong():
    clip = standing()
    one, other = clip.joints[None].astype(float), clip.joints[None] + [0.3, 0.0, 0.0]
    found = spacing(np.concatenate([one, other]), rectangle(0.5, 0.5))
    assert abs(found.closest - 0.3) < 1e-6 and found.gap < 0.0 and found.outside == 2
