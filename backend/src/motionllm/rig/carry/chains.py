"""Which bones of a rig share the work of the canonical joints. numpy only.

A rig may have any number of spine and neck bones, and twist bones in its forearms. A chain of n
bones is laid over the canonical one by length: bone k of n stands at k/n of it, and takes what the
canonical chain does there.
"""

import re
from dataclasses import dataclass

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.rig.rig import Rig

J = skeleton.JOINTS
SPINE = (J["pelvis"], J["spine1"], J["spine2"], J["spine3"])
NECK = (J["spine3"], J["neck"], J["head"])
_TWIST = re.compile(r"twist|roll(?![a-z])|捩", re.IGNORECASE)


@dataclass(frozen=True)
class Chains:
    """Bones between joints.

    Attributes:
        spine: bones from above the pelvis up to the chest.
        neck: bones between chest and head, without the head.
        twists: bone, elbow joint, wrist joint, share of the hand's twist it takes.
    """

    spine: list[int]
    neck: list[int]
    twists: list[tuple[int, int, int, float]]


def find_chains(rig: Rig, bones: dict[int, int]) -> Chains:
    """Find the chains of a rig whose joints are known (joint index -> bone index)."""
    mapped = set(bones.values())
    pelvis = bones[J["pelvis"]]
    chest = bones.get(J["spine3"], pelvis)

    def moving(path: list[int]) -> list[int]:
        return [bone for bone in path if rig.deforms[bone] or bone in mapped]

    spine = moving(rig.between(pelvis, chest))
    head = bones.get(J["head"])
    neck = moving(rig.between(chest, head))[:-1] if head is not None else []
    if head is None and J["neck"] in bones:
        neck = [bones[J["neck"]]]
    return Chains(spine, neck, _twist_bones(rig, bones))


def _twist_bones(rig: Rig, bones: dict[int, int]) -> list[tuple[int, int, int, float]]:
    found = []
    heads = rig.heads
    for side in ("left", "right"):
        elbow, wrist = J[f"{side}_elbow"], J[f"{side}_wrist"]
        if wrist not in bones:
            continue
        start, end = heads[bones[elbow]], heads[bones[wrist]]
        along = end - start
        length = float(np.linalg.norm(along))
        inside = set(rig.between(bones[elbow], bones[wrist])) - {bones[wrist]}
        beside = {
            bone for bone, parent in enumerate(rig.parents)
            if parent == bones[elbow] and _TWIST.search(rig.names[bone])
        }  # fmt: skip
        for bone in sorted((inside | beside) - set(bones.values())):
            if not rig.deforms[bone] or length < 1e-9:
                continue
            share = float((heads[bone] - start) @ along) / length**2
            aside = np.linalg.norm(heads[bone] - start - share * along)
            if aside < 0.15 * length and 0.15 < share < 1.05:
                found.append((bone, elbow, wrist, min(share, 1.0)))
    return found


def sample(knots: list[np.ndarray], places: np.ndarray) -> list[np.ndarray]:
    """Return rotations at places of a chain, between those known at 0, 1, 2 ...

    Args:
        knots: (T, 4) world rotations, from the chain's root up.
        places: (N,) where to sample, 0 .. len(knots) - 1.

    Returns:
        N arrays (T, 4).
    """
    result = []
    for place in places:
        low = min(int(place + 1e-9), len(knots) - 2)
        share = float(place) - low
        if share < 1e-9:
            result.append(knots[low])
        elif share > 1.0 - 1e-9:
            result.append(knots[low + 1])
        else:
            result.append(rotation.slerp(knots[low], knots[low + 1], share))
    return result


def spread(world: np.ndarray, joints: tuple[int, ...], count: int, last: bool) -> list[np.ndarray]:
    """Return what `count` bones of a chain do, from the canonical joints' world turns (T, 22, 4).

    Args:
        joints: canonical chain; the first one is the bone that the chain hangs on.
        last: whether the chain's last bone is the last joint's; else one more bone follows.
    """
    steps = np.arange(1, count + 1) * (len(joints) - 1) / (count if last else count + 1)
    return sample([world[:, joint] for joint in joints], steps)


def gather(world: np.ndarray, joints: tuple[int, ...], turns: list[np.ndarray], last: bool) -> None:
    """Write what a chain's bones do (T, 4) each into the canonical joints of world (T, 22, 4).

    The way back of `spread`: the chain's first joint is known, and its last where `last` is false.
    """
    knots = [world[:, joints[0]], *turns]
    if not last:
        knots.append(world[:, joints[-1]].copy())
    inner = joints[1:] if last else joints[1:-1]
    if len(knots) < 2:
        for joint in inner:
            world[:, joint] = knots[0]
        return
    places = np.arange(1, len(inner) + 1) * (len(knots) - 1) / (len(joints) - 1)
    for joint, turn in zip(inner, sample(knots, places), strict=True):
        world[:, joint] = turn


def twist_share(world: np.ndarray, elbow: int, wrist: int, share: float) -> np.ndarray:
    """Return the world turn (T, 4) of a forearm bone that takes a share of the hand's twist."""
    local = rotation.multiply(rotation.conjugate(world[:, elbow]), world[:, wrist])
    local = np.where(local[:, :1] < 0, -local, local)
    axis = skeleton.OFFSETS[wrist].astype(np.float64)
    axis /= np.linalg.norm(axis)
    angle = 2.0 * np.arctan2(local[:, 1:] @ axis, local[:, 0])
    return rotation.multiply(world[:, elbow], rotation.from_axis_angle(axis, share * angle))
