"""Places, bodies and the mending of paths: geometry whose answers are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motionllm.motion import bodies, skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.root import mirrored, placed, put_to, roots_of, seen_from, wrapped
from motionllm.people import parting
from motionllm.people.arrange import arranged
from motionllm.tokens import partner, place
from motionllm.tokens.place import anchored

NEAR = st.floats(-3.9, 3.9)
ROOTS = st.tuples(NEAR, NEAR, st.floats(-9.0, 9.0)).map(np.array)


def standing(frames=60, speed=0.0, at=(0.0, 0.0, 0.0)):
    """Return somebody in the T-pose who glides ahead, metres a second."""
    still = np.zeros((frames, 22, 4))
    still[..., 0] = 1.0
    moved = np.zeros((frames, 3))
    moved[:, 1] = skeleton.PELVIS_HEIGHT
    moved[:, 2] = speed * np.arange(frames) / 30.0
    clip = Clip.build(30.0, still, moved, np.zeros((frames, 4), bool))
    return placed(clip, np.array(at))


@given(ROOTS, ROOTS)
def test_what_is_seen_can_be_put_back(reference, other):
    back = put_to(reference, seen_from(reference, other))
    assert np.abs(back[:2] - other[:2]).max() < 1e-9
    assert abs(wrapped(back[2] - other[2])) < 1e-9
    seen = seen_from(mirrored(reference), mirrored(other))
    assert np.abs(seen - mirrored(seen_from(reference, other))).max() < 1e-9 or (
        abs(abs(seen[2]) - np.pi) < 1e-6
    )


@given(ROOTS)
def test_a_place_token_is_within_half_a_cell(root):
    codes = place.encode(root)
    gap = root - place.decode(codes)
    assert np.abs(gap[:2]).max() <= place.STEP / 2 + 1e-9
    assert abs(wrapped(gap[2])) <= np.pi / place.YAWS + 1e-9
    inside = place.pulled_inside(root, codes)
    assert np.abs(inside[:2] - root[:2]).max() < 1e-9  # what is inside stays where it is
    likeliest = [int(weights[0].argmax()) for weights in place.leaning(root[None])]
    assert np.abs(place.decode(likeliest)[:2] - root[:2]).max() <= place.STEP / 2 + 1e-9


def test_places_beyond_reach_pull_nothing_back():
    far = np.array([1.0, 9.0, 0.0])
    assert np.allclose(place.pulled_inside(far, place.encode(far)), far)
    assert np.allclose(place.pulled_inside(far, place.encode(far * 0.1)), [0.15, 0.95, 0.0])


def test_bodies_meet_where_skins_do():
    one = standing(1)
    arm = 2.0 * np.abs(one.joints[0, skeleton.JOINTS["left_wrist"], 0])
    apart = bodies.gaps(one.joints, standing(1, at=(arm + 0.17, 0.0, 0.0)).joints).min()
    assert apart == pytest.approx(0.17 - 2 * 0.035, abs=1e-3)  # two wrists of 3.5 cm
    through = standing(1, at=(0.0, 0.1, np.pi)).joints
    assert bodies.depth(one.joints, through)[0] > 0.1
    assert not bodies.touching(one.joints, standing(1, at=(0.0, 5.0, 0.0)).joints).any()


def test_a_follower_is_led_through_its_places():
    leader, own = standing(96, 1.0), standing(96, 0.8)
    wanted = np.array([[0.8, 0.0, 0.0], [0.8, 0.0, 0.0]])
    places = {0: place.encode(wanted[0]), 8: place.encode(wanted[1])}
    led = anchored(own, leader, places, 6)
    seen = seen_from(roots_of(leader), roots_of(led))
    assert np.abs(seen[0] - wanted[0]).max() < 1e-6
    assert abs(seen[48, 1]) <= place.STEP / 2 + 1e-6  # 32 cm behind without it
    jump = np.linalg.norm(np.diff(led.joints[:, 0], axis=0), axis=1)
    assert jump.max() < 2.0 * jump[-1] + 1e-3  # it gets there without a leap


def test_people_in_each_other_are_parted_and_others_left_alone():
    one, other = standing(60), standing(60, at=(0.0, 0.12, np.pi))
    parted = parting.parted(other, [one])
    assert bodies.depth(one.joints, parted.joints).max() < parting.TOLERATED + 0.02
    away = standing(60, at=(0.0, 3.0, np.pi))
    assert parting.parted(away, [one]) is away


@pytest.mark.parametrize("kind", ["facing", "beside", "behind", "towards", "past", "apart",
                                  "approach", "leave", "backing"])  # fmt: skip
def test_kinds_of_place_mean_what_they_say(kind):
    rng = np.random.default_rng(1)
    speed = {"facing": (0.0, 0.0), "approach": (0.0, 1.0), "leave": (0.0, 1.0),
             "backing": (1.0, -1.0)}.get(kind, (1.0, 1.0))  # fmt: skip
    first, second = (standing(90, s) for s in speed)
    paths = tuple(roots_of(clip) for clip in (first, second))
    root = arranged(kind, 1.2, paths, rng)
    there = roots_of(placed(second, root))
    start, end = (seen_from(paths[0][i], there[i]) for i in (0, -1))
    gap = [float(np.hypot(*seen[:2])) for seen in (start, end)]
    back = abs(wrapped(start[2])) > 2.5
    assert {
        "facing": abs(gap[0] - 1.2) < 1e-6 and back,
        "beside": abs(abs(start[0]) - 1.2) < 0.1 and not back and abs(gap[1] - gap[0]) < 0.2,
        "behind": start[1] < -1.0 and not back,
        "towards": gap[0] > 6.5 and gap[1] < 1.5 and back,
        "past": back and gap[0] > 2.0 and gap[1] > 2.0,
        "apart": back and gap[1] > 6.0,
        "approach": gap[0] > 3.5 and abs(gap[1] - 1.2) < 0.3,
        "leave": gap[1] > 3.5 and abs(gap[0] - 1.2) < 1e-6,
        "backing": start[1] > 1.0 and abs(gap[1] - 1.2) < 0.4,
    }[kind]


def test_what_followers_are_told_has_no_beginning_or_end_missing():
    codes = np.arange(12.0).reshape(4, 3)
    told = partner.around(codes, np.array([0, 3, 4]))
    assert np.allclose(told[0], [0, 0, 0, 0, 1, 2, 3, 4, 5])
    assert np.allclose(told[1, :6], [6, 7, 8, 9, 10, 11]) and not told[2, 3:].any()
    rows = partner.schedule(18, place.EVERY)
    assert [number for kind, number in rows if kind == "place"] == [0, 8, 16]
    assert [number for kind, number in rows if kind == "token"] == list(range(18))
