"""Where a rig's bones are when their channels have values. numpy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from motionllm.motion import rotation
from motionllm.rig.carry.transfer import Pose
from motionllm.rig.rig import Rig

# Gets a row of the pose and what turns it before its own channels do, (T, 3, 3) in armature space;
# returns its own turn (T, 4).
TurnOf = Callable[[int, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Stand:
    """Where bones are, in armature space.

    Attributes:
        turns: (T, 3, 3) by bone.
        heads: (T, N, 3) of the bones asked for.
    """

    turns: dict[int, np.ndarray]
    heads: np.ndarray


class Kinematics:
    """The bones that some joints hang on, from the root down.

    Bones without channels stay as they are at rest relative to their parents.

    Attributes:
        rows: row of the pose by bone.
    """

    def __init__(self, rig: Rig, pose: Pose, joints: list[int]) -> None:
        self._rig, self._pose, self._joints = rig, pose, joints
        self.rows = {int(bone): row for row, bone in enumerate(pose.bones)}
        rest = np.asarray(rig.rest, np.float64)
        self._offsets = {}
        for bone in sorted({above for one in [*joints, *self.rows] for above in rig.above(one)}):
            parent = int(rig.parents[bone])
            self._offsets[bone] = (
                rest[bone] if parent < 0 else np.linalg.inv(rest[parent]) @ rest[bone]
            )

    def stand(
        self, turn_of: TurnOf, location: np.ndarray, joints: list[int] | None = None
    ) -> Stand:
        """Return where all bones are, or those alone that some joints hang on.

        Args:
            turn_of: what the bones do.
            location: of the root (T, 3).
            joints: bones whose heads are asked for, of those given at first.
        """
        rig, pose, frames = self._rig, self._pose, len(location)
        order = sorted({above for one in joints for above in rig.above(one)} if joints is not None
                       else self._offsets)  # fmt: skip
        turns: dict[int, np.ndarray] = {}
        places: dict[int, np.ndarray] = {}
        for bone in order:
            offset, parent = self._offsets[bone], int(rig.parents[bone])
            if parent < 0:
                turn = np.broadcast_to(offset[:3, :3], (frames, 3, 3))
                place = np.broadcast_to(offset[:3, 3], (frames, 3))
            else:
                turn = turns[parent] @ offset[:3, :3]
                place = places[parent] + turns[parent] @ offset[:3, 3]
            own = location if bone == pose.root else pose.loose.get(bone)
            if own is not None:
                place = place + np.einsum("tij,tj->ti", turn, own)
            if not rig.inherits_rotation[bone]:
                turn = np.broadcast_to(np.asarray(rig.rest, np.float64)[bone, :3, :3], turn.shape)
            row = self.rows.get(bone)
            if row is not None:
                turn = turn @ rotation.to_matrix(turn_of(row, turn))
            turns[bone], places[bone] = turn, place
        wanted = self._joints if joints is None else joints
        return Stand(turns, np.stack([places[bone] for bone in wanted], axis=1))


def head_places(rig: Rig, pose: Pose, wanted: list[int]) -> np.ndarray:
    """Return where the heads (T, N, 3) of N bones are in armature space, in a pose."""
    body = Kinematics(rig, pose, wanted)
    return body.stand(lambda row, _above: pose.rotations[:, row], pose.location).heads
