"""Few keys, and what is lost by leaving the others out."""

import numpy as np

from motionllm.rig.curves import thin


def test_few_keys_stay_within_the_bound():
    """Each channel within its own bound, whatever the others need."""
    time = np.linspace(0.0, 6.0, 200)
    wave = np.stack([np.sin(time), np.cos(2.0 * time), 0.1 * time], axis=1)
    values = np.stack([wave, wave, np.ones((200, 3))], axis=1)
    bounds = np.array([0.01, 0.001, 1e-6])
    keys = thin.key_frames(values, bounds)
    assert keys[[0, -1]].all()
    assert keys[:, 0].sum() < keys[:, 1].sum() < 40
    assert np.flatnonzero(keys[:, 2]).tolist() == [0, 199]
    error = np.linalg.norm(thin.filled(values, keys) - values, axis=-1)
    assert (error.max(axis=0) <= bounds).all()
    assert error[keys].max() == 0.0
    more = thin.key_frames(values, 0.5 * bounds, keys)
    assert more[keys].all() and more.sum() > keys.sum()
    assert thin.key_frames(values[:1], bounds).tolist() == [[True] * 3]
    assert thin.key_frames(values[:2], bounds).all()
