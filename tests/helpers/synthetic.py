"""Motions made by rule, for tests. numpy and motionllm only."""

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.root import placed


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


def make_steps(seed: int = 0, steps: int = 4) -> Clip:
    """Return somebody who walks stiffly: one leg swings, the other stands and slides a little.

    The standing foot is flagged as planted; its slide is what the clip's own skate is.
    """
    generator = np.random.default_rng(seed)
    length, stride = 15, 0.3
    frames = 2 * length * steps
    phase = np.arange(frames) / length
    swing = 0.22 * np.sin(np.pi * phase)
    rotations = np.zeros((frames, 22, 4))
    rotations[..., 0] = 1.0
    x = np.array([1.0, 0.0, 0.0])

    def turn(joint: str, angle: np.ndarray) -> None:
        rotations[:, skeleton.JOINTS[joint]] = rotation.from_axis_angle(x, angle)

    for side, sign in (("left", 1.0), ("right", -1.0)):
        lift = 0.35 * np.clip(sign * np.cos(np.pi * phase), 0.0, None)
        turn(f"{side}_hip", -sign * swing - 0.6 * lift)
        turn(f"{side}_knee", 0.1 + lift)
        turn(f"{side}_ankle", -0.1 + sign * swing - 0.4 * lift)
        turn(f"{side}_shoulder", sign * 2.0 * swing)
        turn(f"{side}_elbow", -0.3 - 0.3 * lift)
    turn("spine2", 0.1 + 0.05 * np.sin(2.0 * np.pi * phase))
    turn("head", generator.uniform(0.05, 0.2) * np.sin(np.pi * phase))
    moved = np.stack([np.zeros(frames), np.full(frames, 0.9), stride * phase], axis=-1)
    joints = skeleton.forward_kinematics(rotations, moved)
    ankles = joints[:, [7, 8]]
    standing = np.argmin(ankles[..., 1], axis=1)
    # The pelvis rides on the standing leg, which keeps its place but for a slow slide.
    rows = np.arange(frames)
    step = np.zeros((frames, 3))
    same = standing[1:] == standing[:-1]
    drift = np.diff(ankles, axis=0)[rows[:-1], standing[1:]]
    step[1:] = np.where(same[:, None], -drift + [0.0, 0.0, 0.002], -drift)
    moved = moved + np.cumsum(step, axis=0)
    moved[:, 1] += (
        skeleton.ANKLE_HEIGHT - (ankles + np.cumsum(step, axis=0)[:, None])[rows, standing, 1]
    )
    contacts = np.zeros((frames, 4), bool)
    contacts[rows, 2 * standing] = contacts[rows, 2 * standing + 1] = True
    return Clip.build(30.0, rotations, moved, contacts, text="a person walks", seed=seed)


def moving(seconds: float, speed: float = 0.0, arms: float = 0.0, fps: float = 30.0) -> Clip:
    """Return somebody who glides ahead and swings the arms by an angle, twice a second."""
    frames = round(seconds * fps)
    time = np.arange(frames) / fps
    rotations = np.zeros((frames, 22, 4))
    rotations[..., 0] = 1.0
    angle = 0.5 * arms * np.sin(4 * np.pi * time)
    for side in ("left", "right"):
        rotations[:, skeleton.JOINTS[f"{side}_shoulder"], 0] = np.cos(angle)
        rotations[:, skeleton.JOINTS[f"{side}_shoulder"], 3] = np.sin(angle)
    way = np.zeros((frames, 3))
    way[:, 1], way[:, 2] = skeleton.PELVIS_HEIGHT, speed * time
    return Clip.build(fps, rotations, way)


def gliding(frames=60, speed=0.0, at=(0.0, 0.0, 0.0)):
    """Return somebody in the T-pose who glides ahead, metres a second."""
    still = np.zeros((frames, 22, 4))
    still[..., 0] = 1.0
    moved = np.zeros((frames, 3))
    moved[:, 1] = skeleton.PELVIS_HEIGHT
    moved[:, 2] = speed * np.arange(frames) / 30.0
    clip = Clip.build(30.0, still, moved, np.zeros((frames, 4), bool))
    return placed(clip, np.array(at))
