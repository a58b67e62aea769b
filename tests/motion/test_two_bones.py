"""Two bones that reach their target, or as far as they go."""

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.two_bones import two_bones


def test_two_bones_reach_their_target():
    generator = np.random.default_rng(3)
    upper = np.array([0.0, -0.4, 0.0]) + 0.03 * generator.normal(size=(50, 3))
    lower = np.array([0.0, -0.38, -0.1]) + 0.03 * generator.normal(size=(50, 3))
    target = 0.88 * (upper + lower) + 0.02 * generator.normal(size=(50, 3))
    hinge = np.tile([1.0, 0.0, 0.0], (50, 1))
    first, second = two_bones(upper, lower, target, hinge)
    end = rotation.rotate(first, upper) + rotation.rotate(second, lower)
    assert np.abs(end - target).max() < 1e-6
    # The knee stays in the plane it bends in, tilted with the leg.
    before = np.cross(upper, lower)
    after = np.cross(rotation.rotate(first, upper), rotation.rotate(second, lower))
    cosine = np.sum(before * after, axis=1)
    cosine /= np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    assert cosine.min() > 0.9


def test_what_is_out_of_reach_is_drawn_in():
    upper, lower = np.array([[0.0, -0.4, 0.0]]), np.array([[0.0, -0.4, -0.05]])
    target = np.array([[0.0, -2.0, 0.0]])
    first, second = two_bones(upper, lower, target, np.array([[1.0, 0.0, 0.0]]))
    end = rotation.rotate(first, upper) + rotation.rotate(second, lower)
    assert np.abs(end[0, [0, 2]]).max() < 1e-6 and end[0, 1] > -0.81
    straight = rotation.rotate(first, upper)[0] @ rotation.rotate(second, lower)[0]
    assert straight < 0.4 * np.linalg.norm(lower)  # not quite straight: a straight knee flips
