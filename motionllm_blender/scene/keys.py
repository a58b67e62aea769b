"""Channels of a motion and which of their frames get keys. May import bpy, numpy, motionllm."""

from dataclasses import dataclass, replace

import bpy
import numpy as np

from motionllm.motion import rotation
from motionllm.rig.carry import kinematics
from motionllm.rig.carry.transfer import Pose
from motionllm.rig.curves import channels, thin
from motionllm.rig.rig import Rig

SHRINK = 0.6  # of the angle bound, while joints stray further than the bound in space
TRIES = 8


@dataclass
class Channel:
    """One property of a bone or of the object.

    Attributes:
        path: its data path.
        group: name of the group of its curves.
        values: (T, N), one row a frame.
        angular: whether it turns something.
        skip: columns that are locked.
        keys: rows that get keys, None for all.
    """

    path: str
    group: str
    values: np.ndarray
    angular: bool
    skip: tuple[int, ...] = ()
    keys: np.ndarray | None = None


def in_mode(mode: str, rotations: np.ndarray) -> tuple[str, np.ndarray]:
    """Return the property of a rotation mode and its values (T, 3 or 4): the mode is kept."""
    if mode == "QUATERNION":
        return "rotation_quaternion", rotations
    if mode == "AXIS_ANGLE":
        return "rotation_axis_angle", channels.to_axis_angle(rotations)
    return "rotation_euler", channels.to_euler(rotations, mode)


def thin_keys(
    table: list[Channel], armature: bpy.types.Object, rig: Rig, pose: Pose, joints: list[int],
    degrees: float, millimetres: float,
) -> None:  # fmt: skip
    """Choose the keys: each bone within the angle, every joint within the distance.

    Args:
        table: the channels of the pose's bones in their order, then the root's location, then
            others; their keys are set.
        joints: bones whose heads count.
        degrees, millimetres: the bounds.
    """
    unit = armature.matrix_world.median_scale or 1.0  # metres an armature unit
    bound = millimetres / 1000.0 / unit
    share = 0.5
    values = _stacked(table)
    angular = np.array([channel.angular for channel in table])
    # Half an angle is the distance of quaternions; Euler angles add up.
    factor = np.array([0.5 if channel.values.shape[1] == 4 else 0.6 for channel in table])
    wanted = kinematics.head_places(rig, pose, joints)
    count, keys = len(pose.bones), np.zeros(values.shape[:2], bool)
    for _ in range(TRIES):
        limits = np.where(angular, np.radians(degrees) * factor, share * bound)
        keys = thin.key_frames(values, limits, keys)
        drawn = thin.filled(values[:, : count + 1], keys[:, : count + 1])
        turned = [
            _to_quaternion(drawn[:, number], armature.pose.bones[rig.names[bone]].rotation_mode)
            for number, bone in enumerate(pose.bones)
        ]
        done = replace(pose, rotations=np.stack(turned, axis=1), location=drawn[:, count, :3])
        got = kinematics.head_places(rig, done, joints)
        if np.linalg.norm(got - wanted, axis=-1).max() <= bound:
            break
        degrees *= SHRINK
        share *= 0.9
    for number, channel in enumerate(table):
        channel.keys = np.flatnonzero(keys[:, number])


def _stacked(table: list[Channel]) -> np.ndarray:
    """Return the channels (T, C, 4), those of three columns with a fourth that is nothing."""
    values = np.zeros((len(table[0].values), len(table), 4))
    for number, channel in enumerate(table):
        values[:, number, : channel.values.shape[1]] = channel.values
    return values


def _to_quaternion(values: np.ndarray, mode: str) -> np.ndarray:
    """Return the rotations (T, 4) that the values (T, 4) of a mode's property are."""
    if mode == "QUATERNION":
        return rotation.normalize(values)
    if mode == "AXIS_ANGLE":
        axis = values[:, 1:] / np.maximum(np.linalg.norm(values[:, 1:], axis=1), 1e-9)[:, None]
        return rotation.from_axis_angle(axis, values[:, 0])
    return channels.from_euler(values[:, :3], mode)
