"""Where a rig's bones are when their channels have values. numpy only."""

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.rig.carry.transfer import Pose
from motionllm.rig.rig import Rig

J = skeleton.JOINTS


def head_places(rig: Rig, pose: Pose, wanted: list[int]) -> np.ndarray:
    """Return where the heads (T, N, 3) of N bones are in armature space, in a pose.

    Bones without channels stay as they are at rest relative to their parents.
    """
    frames = len(pose.rotations)
    row = {int(bone): number for number, bone in enumerate(pose.bones)}
    rest = np.asarray(rig.rest, np.float64)
    done: dict[int, np.ndarray] = {}
    for bone in sorted({above for one in wanted for above in rig.above(one)}):
        basis = np.tile(np.eye(4), (frames, 1, 1)) if bone in row or bone == pose.root else None
        if bone in row:
            basis[:, :3, :3] = rotation.to_matrix(pose.rotations[:, row[bone]])
        if bone == pose.root:
            basis[:, :3, 3] = pose.location
        parent = int(rig.parents[bone])
        offset = rest[bone] if parent < 0 else np.linalg.inv(rest[parent]) @ rest[bone]
        above = np.broadcast_to(offset, (frames, 4, 4)) if parent < 0 else done[parent] @ offset
        done[bone] = above if basis is None else above @ basis
        if not rig.inherits_rotation[bone]:
            own = rest[bone, :3, :3] if basis is None else rest[bone, :3, :3] @ basis[:, :3, :3]
            done[bone] = done[bone].copy()
            done[bone][:, :3, :3] = own
    return np.stack([done[bone][:, :3, 3] for bone in wanted], axis=1)
