"""What the IK controls of a control rig do where they are to follow the motion. numpy only."""

from dataclasses import dataclass

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.rig.carry.locked_feet import place_of
from motionllm.rig.find.family import IkControls
from motionllm.rig.rig import Rig

FAR = 1.2  # limb lengths from the elbow or knee to its pole


@dataclass(frozen=True)
class Control:
    """Channels of one control.

    Attributes:
        bone: its index.
        rotation: (T, 4) local rotation, None if it is not turned.
        location: (T, 3) local location, armature units, None if it is not moved.
    """

    bone: int
    rotation: np.ndarray | None
    location: np.ndarray | None


def controls(
    ik: IkControls, rig: Rig, bones: dict[int, int], turns: list[np.ndarray], pelvis: np.ndarray
) -> list[Control]:
    """Return what the controls do, those that the rig has.

    Args:
        bones: joint index -> bone index.
        turns: (T, 4) for each bone, its turn since rest in armature axes.
        pelvis: (T, 3) where the pelvis bone's head is.
    """
    index = {name: bone for bone, name in enumerate(rig.names)}
    found = []
    for name, joint in ik.targets.items():
        if name in index and joint in bones:
            bone, body = index[name], bones[joint]
            place = place_of(rig, turns, bones, pelvis, body)
            # A control that stands elsewhere than the joint turns with it as if nailed to it.
            place = place + rotation.rotate(turns[body], rig.heads[bone] - rig.heads[body])
            turn = _local(rig, bone, turns[body])
            found.append(Control(bone, turn, _location(rig, bone, place)))
    for name, joint in ik.turns.items():
        if name in index and joint in bones:
            above = turns[bones[skeleton.PARENTS[joint]]]
            turn = rotation.multiply(rotation.conjugate(above), turns[bones[joint]])
            found.append(Control(index[name], _local(rig, index[name], turn), None))
    for name, joint in ik.poles.items():
        end = skeleton.PARENTS.index(joint)
        if name in index and joint in bones and end in bones:
            place = _pole(rig, bones, turns, pelvis, (skeleton.PARENTS[joint], joint, end),
                          rig.heads[index[name]])  # fmt: skip
            found.append(Control(index[name], None, _location(rig, index[name], place)))
    return found


def _pole(
    rig: Rig, bones: dict[int, int], turns: list[np.ndarray], pelvis: np.ndarray,
    joints: tuple[int, int, int], rest: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return where a limb's pole is (T, 3): ahead of the upper bone's own z axis.

    That is what a solver with a pole angle of a right angle turns to the pole, whatever the limb's
    bend, so that a straight limb keeps its twist.

    Args:
        rest: (3,) where the pole is at rest, which tells the axis' sign.
    """
    upper, middle, end = (bones[joint] for joint in joints)
    a, b, c = (place_of(rig, turns, bones, pelvis, bone) for bone in (upper, middle, end))
    length = float(np.linalg.norm(rig.heads[middle] - rig.heads[upper]))
    along = (c - a) / np.maximum(np.linalg.norm(c - a, axis=1, keepdims=True), 1e-9)
    axis = rig.rest[upper, :3, 2] / np.linalg.norm(rig.rest[upper, :3, 2])
    axis = axis * np.copysign(1.0, axis @ (rest - rig.heads[middle]))
    way = rotation.rotate(turns[upper], axis[None])
    way = way - np.sum(way * along, axis=1, keepdims=True) * along
    way = way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    return b + FAR * length * way


def _rest(rig: Rig, bone: int) -> np.ndarray:
    matrix = rig.rest[bone, :3, :3]
    return rotation.from_matrix(matrix / np.maximum(np.linalg.norm(matrix, axis=0), 1e-12))


def _local(rig: Rig, bone: int, turn: np.ndarray) -> np.ndarray:
    rest = _rest(rig, bone)
    back = rotation.multiply(rotation.conjugate(rest), turn)
    return rotation.continuous(rotation.multiply(back, rest))


def _location(rig: Rig, bone: int, place: np.ndarray) -> np.ndarray:
    return rotation.rotate(rotation.conjugate(_rest(rig, bone)), place - rig.heads[bone])
