"""Channels of feet and hands that do not hang on their limbs, as rigs for IK have. numpy only."""

from dataclasses import dataclass

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.rig.carry.locked_feet import place_of
from motionllm.rig.find.loose import whole
from motionllm.rig.rig import Rig


@dataclass(frozen=True)
class Posed:
    """A rig in the poses of a motion, the path taken off where a bone or the object carries it.

    Attributes:
        rig: the rig.
        bones: joint index -> bone index.
        turns: (T, 4) for each bone, its turn since rest in armature axes.
        pelvis: (T, 3) where the pelvis bone's head is.
        root: the bone that is moved, the pelvis or one above it.
        moved: (T, 3) by how much.
    """

    rig: Rig
    bones: dict[int, int]
    turns: list[np.ndarray]
    pelvis: np.ndarray
    root: int
    moved: np.ndarray


def loose_end(
    posed: Posed, bone: int, path: tuple[np.ndarray, np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the local rotation (T, 4) and location (T, 3) that bring an end to its limb's tip.

    Args:
        bone: of the foot or hand.
        path: turn (T, 4) and movement (T, 3) that were taken off, if the bone does not hang on
            the one that carries them.
    """
    rig = posed.rig
    body = whole(rig, posed.bones)
    wanted = place_of(body, posed.turns, posed.bones, posed.pelvis, bone)
    turn = posed.turns[bone]
    if path is not None:
        wanted = rotation.rotate(path[0], wanted) + path[1]
        turn = rotation.multiply(path[0], turn)
    above, at, rest_at = _carrier(posed, int(rig.parents[bone]))
    matrix = rig.rest[bone, :3, :3]
    rest = rotation.from_matrix(matrix / np.maximum(np.linalg.norm(matrix, axis=0), 1e-12))
    back = rotation.conjugate(rest)
    unmoved = at + rotation.rotate(above, (rig.heads[bone] - rest_at)[None])
    location = rotation.rotate(rotation.conjugate(above), wanted - unmoved)
    local = rotation.multiply(rotation.conjugate(above), turn)
    if not rig.inherits_rotation[bone]:
        local = turn
    return (
        rotation.multiply(rotation.multiply(back, local), rest),
        rotation.rotate(back, location),
    )


def _carrier(posed: Posed, parent: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the turn (T, 4) of what an end hangs on, its head's place (T, 3) and that at rest."""
    rig, frames = posed.rig, len(posed.moved)
    still = np.broadcast_to(rotation.identity(), (frames, 4))
    if parent < 0:
        return still, np.zeros((frames, 3)), np.zeros(3)
    chain, head = rig.above(parent), rig.heads[parent]
    pelvis = posed.bones[skeleton.JOINTS["pelvis"]]
    if pelvis in chain:
        place = place_of(rig, posed.turns, posed.bones, posed.pelvis, parent)
        return posed.turns[parent], place, head
    return still, head + (posed.moved if posed.root in chain else np.zeros((frames, 3))), head
