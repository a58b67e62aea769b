"""Where a rig's bones are when their channels have values. numpy only."""

import numpy as np

from motionllm.motion import rotation
from motionllm.rig.carry.transfer import Pose
from motionllm.rig.rig import Rig


def head_places(rig: Rig, pose: Pose, wanted: list[int]) -> np.ndarray:
    """Return where the heads (T, N, 3) of N bones are in armature space, in a pose.

    Bones without channels stay as they are at rest relative to their parents.
    """
    frames = len(pose.rotations)
    row = {int(bone): number for number, bone in enumerate(pose.bones)}
    rest = np.asarray(rig.rest, np.float64)
    done: dict[int, np.ndarray] = {}
    for bone in sorted({above for one in wanted for above in rig.above(one)}):
        location = pose.location if bone == pose.root else pose.loose.get(bone)
        basis = _channels(pose, row.get(bone), location)
        parent = int(rig.parents[bone])
        offset = rest[bone] if parent < 0 else np.linalg.inv(rest[parent]) @ rest[bone]
        above = np.broadcast_to(offset, (frames, 4, 4)) if parent < 0 else done[parent] @ offset
        done[bone] = above if basis is None else above @ basis
        if not rig.inherits_rotation[bone]:
            own = rest[bone, :3, :3] if basis is None else rest[bone, :3, :3] @ basis[:, :3, :3]
            done[bone] = done[bone].copy()
            done[bone][:, :3, :3] = own
    return np.stack([done[bone][:, :3, 3] for bone in wanted], axis=1)


def _channels(pose: Pose, row: int | None, location: np.ndarray | None) -> np.ndarray | None:
    """Return a bone's own movement (T, 4, 4), None where it has no channels."""
    if row is None and location is None:
        return None
    basis = np.tile(np.eye(4), (len(pose.rotations), 1, 1))
    if row is not None:
        basis[:, :3, :3] = rotation.to_matrix(pose.rotations[:, row])
    if location is not None:
        basis[:, :3, 3] = location
    return basis
