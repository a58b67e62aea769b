"""Signals behind the facts: heading, speed, leaning, and small tools on stretches of frames.

numpy only. Frames as in motionllm.facts.facts.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import skeleton
from motionllm.motion.curves import running_mean, stretches


def split(classes: np.ndarray, least: float) -> list[tuple[int, int]]:
    """Cut a row of classes where they change; stretches under `least` frames join the one
    before (or after, at the beginning)."""
    pieces = [[a, b, classes[a]] for a, b in stretches(classes)]
    merged: list[list] = []
    for piece in pieces:
        short = piece[1] - piece[0] < least
        if merged and (short or merged[-1][2] == piece[2]):
            merged[-1][1] = piece[1]
        elif merged and merged[-1][1] - merged[-1][0] < least:
            merged[-1] = [merged[-1][0], piece[1], piece[2]]
        else:
            merged.append(piece)
    return [(a, b) for a, b, _ in merged]


def peaks(values: np.ndarray, least: float, apart: float) -> list[int]:
    """Frames of local maxima of at least `least`, at least `apart` frames from each other."""
    found: list[int] = []
    for i in range(len(values)):
        lo, hi = max(0, i - int(apart)), min(len(values), i + int(apart) + 1)
        best = values[i] >= least and values[i] == values[lo:hi].max()
        if best and (not found or i - found[-1] > apart):
            found.append(i)
    return found


def to_local(vectors: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """World vectors (T, 3) in the body's heading (T,) degrees: left, up, forward."""
    c, s = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    x, y, z = vectors.T
    return np.stack([c * x - s * z, y, s * x + c * z], axis=1)


def oscillations(track: np.ndarray, fps: float, amplitude: float) -> int:
    """Full to-and-fro cycles of a (T, 3) track about its slow mean, along its main axis."""
    slow = running_mean(track, 0.9 * fps)
    quick = running_mean(track, 0.1 * fps) - slow
    _, _, axes = np.linalg.svd(quick - quick.mean(axis=0), full_matrices=False)
    value = quick @ axes[0]
    sign, changes, last = 0, 0, -fps
    for frame, v in enumerate(value):
        here = int(v > amplitude) - int(v < -amplitude)
        if here and here != sign:
            # A cycle slower than one in two seconds is a gesture, not an oscillation.
            changes = changes + 1 if frame - last < fps or not changes else changes
            sign, last = here, frame
    return changes // 2


class Body:
    """The signals of one clip, computed once.

    joints (T, 22, 3); ground (T, 2) pelvis x, z; yaw (T,) smoothed heading in degrees,
    unwrapped; tilt (T,) trunk from upright and lean (T,) its forward part, degrees; tipped (T,)
    bool; speed (T,) m/s over the ground, smoothed; local_velocity (T, 2) left and forward m/s;
    foot_height (T, 2) of the lower of heel and toe over their standing heights.
    """

    def __init__(self, joints: np.ndarray, fps: float):
        self.joints, self.fps = joints, fps
        self.seconds = len(joints) / fps
        length = np.linalg.norm
        self.leg_length = float(
            np.median(
                [
                    length(joints[:, a] - joints[:, b], axis=1).mean()
                    + length(joints[:, b] - joints[:, c], axis=1).mean()
                    for a, b, c in ((1, 4, 7), (2, 5, 8))
                ]
            )
        )
        self.arm_length = float(
            np.mean(length(joints[:, 16] - joints[:, 18], axis=1))
            + np.mean(length(joints[:, 18] - joints[:, 20], axis=1))
        )
        scale = self.leg_length / skeleton.LEG_LENGTH
        self.standing = skeleton.PELVIS_HEIGHT * scale
        self.pelvis_height = joints[:, 0, 1]
        heel = joints[:, (7, 8), 1] - skeleton.ANKLE_HEIGHT * scale
        toe = joints[:, (10, 11), 1] - skeleton.TOE_HEIGHT * scale
        self.foot_height = np.minimum(heel, toe)
        self.ground = joints[:, 0, ::2]
        self._trunk()
        velocity = np.gradient(running_mean(self.ground, 0.2 * fps), axis=0) * fps
        velocity = running_mean(velocity, 0.4 * fps)
        self.speed = length(velocity, axis=1)
        flat = np.stack([velocity[:, 0], 0 * self.speed, velocity[:, 1]], axis=1)
        self.local_velocity = to_local(flat, self.yaw)[:, (0, 2)]

    def _trunk(self) -> None:
        joints = self.joints
        trunk = joints[:, 12] - joints[:, 0]
        trunk = trunk / np.maximum(np.linalg.norm(trunk, axis=1, keepdims=True), 1e-6)
        self.tilt = np.degrees(np.arccos(np.clip(trunk[:, 1], -1, 1)))
        self.tipped = self.tilt > 50
        hips, shoulders = joints[:, 1] - joints[:, 2], joints[:, 16] - joints[:, 17]
        hips = hips / max(np.linalg.norm(hips, axis=1).mean(), 1e-6)
        shoulders = shoulders / max(np.linalg.norm(shoulders, axis=1).mean(), 1e-6)
        self.yaw = self._heading(hips + shoulders, 0.9)
        self.hip_yaw = self._heading(hips, 0.45)
        forward = np.sin(np.radians(self.yaw)) * trunk[:, 0]
        forward = forward + np.cos(np.radians(self.yaw)) * trunk[:, 2]
        self.lean = np.degrees(np.arctan2(forward, np.maximum(trunk[:, 1], 1e-6)))

    def _heading(self, across: np.ndarray, level: float) -> np.ndarray:
        """Smoothed, unwrapped yaw of a line to the left; held while it is steep or the body
        lies, when it says nothing of the heading."""
        yaw = np.degrees(np.arctan2(-across[:, 2], across[:, 0]))
        good = (np.linalg.norm(across[:, ::2], axis=1) > level) & ~self.tipped
        frames = np.flatnonzero(good)
        if not len(frames):
            return np.zeros(len(yaw))
        kept = np.degrees(np.unwrap(np.radians(yaw[frames])))
        held = np.searchsorted(frames, np.arange(len(yaw)), side="right") - 1
        width = 0.25 * self.fps
        return running_mean(running_mean(kept[np.maximum(held, 0)], width), width)

    def relative_speed(self, joint: int, origin: int = 9) -> np.ndarray:
        """Speed (T,) m/s of a joint as seen from another, in the body's heading."""
        track = to_local(self.joints[:, joint] - self.joints[:, origin], self.yaw)
        return np.linalg.norm(np.gradient(track, axis=0), axis=1) * self.fps


def foot_contacts(body: Body) -> np.ndarray:
    """(T, 4) bool, left heel, left toe, right heel, right toe: low and slow."""
    columns = []
    for joint, rest in ((7, 0.09), (10, 0.03), (8, 0.09), (11, 0.03)):
        track = body.joints[:, joint]
        speed = np.linalg.norm(np.gradient(track, axis=0), axis=1) * body.fps
        columns.append((track[:, 1] < rest + 0.06) & (speed < 1.2))
    return np.stack(columns, axis=1)
