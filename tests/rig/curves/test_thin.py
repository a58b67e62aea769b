"""Few keys, and what is lost by leaving the others out."""

import numpy as np
import pytest

from motionllm.rig.curves import thin

TIME = np.linspace(0.0, 6.0, 200)
WAVE = np.stack([np.sin(TIME), np.cos(2.0 * TIME), 0.1 * TIME], axis=1)


def bezier(curves, channel, frame):
    """Return what Blender draws at a frame: Bezier handles a third of the way along the slopes."""
    at = np.flatnonzero(curves.keys[:, channel])
    span = min(np.searchsorted(at, frame, side="right") - 1, len(at) - 2)
    first, last = at[span], at[span + 1]
    third = (last - first) / 3.0
    a, d = curves.values[[first, last], channel]
    b = a + third * curves.slopes[first, channel]
    c = d - third * curves.slopes[last, channel]
    t = (frame - first) / (last - first)
    return (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d


@pytest.mark.parametrize("frames", [200, 197, 2])
def test_few_keys_stay_within_the_bound(frames):
    """Each channel within its own bound, whatever the others need, long motions block by block."""
    values = np.stack([WAVE, WAVE, np.ones((200, 3))], axis=1)[:frames]
    bounds = np.tile([0.01, 0.001, 1e-6], (frames, 1))
    found = thin.fitted(values, bounds)
    assert found.keys[[0, -1]].all()
    assert (np.linalg.norm(found.values - values, axis=-1) <= bounds).all()
    np.testing.assert_allclose(found.values[[0, -1]], values[[0, -1]], atol=1e-9)
    for frame in range(frames):
        drawn = [bezier(found, channel, frame) for channel in range(3)]
        np.testing.assert_allclose(drawn, found.values[frame], atol=1e-9)
    if frames > 2:
        assert found.keys[:, 0].sum() < found.keys[:, 1].sum() < 50
        assert found.keys[:, 2].sum() <= 3
        more = thin.fitted(values, 0.5 * bounds, found.keys)
        assert more.keys[found.keys].all() and more.keys.sum() > found.keys.sum()


def test_noise_goes():
    """Between given keys curves go through the middle of the motion, not what is at them."""
    wave = WAVE[: thin.BLOCK]
    noise = np.random.default_rng(0).normal(0.0, 0.003, wave.shape)
    keys = np.zeros((len(wave), 1), bool)
    keys[::15] = True
    found = thin.fitted((wave + noise)[:, None], np.ones((len(wave), 1)), keys)
    kept = np.linalg.norm(found.values[:, 0] - wave, axis=1)
    assert np.sqrt((kept**2).mean()) < 0.6 * np.sqrt((noise**2).sum(axis=1).mean())
    assert found.keys.sum() == keys.sum() + 1


def test_a_bound_may_differ_from_frame_to_frame():
    wave = WAVE[: thin.BLOCK]
    bounds = np.full((len(wave), 1), 0.05)
    bounds[50:90] = 0.0002
    found = thin.fitted(wave[:, None], bounds)
    assert (np.linalg.norm(found.values - wave[:, None], axis=-1) <= bounds).all()
    assert found.keys[45:95].sum() > 0.5 * found.keys.sum()


def test_one_frame():
    assert thin.fitted(WAVE[:1, None], np.ones((1, 1))).keys.tolist() == [[True]]
