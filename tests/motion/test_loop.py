"""Loops close in pose and velocity, and repeat where they were left."""

import numpy as np
import pytest

from motionllm.errors import MotionError
from motionllm.motion import loop
from motionllm.motion.clip import Clip
from motionllm.motion.physics import figures
from tests.helpers.synthetic import make_clip, make_steps


def standing(seed=0, frames=120):
    clip = make_clip(seed, frames)
    return Clip.build(30.0, clip.rotations, clip.translation * [0.0, 1.0, 0.0])


def turning(seed=0, degrees=90.0):
    from motionllm.crowd import steer

    clip = make_steps(seed, 5)
    gait = steer.read_gait(clip)
    return steer.bend(clip, np.radians(degrees) * np.cumsum(gait.ease) / gait.ease.sum())


@pytest.mark.parametrize("make", [make_clip, make_steps, standing, turning])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_seam_is_as_smooth_as_the_rest(make, seed):
    cycle = loop.close(make(seed))
    seam = loop.seam(cycle)
    assert seam.position <= 1.2 and seam.velocity <= 1.2, seam


def test_a_cut_alone_would_not_be(monkeypatch):
    monkeypatch.setattr(loop, "_join", lambda values, start, stop, _: values[start:stop].copy())
    seams = [loop.seam(loop.close(make_clip(seed))) for seed in range(4)]
    assert max(seam.velocity for seam in seams) > 1.2


def test_who_walks_goes_on_and_who_stands_stays():
    walk, stand = loop.close(make_steps(0, 5)), loop.close(standing())
    step = loop.net(walk).step
    assert np.linalg.norm(step) > 0.3 and loop.net(walk).turn == 0.0
    assert not loop.net(stand).step.any()
    three = loop.repeat(walk, 3 * walk.frames)
    gone = three.translation[2 * walk.frames] - three.translation[0]
    assert np.allclose(gone[[0, 2]], 2.0 * step, atol=0.01)
    still = loop.repeat(stand, 5 * stand.frames).translation[:, [0, 2]]
    assert np.ptp(still, axis=0).max() < 0.3


def test_a_stretch_that_hardly_moves_stays():
    """Who walks off only at the end: the best loop is cut from where it still stands."""
    clip = make_clip(5, 150)
    later = np.clip((np.arange(150) / 30.0 - 3.5), 0.0, None)
    creep = 0.04 * np.arange(150) / 30.0
    moved = np.stack([0.0 * later, clip.translation[:, 1], creep + 1.2 * later], axis=-1)
    clip = Clip.build(30.0, clip.rotations, moved)
    assert loop.travel_speed(clip) > loop.TRAVEL
    for straight in (True, False):
        seam = loop.seam(loop.close(clip, straight=straight))
        assert seam.position <= 1.2 and seam.velocity <= 1.2, seam


def test_a_loop_turns_on_where_that_is_asked():
    clip = turning(1, 80.0)
    cycle = loop.close(clip, straight=False)
    assert loop.net(cycle).turn > 0.3
    joints = loop.repeat(cycle, 3 * cycle.frames).joints
    step = np.linalg.norm(np.diff(joints, axis=0), axis=-1).max(axis=1)
    assert step.max() < 1.3 * step[: cycle.frames - 1].max()


def test_length_phase_and_closing_frame():
    clip = make_clip(3, 150)
    cycle = loop.close(clip, seconds=2.0)
    assert abs(cycle.seconds - 2.0) <= 0.31
    closing = loop.with_closing_frame(cycle, cycle.fps)
    assert closing.frames == cycle.frames + 1
    local = closing.rotations[-1, 1:], closing.rotations[0, 1:]
    assert np.abs((local[0] * local[1]).sum(axis=-1)).min() > 0.9999
    one = loop.repeat(cycle, 40, phase=7)
    other = loop.repeat(cycle, 47).cut(7, 47)
    assert np.allclose(one.joints, other.joints, atol=1e-4)


@pytest.mark.parametrize("fps", [24.0, 25.0, 60.0])
def test_at_another_rate_a_cycle_has_a_whole_number_of_even_steps(fps):
    cycle = loop.close(make_steps(0, 5))
    closing = loop.with_closing_frame(cycle, fps)
    assert closing.fps == fps and abs((closing.frames - 1) / fps - cycle.seconds) <= 0.5 / fps
    whole = loop.with_closing_frame(cycle, cycle.fps)
    assert np.allclose(closing.joints[[0, -1]], whole.joints[[0, -1]], atol=1e-5)
    going = np.diff(closing.translation[:, 2])
    assert going[-1] > 0.5 * going.mean()  # the last step is no shorter than the others


def test_feet_do_not_slide_more_than_before():
    clip = make_steps(4, 6)
    before, after = (figures(c)["skate_cm_s"] for c in (clip, loop.repeat(loop.close(clip), 200)))
    assert after <= 1.2 * before


def test_what_is_too_short_is_said():
    clip = make_clip(0, 20)
    with pytest.raises(MotionError, match="too short for a loop"):
        loop.close(clip)
