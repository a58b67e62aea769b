"""Feet and hands that hang on nothing or on the trunk: limbs that IK moves. numpy only.

Such an end belongs to the limb at whose tip it stands. What looks for a body there sees a rig whose
ends hang where they belong; what writes channels has to give the ends places of their own.
"""

from dataclasses import replace

import numpy as np

from motionllm.motion import skeleton
from motionllm.rig.rig import Rig

J = skeleton.JOINTS
ENDS = tuple(
    J[f"{side}_{part}"] for side in ("left", "right") for part in ("ankle", "foot", "wrist")
)
TRUNK = tuple(J[joint] for joint in ("pelvis", "spine1", "spine2", "spine3"))
NEAR = 0.02  # share of the rig's size: as far from a bone's tail its end may stand


def parent_joint(joint: int, bones: dict[int, int]) -> int:
    """Return the next joint above one that has a bone, -1 for none."""
    parent = skeleton.PARENTS[joint]
    while parent >= 0 and parent not in bones:
        parent = skeleton.PARENTS[parent]
    return parent


def loose_joints(bones: dict[int, int], rig: Rig) -> list[int]:
    """Return the ends of limbs whose bones do not hang on the limb, but on the trunk or nothing.

    What carries other parts of the body is no such end: nothing could hang on its limb then.

    Args:
        bones: joint index -> bone index.
    """
    limbs = {bone for joint, bone in bones.items() if joint not in TRUNK}
    above = {joint: set(rig.above(bone)[1:]) for joint, bone in bones.items()}

    def carries(end: int) -> bool:
        return any(bones[end] in above[joint] for joint in bones if skeleton.PARENTS[joint] != end)

    return [
        joint
        for joint in ENDS
        if joint in bones and not limbs & above[joint] and not carries(joint)
    ]


def whole(rig: Rig, bones: dict[int, int]) -> Rig:
    """Return a rig in which loose ends hang on their limbs; the same one where none is loose.

    Its bones are in the rig's order, so that a parent may come after its child.
    """
    loose = loose_joints(bones, rig)
    if not loose:
        return rig
    parents = np.array(rig.parents, int)
    for joint in loose:
        parents[bones[joint]] = bones[parent_joint(joint, bones)]
    return replace(rig, parents=parents)


def _up(parents: np.ndarray, bone: int) -> list[int]:
    """Return a bone and what it hangs on, as far as parents have been changed."""
    chain = [bone]
    while parents[chain[-1]] >= 0:
        chain.append(int(parents[chain[-1]]))
    return chain


def joined(rig: Rig) -> Rig:
    """Return a rig whose loose ends hang on the limbs at whose tips they stand, as `whole` does.

    Where nothing has been mapped yet: an end is a bone that stands at the tail of a bone which
    nothing continues, and which hangs further down on the same.
    """
    heads, tails = rig.heads, np.asarray(rig.tails, np.float64)
    limit = NEAR * float(np.linalg.norm(np.ptp(heads, axis=0)))
    parents = np.array(rig.parents, int)
    continued = set(parents.tolist())
    above = {bone: rig.above(bone) for bone in range(len(parents)) if bone not in continued}
    tips = np.array([bone for bone, chain in above.items() if len(chain) >= 3], int)
    for bone, parent in enumerate(rig.parents):
        away = np.linalg.norm(tails[tips] - heads[bone], axis=-1)
        for tip in tips[np.argsort(away, kind="stable")[: np.count_nonzero(away < limit)]]:
            lower = parent < 0 or parent in above[tip][2:]
            if lower and bone not in _up(parents, int(tip)):
                parents[bone] = tip
                break
    return rig if (parents == rig.parents).all() else replace(rig, parents=parents)
