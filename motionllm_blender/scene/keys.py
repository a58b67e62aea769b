"""Channels of a motion and which of their frames get keys. May import bpy, numpy, motionllm."""

from dataclasses import dataclass

import bpy
import numpy as np

from motionllm.motion import skeleton
from motionllm.motion.clip import Clip
from motionllm.rig.carry.transfer import Pose
from motionllm.rig.curves import few, thin
from motionllm.rig.curves.channels import to_mode
from motionllm.rig.find.match import Match
from motionllm.rig.rig import Rig

BESIDE = 0.3  # of the bound: what channels beside the pose's own may be off
NEAREST = 2  # frames between two keys of them


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
        slopes: (T, N) a frame, those of the handles, where `keys` are given.
    """

    path: str
    group: str
    values: np.ndarray
    angular: bool
    skip: tuple[int, ...] = ()
    keys: np.ndarray | None = None
    slopes: np.ndarray | None = None

    def draw(self, curve: thin.Curves, turn: np.ndarray | None = None) -> None:
        """Take values, keys and slopes of a curve (T, 1, N), turned by a matrix (N, N)."""
        values, slopes = curve.values[:, 0], curve.slopes[:, 0]
        self.keys = np.flatnonzero(curve.keys[:, 0])
        self.values = values if turn is None else values @ turn.T
        self.slopes = slopes if turn is None else slopes @ turn.T


def in_mode(mode: str, rotations: np.ndarray) -> tuple[str, np.ndarray]:
    """Return the property of a rotation mode and its values (T, 3 or 4): the mode is kept."""
    kinds = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
    return kinds.get(mode, "rotation_euler"), to_mode(mode, rotations)


def thin_keys(
    table: list[Channel], armature: bpy.types.Object, rig: Rig, pose: Pose, match: Match,
    clip: Clip, degrees: float, millimetres: float,
) -> None:  # fmt: skip
    """Choose the keys: every joint within the distance, each bone within the angle.

    Args:
        table: the channels of the pose's bones in their order, then the root's location, then
            others; their values, keys and slopes are set.
        clip: what is done, for its feet.
        degrees, millimetres: the bounds.
    """
    unit = armature.matrix_world.median_scale or 1.0  # metres an armature unit
    bound, angle = millimetres / 1000.0 / unit, np.radians(degrees)
    stands = (clip.mirrored() if rig.mirrored else clip).contacts
    feet = {
        match.bones[joint]: stands[:, column]
        for column, joint in enumerate(skeleton.FOOT_JOINTS) if joint in match.bones
    }  # fmt: skip
    never = np.zeros(clip.frames, bool)
    joints = {bone: feet.get(bone, never) for bone in match.bones.values()}
    modes = [armature.pose.bones[rig.names[bone]].rotation_mode for bone in pose.bones]
    found = few.few_keys(rig, pose, modes, joints, list(feet), bound, angle)
    for channel, curve in zip(table, found.turns, strict=False):
        channel.draw(curve)
    root = armature.pose.bones[rig.names[pose.root]].bone
    count = len(pose.bones)
    local = root.use_local_location
    table[count].draw(found.location, None if local else np.array(root.matrix_local.to_3x3()))
    for channel in table[count + 1 :]:
        most = BESIDE * bound
        if channel.angular:
            most = BESIDE * min(angle, bound * unit)
        most = np.full((len(channel.values), 1), most)
        channel.draw(thin.fitted(channel.values[:, None], most, nearest=NEAREST))
