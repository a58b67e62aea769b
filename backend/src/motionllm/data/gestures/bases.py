"""Stretches of recordings in which somebody stands or walks with hanging arms. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.data.dataset import Dataset
from motionllm.facts.events import SHOULDERS, WRISTS
from motionllm.facts.signals import Body, to_local
from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.curves import runs
from motionllm.motion.features import FPS

SHORTEST = 2.5  # seconds
HANGS = 0.72  # arm lengths by which a wrist is below its shoulder at least
ASIDE = 0.5  # arm lengths by which it is to the side at most
UPRIGHT = (0.92, 1.06)  # pelvis height over the standing one
TILT = 16.0  # degrees of the trunk from upright at most
STILL, FEET = 0.2, 0.6  # m/s over the ground, of a foot's joint: who stands
WALKS = (0.5, 1.9)  # m/s
AHEAD = 0.9  # share of the speed that goes forward
TURNS = 35.0  # degrees a second at most of a walk
FACE = 30.0  # degrees that the face is off straight ahead at most


@dataclass(frozen=True)
class Base:
    """A stretch: frames start..stop-1 of a record; walks or stands."""

    record: int
    start: int
    stop: int
    walks: bool

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return (self.stop - self.start) / FPS


def find(dataset: Dataset) -> list[Base]:
    """Return the stretches of a training set's recordings, none of what is held out."""
    found = []
    for index, record in enumerate(dataset.records):
        if not record.held_out and record.frames >= SHORTEST * FPS:
            found += stretches_of(dataset.clip(record), index)
    return found


def stretches_of(clip: Clip, record: int) -> list[Base]:
    """Return the stretches of a clip at FPS in which somebody stands or walks, arms hanging."""
    joints = clip.joints.astype(np.float64)
    body = Body(joints, clip.fps)
    height = body.pelvis_height / body.standing
    free = (height > UPRIGHT[0]) & (height < UPRIGHT[1]) & (body.tilt < TILT)
    for shoulder, wrist in zip(SHOULDERS, WRISTS, strict=True):
        hand = to_local(joints[:, wrist] - joints[:, shoulder], body.yaw) / body.arm_length
        free &= (hand[:, 1] < -HANGS) & (np.abs(hand[:, 0]) < ASIDE)
    feet = np.linalg.norm(np.gradient(joints[:, (7, 8, 10, 11)], axis=0), axis=-1).max(axis=1)
    free &= _face_off(clip, body.yaw) < FACE
    stands = free & (body.speed < STILL) & (feet * clip.fps < FEET)
    turning = np.abs(np.gradient(body.yaw)) * clip.fps
    walks = free & (body.speed > WALKS[0]) & (body.speed < WALKS[1]) & (turning < TURNS)
    walks &= body.local_velocity[:, 1] > AHEAD * body.speed
    return [
        Base(record, start, stop, way)
        for mask, way in ((stands, False), (walks, True))
        for start, stop in runs(mask)
        if stop - start >= SHORTEST * clip.fps
    ]


def _face_off(clip: Clip, yaw: np.ndarray) -> np.ndarray:
    """Return degrees (T,) between the face and straight ahead of a body with a yaw (T,)."""
    world = skeleton.world_transforms(clip.rotations, clip.translation)[0]
    head = world[:, skeleton.JOINTS["head"]].astype(np.float64)
    ahead = to_local(rotation.rotate(head, np.array([[0.0, 0.0, 1.0]])), yaw)
    return np.degrees(np.arccos(np.clip(ahead[:, 2], -1.0, 1.0)))
