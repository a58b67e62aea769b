"""Motions made by rule, for tests. numpy and motionllm only."""

import numpy as np

from motionllm import rotation
from motionllm.clip import Clip


def make_clip(seed: int = 0, frames: int = 90) -> Clip:
    """Return a smooth motion that turns every joint, walks off and changes height."""
    generator = np.random.default_rng(seed)
    time = np.linspace(0.0, frames / 30.0, frames)[:, None, None]
    phase = generator.uniform(0.0, 2.0 * np.pi, (1, 22, 3))
    speed = generator.uniform(0.5, 4.0, (1, 22, 3))
    vector = 0.45 * np.sin(speed * time + phase) * generator.uniform(0.2, 1.0, (1, 22, 3))
    angle = np.linalg.norm(vector, axis=-1)
    rotations = rotation.from_axis_angle(vector / np.maximum(angle, 1e-9)[..., None], angle)
    t = time[:, 0, 0]
    moved = np.stack([0.2 * np.sin(t), 0.9 + 0.05 * np.sin(3.0 * t), 0.8 * t], axis=-1)
    return Clip.build(30.0, rotations, moved, text="a person moves", seed=seed)
