"""Signals of a motion in the person's own directions: heading, trunk, hands, gaze. numpy only.

A definition of its own: nothing here is taken from motionllm.facts, which captions and the choice
among takes are made from, so that what judges is not what is judged.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.curves import running_mean

J = skeleton.JOINTS
SIDES = ("left", "right")
OUTWARD = (1.0, -1.0)  # along the left axis, by side
HEADING_WINDOW = 0.3  # seconds that a heading is smoothed over
PALM = 0.09  # metres from the wrist to the middle of the hand
HEAD = 0.12  # metres from the head joint to the middle of the head
UPRIGHT = 55.0  # degrees of the trunk from which on the shoulders tell no heading


class Posture:
    """One motion seen from itself; all arrays along frames (T, ...).

    Args:
        joints: (T, 22, 3) metres, Y up, floor at 0.
        fps: frames a second.
        rotations: (T, 22, 4) local joint rotations, or None.

    Attributes:
        local: (T, 22, 3) left, up (over the floor) and forward of the pelvis' place, metres.
        yaw, hips, chest: (T,) heading of the whole, the hips and the shoulders, degrees,
            unwrapped, growing to the left.
        speed: (T,) of the pelvis over the ground, m/s; way: (T, 2) its left and forward part.
        height: (T,) of the pelvis, as a share of its standing height.
        tilt, lean, side: (T,) of the trunk: from upright, forward, to the left, degrees.
        palms: (T, 2, 3) middle of the left and the right hand, as `local`.
        head: (T, 3) middle of the head, as `local`.
        foot: (T, 2) height of each foot over where it stands, metres.
        gaze: (T, 2) yaw to the left of the hips' heading and pitch upwards, degrees; None without
            rotations.
        scale: size over the canonical skeleton's; arm: length of an arm, metres.
    """

    def __init__(self, joints: np.ndarray, fps: float, rotations: np.ndarray | None) -> None:
        self.joints, self.fps = joints, fps
        self.scale = _leg(joints) / skeleton.LEG_LENGTH
        self.arm = _arm(joints)
        self.height = joints[:, 0, 1] / (skeleton.PELVIS_HEIGHT * self.scale)
        trunk = joints[:, J["neck"]] - joints[:, 0]
        trunk = trunk / np.maximum(np.linalg.norm(trunk, axis=1, keepdims=True), 1e-6)
        self.tilt = np.degrees(np.arccos(np.clip(trunk[:, 1], -1, 1)))
        hips = joints[:, J["left_hip"]] - joints[:, J["right_hip"]]
        shoulders = joints[:, J["left_shoulder"]] - joints[:, J["right_shoulder"]]
        both = hips / _size(hips) + shoulders / _size(shoulders)
        self.yaw = self._heading(both, 1.0)
        self.hips = self._heading(hips / _size(hips), 0.5)
        self.chest = self._heading(shoulders / _size(shoulders), 0.5)
        turned = self.turned(trunk)
        self.lean = np.degrees(np.arctan2(turned[:, 2], np.maximum(turned[:, 1], 0.05)))
        self.side = np.degrees(np.arctan2(turned[:, 0], np.maximum(turned[:, 1], 0.05)))
        origin = joints[:, :1] * np.array([1.0, 0.0, 1.0])
        self.local = self.turned(joints - origin)
        ground = running_mean(joints[:, 0], 0.2 * fps)
        moved = running_mean(_slope(ground) * fps * np.array([1.0, 0.0, 1.0]), 0.4 * fps)
        self.speed = np.linalg.norm(moved, axis=1)
        self.way = self.turned(moved)[:, ::2]
        self._ends()
        self.gaze = None if rotations is None else self._gaze(np.asarray(rotations, float))

    def turned(self, vectors: np.ndarray) -> np.ndarray:
        """Return world vectors (T, ..., 3) as left, up, forward of the heading."""
        angle = np.radians(self.yaw).reshape(-1, *[1] * (vectors.ndim - 2))
        x, y, z = np.moveaxis(vectors, -1, 0)
        c, s = np.cos(angle), np.sin(angle)
        return np.stack([c * x - s * z, y, s * x + c * z], axis=-1)

    def reach(self, side: int) -> np.ndarray:
        """Return (T, 3) from the shoulder to the wrist: outward, up, forward; in arm lengths."""
        name = SIDES[side]
        reach = self.local[:, J[f"{name}_wrist"]] - self.local[:, J[f"{name}_shoulder"]]
        return reach * np.array([OUTWARD[side], 1.0, 1.0]) / self.arm

    def elbow(self, side: int) -> np.ndarray:
        """Return the elbow's angle (T,), 180 degrees for a straight arm."""
        name = SIDES[side]
        upper = self.local[:, J[f"{name}_shoulder"]] - self.local[:, J[f"{name}_elbow"]]
        fore = self.local[:, J[f"{name}_wrist"]] - self.local[:, J[f"{name}_elbow"]]
        size = np.linalg.norm(upper, axis=1) * np.linalg.norm(fore, axis=1)
        return np.degrees(np.arccos(np.clip((upper * fore).sum(1) / np.maximum(size, 1e-6), -1, 1)))

    def wrist(self, side: int) -> np.ndarray:
        """Return a wrist (T, 3), as `local`."""
        return self.local[:, J[f"{SIDES[side]}_wrist"]]

    def swiftness(self, joint: str, origin: str = "spine3") -> np.ndarray:
        """Return the speed (T,) of a joint as seen from another, m/s."""
        track = self.local[:, J[joint]] - self.local[:, J[origin]]
        return np.linalg.norm(_slope(running_mean(track, 0.07 * self.fps)), axis=1) * self.fps

    def seconds(self, mask: np.ndarray) -> float:
        """Return how long a mask (T,) is true in all."""
        return float(np.sum(mask)) / self.fps

    def _heading(self, across: np.ndarray, least: float) -> np.ndarray:
        flat = np.linalg.norm(across[:, ::2], axis=1)
        known = np.flatnonzero((flat > least) & (self.tilt < UPRIGHT))
        if not len(known):
            return np.zeros(len(across))
        yaw = np.degrees(np.unwrap(np.arctan2(-across[known, 2], across[known, 0])))
        width = HEADING_WINDOW * self.fps
        return running_mean(np.interp(np.arange(len(across)), known, yaw), width)

    def _ends(self) -> None:
        """Find hands, head and feet."""
        palms = []
        for name in SIDES:
            wrist = self.local[:, J[f"{name}_wrist"]]
            fore = wrist - self.local[:, J[f"{name}_elbow"]]
            size = np.maximum(np.linalg.norm(fore, axis=1, keepdims=True), 1e-6)
            palms.append(wrist + PALM * fore / size)
        self.palms = np.stack(palms, axis=1)
        up = self.local[:, J["head"]] - self.local[:, J["neck"]]
        up = up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-6)
        self.head = self.local[:, J["head"]] + HEAD * up
        rest = np.array([skeleton.ANKLE_HEIGHT, skeleton.TOE_HEIGHT]) * self.scale
        ankles = self.local[:, (J["left_ankle"], J["right_ankle"]), 1] - rest[0]
        toes = self.local[:, (J["left_foot"], J["right_foot"]), 1] - rest[1]
        lowest = np.minimum(ankles, toes)
        # Recordings stand a little above or below the floor: the ground is where feet are lowest.
        self.foot = lowest - np.quantile(lowest.min(axis=1), 0.05)
        self.heel = ankles - toes

    def _gaze(self, rotations: np.ndarray) -> np.ndarray:
        turn = rotations[:, 0]
        for name in ("spine1", "spine2", "spine3", "neck", "head"):
            turn = rotation.multiply(turn, rotations[:, J[name]])
        ahead = rotation.rotate(turn, np.broadcast_to([0.0, 0.0, 1.0], (len(turn), 3)))
        yaw = np.degrees(np.arctan2(ahead[:, 0], ahead[:, 2]))
        # Only the difference counts, and it is under half a turn.
        beside = (yaw - self.hips + 180.0) % 360.0 - 180.0
        pitch = np.degrees(np.arcsin(np.clip(ahead[:, 1], -1, 1)))
        return running_mean(np.stack([beside, pitch], axis=1), 0.15 * self.fps)


def _slope(values: np.ndarray) -> np.ndarray:
    return np.gradient(values, axis=0) if len(values) > 1 else np.zeros_like(values)


def _size(lines: np.ndarray) -> float:
    return max(float(np.median(np.linalg.norm(lines, axis=1))), 1e-6)


def _leg(joints: np.ndarray) -> float:
    lengths = [
        _size(joints[:, J[f"{side}_{upper}"]] - joints[:, J[f"{side}_{lower}"]])
        for side in SIDES
        for upper, lower in (("hip", "knee"), ("knee", "ankle"))
    ]
    return sum(lengths) / 2


def _arm(joints: np.ndarray) -> float:
    lengths = [
        _size(joints[:, J[f"{side}_{upper}"]] - joints[:, J[f"{side}_{lower}"]])
        for side in SIDES
        for upper, lower in (("shoulder", "elbow"), ("elbow", "wrist"))
    ]
    return sum(lengths) / 2
