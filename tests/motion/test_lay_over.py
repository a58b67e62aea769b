"""Arms laid over another clip, and joints above the hips kept in few numbers."""

import numpy as np

from motionllm.motion.lay_over import ARM, UPPER, lay_over, upper_of, with_upper
from tests.helpers.puppet import Puppet
from tests.judge.test_checks import walking, waving

LEGS = (0, 1, 2, 4, 5, 7, 8, 10, 11)


def test_arms_come_from_above_and_all_else_stays():
    below, above = walking().clip(), waving("right").clip()
    frames = min(below.frames, above.frames)
    made = lay_over(below, above, ARM["right"], np.ones(frames))
    others = [joint for joint in range(22) if joint not in ARM["right"]]
    assert np.allclose(made.rotations[:, others], below.rotations[:frames, others], atol=1e-6)
    assert np.allclose(
        made.rotations[:, ARM["right"]], above.rotations[:frames, ARM["right"]], atol=1e-6
    )


def test_what_is_kept_comes_back_over_other_legs():
    wave, walk = waving("right").clip(), walking().clip()
    kept = upper_of(wave)
    assert kept.dtype == np.int16 and kept.shape == (-(-wave.frames // 2) + 1 - wave.frames % 2,
                                                     len(UPPER), 3)  # fmt: skip
    walk = walk.cut(0, min(walk.frames, wave.frames))
    made = with_upper(walk, kept)
    assert np.allclose(made.rotations[:, LEGS], walk.rotations[:, LEGS], atol=1e-6)
    dots = np.abs((made.rotations * wave.rotations[: walk.frames])[:, UPPER].sum(axis=-1))
    assert (
        np.degrees(2.0 * np.arccos(np.clip(dots, 0, 1))).max() < 4.0
    )  # a wave turns by 10 a frame


def test_mirrored_it_is_the_other_arm():
    right, left = waving("right").clip(), waving("left").clip()
    made = with_upper(Puppet(right.seconds).clip(), upper_of(right), mirrored=True)
    frames = min(made.frames, left.frames)
    assert np.abs(made.joints[:frames, 21] - left.joints[:frames, 21]).max() < 0.03
