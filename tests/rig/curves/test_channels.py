"""Rotations as Euler angles and as axis and angle: exact, and without jumps."""

import numpy as np
import pytest

from motionllm.motion import rotation
from motionllm.rig.curves.channels import ORDERS, from_euler, to_axis_angle, to_euler


def apart(a, b):
    return rotation.angle(rotation.multiply(rotation.conjugate(a), b)).max()


@pytest.mark.parametrize("order", ORDERS)
def test_euler_angles_are_the_same_rotation(order):
    q = rotation.normalize(np.random.default_rng(0).normal(size=(200, 4)))
    assert apart(from_euler(to_euler(q, order), order), q) < 1e-12


@pytest.mark.parametrize("order", ORDERS)
def test_euler_angles_are_continuous(order):
    """Through the gimbal's right angle and beyond half a turn, without a jump."""
    time = np.linspace(0.0, 2.0 * np.pi, 400)
    angles = np.stack([0.3 * np.sin(time), 0.2 * np.cos(time), 3.0 * time], axis=-1)
    angles[:, "XYZ".index(order[1])] = 0.5 * np.pi * np.sin(time)
    q = from_euler(angles, order)
    found = to_euler(q, order)
    assert apart(from_euler(found, order), q) < 1e-6
    assert np.abs(np.diff(found, axis=0)).max() < 0.1


@pytest.mark.parametrize("order", ORDERS)
def test_gimbal_lock(order):
    generator = np.random.default_rng(1)
    angles = generator.uniform(-1.0, 1.0, (6, 3))
    angles[:, "XYZ".index(order[1])] = np.array([1, -1, 1, 1, -1, -1]) * 0.5 * np.pi
    q = from_euler(angles, order)
    assert apart(from_euler(to_euler(q, order), order), q) < 1e-6


def test_axis_and_angle():
    q = rotation.normalize(np.random.default_rng(2).normal(size=(50, 4)))
    q[3] = [1.0, 0.0, 0.0, 0.0]
    found = to_axis_angle(q)
    assert np.allclose(np.linalg.norm(found[:, 1:], axis=1), 1.0)
    assert apart(rotation.from_axis_angle(found[:, 1:], found[:, 0]), q) < 1e-7
