"""Gestures over who stands and who walks: hands get there, nothing jumps, limits are kept."""

import random

import numpy as np
import pytest

from motionllm.data.gestures import arms, timing
from motionllm.data.gestures.perform import perform, shift_of
from motionllm.data.gestures.table import gestures
from motionllm.data.gestures.turns import NECK_PITCH, NECK_YAW
from motionllm.data.gestures.vary import vary
from motionllm.motion import rotation, skeleton
from motionllm.motion.bodies import forearms_in
from motionllm.motion.skeleton import JOINTS
from tests.helpers.puppet import FPS, Puppet

OTHER = {"left": "right", "right": "left"}
LEGS = [0, 1, 2, 4, 5, 7, 8, 10, 11]
CASES = [(key, way) for key, gesture in gestures().items()
         for way in (False, True) if (gesture.walk if way else gesture.stand)]  # fmt: skip


def person(walks, seconds=6.0):
    puppet = Puppet(seconds)
    for side, sign in (("left", -1.0), ("right", 1.0)):  # elbows of hanging arms are a little bent
        puppet.bend(f"{side}_elbow", (0, sign, 0), np.full(puppet.frames, 15.0))
    if walks:
        return puppet.go(1.0, 0).clip()
    return puppet.bend("spine1", (0, 0, 1), 3.0 * np.sin(2.0 * puppet.time)).clip()


def done(key, walks, side="right", stays=None):
    """Return base, result, gesture and timing of a gesture; `stays` asks for an end."""
    rng = random.Random(key)
    gesture = vary(gestures()[key], rng)
    base = person(walks)
    while True:
        time = timing.draw(gesture, walks, base.seconds, rng, 1)
        if time is not None and stays in (None, time.stays):
            return base, perform(base, gesture, side, time), gesture, time


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("key,walks", CASES)
def test_hands_are_where_the_rule_puts_them(key, walks, side):
    _, clip, gesture, time = done(key, walks, side)
    at = np.arange(clip.frames) / FPS
    there = time.weight(at, time.lag) >= 1.0
    assert there.sum() > 0.4 * FPS
    world, joints = skeleton.world_transforms(
        clip.rotations.astype(float), clip.translation.astype(float)
    )
    for hand, which in ((gesture.hand, side), (gesture.other, OTHER[side])):
        if hand is None:
            continue
        goal = arms.place_of(world, joints, hand, which, shift_of(hand, time, at))
        off = np.linalg.norm(goal - arms.touching(world, joints, hand, which), axis=1)
        assert off[there].max() < 0.03


@pytest.mark.parametrize("key,walks", CASES)
def test_nothing_pops_and_the_recording_is_left_where_the_gesture_is_not(key, walks):
    base, clip, gesture, time = done(key, walks)
    assert np.array_equal(clip.rotations[:, LEGS], base.rotations[:, LEGS])
    assert np.array_equal(clip.translation, base.translation)
    at = np.arange(clip.frames) / FPS
    outside = (at <= time.start) | (at >= time.end + time.lag)
    assert np.abs(clip.joints - base.joints)[outside].max() < 1e-5
    assert np.abs(clip.rotations - base.rotations).max() > 0.08  # something is done
    step = np.diff(clip.joints - base.joints, axis=0) * FPS
    assert np.linalg.norm(step, axis=-1).max() < 6.0  # m/s
    jolt = np.diff(step, axis=0) * FPS
    assert np.linalg.norm(jolt, axis=-1).max() < 90.0  # m/s2; a pop of a centimetre has 9 a frame
    if gesture.hand is None:
        arms_of_both = arms.joints_of("left") + arms.joints_of("right")
        assert np.array_equal(clip.rotations[:, arms_of_both], base.rotations[:, arms_of_both])


@pytest.mark.parametrize("key,walks", CASES)
def test_joints_stay_within_what_people_can(key, walks):
    base, clip, _, _ = done(key, walks)
    assert forearms_in(clip.joints.astype(float)) < 0.06
    turned = skeleton.world_transforms(clip.rotations.astype(float), clip.translation)[0]
    neck = rotation.multiply(
        rotation.conjugate(turned[:, JOINTS["spine3"]]), turned[:, JOINTS["head"]]
    )
    ahead = rotation.rotate(neck, np.array([[0.0, 0.0, 1.0]]))
    assert np.abs(np.degrees(np.arctan2(ahead[:, 0], ahead[:, 2]))).max() < NECK_YAW + 2.0
    assert np.abs(np.degrees(np.arcsin(ahead[:, 1]))).max() < NECK_PITCH + 5.0
    for side, sign in (("left", 1.0), ("right", -1.0)):
        elbow, wrist = (JOINTS[f"{side}_{name}"] for name in ("elbow", "wrist"))
        along = np.array([[sign, 0.0, 0.0]])
        bent = rotation.rotate(clip.rotations[:, wrist].astype(float), along) @ along[0]
        assert np.degrees(np.arccos(np.clip(bent, -1.0, 1.0))).max() < arms.WRIST_BEND + 1.0
        # An elbow is a hinge that bends forward; on the way, blended, it may be a little askew.
        fore = rotation.rotate(clip.rotations[:, elbow].astype(float), along)
        assert fore[:, 2].min() > -0.05 and np.abs(fore[:, 1]).max() < 0.3
    assert clip.frames == base.frames


@pytest.mark.parametrize("key", ["salute", "look_over_shoulder", "stretch_side", "think", "wave"])
def test_left_is_the_mirror_image_of_right(key):
    base, clip, gesture, time = done(key, False)
    other = perform(base.mirrored(), gesture, "left", time).mirrored()
    assert np.abs(other.joints - clip.joints).max() < 1e-4


def test_one_that_stays_is_on_at_the_end_and_one_that_does_not_is_off():
    base, clip, _, _ = done("hands_on_hips", False, stays=True)
    assert np.abs(clip.joints[-1] - base.joints[-1]).max() > 0.1
    base, clip, _, _ = done("hands_on_hips", False, stays=False)
    assert np.abs(clip.joints[-1] - base.joints[-1]).max() < 1e-5


def test_looks_go_to_their_side_and_claps_are_counted():
    _, clip, _, time = done("look_side", False, "left")
    head = skeleton.world_transforms(clip.rotations.astype(float), clip.translation)[0][:, 15]
    ahead = rotation.rotate(head, np.array([[0.0, 0.0, 1.0]]))
    frame = int((time.there + 0.1) * FPS)
    assert np.degrees(np.arctan2(ahead[frame, 0], ahead[frame, 2])) > 45.0  # + is the left
    _, clip, gesture, time = done("clap", False)
    apart = np.linalg.norm(clip.joints[:, 20] - clip.joints[:, 21], axis=1)
    least, most = apart.min(), 0.4 * apart.max()
    near = apart < least + 0.25 * (most - least)
    assert np.count_nonzero(near[1:] & ~near[:-1]) == time.beats
    assert gesture.beats[0] <= time.beats <= gesture.beats[1]
