"""An arm that puts its hand to a place at the body, in every frame. numpy only.

The collar goes with the arm, the elbow lies to the side that is asked for (two-bone inverse
kinematics), and the hand is turned as far as a wrist and a forearm turn.
"""

from __future__ import annotations

import numpy as np

from motionllm.data.gestures.table import PARTS, TOUCH, Hand, as_seen
from motionllm.motion import rotation, skeleton
from motionllm.motion.skeleton import JOINTS
from motionllm.motion.two_bones import two_bones

ARM = ("collar", "shoulder", "elbow", "wrist")
WRIST_BEND = 65.0  # degrees of a hand against its forearm at most
SUPINE, PRONE = 165.0, 15.0  # degrees of a forearm's twist from palm down in the T-pose, both ways
FOREARM = 0.5  # share of the twist that the elbow's joint takes, the wrist the rest
# The collar goes up with an arm that is higher than LOW degrees under level, by RISE a degree.
LOW, RISE, HIGHEST = 25.0, 0.22, 24.0
AHEAD, ACROSS = 10.0, 8.0  # degrees by which it goes forward with an arm ahead, across
ROUNDS = 5  # the place of the wrist and the turn of the hand depend on each other
_CHEST = JOINTS["spine3"]
_UP, _ACROSS = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])


def joints_of(side: str) -> list[int]:
    """Return the joints of an arm: collar, shoulder, elbow, wrist."""
    return [JOINTS[f"{side}_{name}"] for name in ARM]


def lift_collar(collar: np.ndarray, side: str, up: np.ndarray) -> np.ndarray:
    """Return local rotations (T, 4) of a collar lifted by degrees (T,)."""
    sign = 1.0 if side == "left" else -1.0
    return rotation.multiply(rotation.from_axis_angle(_ACROSS, np.radians(sign * up)), collar)


def place_of(
    world: np.ndarray, joints: np.ndarray, hand: Hand, side: str, shift: np.ndarray
) -> np.ndarray:
    """Return where (T, 3) in the world a hand goes.

    Args:
        world: (T, 22, 4) world rotations.
        joints: (T, 22, 3) world positions.
        hand: where it goes; shift: (T, 3) metres besides, as the hand sees them.
        side: left or right.
    """
    shoulder = hand.part == "shoulder"
    joint = JOINTS[f"{side}_shoulder"] if shoulder else PARTS[hand.part]
    frame = _CHEST if shoulder else joint
    at = as_seen(hand.at, side) + shift * as_seen((1.0, 1.0, 1.0), side)
    return joints[:, joint] + rotation.rotate(world[:, frame], at)


def touching(world: np.ndarray, joints: np.ndarray, hand: Hand, side: str) -> np.ndarray:
    """Return where (T, 3) in the world a hand is: what of it `hand.touch` names."""
    wrist = JOINTS[f"{side}_wrist"]
    along = as_seen((TOUCH[hand.touch], 0.0, 0.0), side)
    return joints[:, wrist] + rotation.rotate(world[:, wrist], np.tile(along, (len(joints), 1)))


def posed(
    rotations: np.ndarray, translation: np.ndarray, hand: Hand, side: str, shift: np.ndarray
) -> np.ndarray:
    """Return the local rotations (T, 4, 4) of ARM with which a hand is where it goes.

    Args:
        rotations: (T, 22, 4) local rotations of the body.
        translation: (T, 3) of the pelvis.
        hand: where it goes; shift: (T, 3) metres besides, as the hand sees them.
        side: left or right.
    """
    collar, shoulder, elbow, wrist = joints_of(side)
    world, joints = skeleton.world_transforms(rotations, translation)
    chest = world[:, _CHEST]
    goal = place_of(world, joints, hand, side, shift)
    raised = _collar(rotations[:, collar], chest, goal - joints[:, shoulder], side)
    world[:, collar] = rotation.multiply(chest, raised)
    reach = rotation.rotate(world[:, collar], skeleton.OFFSETS[shoulder][None].astype(float))
    joints[:, shoulder] = joints[:, collar] + reach
    if hand.part == "shoulder":
        goal = place_of(world, joints, hand, side, shift)
    pole = rotation.rotate(chest, as_seen(hand.elbow, side)[None])
    palm = rotation.rotate(_frame(world, hand), as_seen(hand.palm, side)[None])
    fingers = None
    if hand.fingers is not None:
        fingers = rotation.rotate(_frame(world, hand), as_seen(hand.fingers, side)[None])
    along = as_seen((TOUCH[hand.touch], 0.0, 0.0), side)[None]
    target = goal - TOUCH[hand.touch] * _unit(goal - joints[:, shoulder])
    upper = fore = turned = twist = np.zeros(0)
    for _ in range(ROUNDS):
        upper, fore = _bones(target - joints[:, shoulder], pole, side)
        twist, bent = _hand(fore, fingers, palm, side)
        turned = rotation.multiply(fore, rotation.multiply(twist, bent))
        target = goal - rotation.rotate(turned, along)
    upper, fore = _bones(target - joints[:, shoulder], pole, side)
    half = rotation.slerp(rotation.identity(len(twist)), twist, np.full(len(twist), FOREARM))
    forearm = rotation.multiply(fore, half)
    back = rotation.conjugate
    return np.stack(
        [
            raised,
            rotation.multiply(back(world[:, collar]), upper),
            rotation.multiply(back(upper), forearm),
            rotation.multiply(back(forearm), turned),
        ],
        axis=1,
    )


def _frame(world: np.ndarray, hand: Hand) -> np.ndarray:
    return world[:, _CHEST if hand.part == "shoulder" else PARTS[hand.part]]


def _collar(collar: np.ndarray, chest: np.ndarray, aim: np.ndarray, side: str) -> np.ndarray:
    """Return the local rotations (T, 4) of a collar that goes with an arm's aim (T, 3)."""
    sign = 1.0 if side == "left" else -1.0
    seen = rotation.rotate(rotation.conjugate(chest), _unit(aim))
    height = np.degrees(np.arcsin(np.clip(seen[:, 1], -1.0, 1.0)))
    up = np.clip(RISE * (height + LOW), 0.0, HIGHEST)
    across = np.maximum(-sign * seen[:, 0], 0.0)
    ahead = AHEAD * np.maximum(seen[:, 2], 0.0) + ACROSS * across
    forward = rotation.from_axis_angle(_UP, np.radians(-sign * ahead))
    return rotation.multiply(forward, lift_collar(collar, side, up))


def _bones(target: np.ndarray, pole: np.ndarray, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Return world rotations (T, 4) of upper arm and forearm; the elbow bends as a hinge.

    Args:
        target: (T, 3) from the shoulder to the wrist.
        pole: (T, 3) to which side of that line the elbow lies.
        side: left or right.
    """
    sign = 1.0 if side == "left" else -1.0
    lengths = [float(np.linalg.norm(skeleton.OFFSETS[j])) for j in joints_of(side)[2:]]
    along = _unit(target)
    hinge = _unit(np.cross(pole, along))
    upper, lower = (length * along for length in lengths)
    first, second = two_bones(upper, lower, target, hinge)
    y = -sign * hinge
    return (
        _basis(sign * rotation.rotate(first, along), y),
        _basis(sign * rotation.rotate(second, along), y),
    )


def _hand(
    fore: np.ndarray, fingers: np.ndarray | None, palm: np.ndarray, side: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return a forearm's twist (T, 4) and, in that frame, a wrist's bend (T, 4), in limits."""
    sign = 1.0 if side == "left" else -1.0
    ahead = rotation.rotate(fore, np.array([[sign, 0.0, 0.0]]))
    wanted = _basis(sign * (ahead if fingers is None else _unit(fingers)), -palm)
    turn = rotation.multiply(rotation.conjugate(fore), wanted)
    # Twist about the forearm's axis, and what is left. Palm up is a negative turn on both sides.
    angle = 2.0 * np.degrees(np.arctan2(turn[:, 1], turn[:, 0]))
    middle = 0.5 * (PRONE - SUPINE)
    angle = (angle - middle + 180.0) % 360.0 - 180.0 + middle
    twist = rotation.from_axis_angle(
        np.array([1.0, 0.0, 0.0]), np.radians(np.clip(angle, -SUPINE, PRONE))
    )
    bent = rotation.multiply(rotation.conjugate(twist), turn)
    bent = np.where(bent[:, :1] < 0.0, -bent, bent)
    # What of the twist was too much is no bend: the wrist only bends.
    away = rotation.rotate(bent, np.array([[1.0, 0.0, 0.0]]))
    bent = rotation.between(np.array([[1.0, 0.0, 0.0]]), away)
    size = np.degrees(rotation.angle(bent))
    share = np.minimum(1.0, WRIST_BEND / np.maximum(size, 1e-6))
    return twist, rotation.slerp(rotation.identity(len(bent)), bent, share)


def _basis(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return rotations (T, 4) whose x axis is x (T, 3), and whose y axis is as near y as it can."""
    x = _unit(x)
    y = _unit(y - (y * x).sum(axis=-1, keepdims=True) * x)
    return rotation.from_matrix(np.stack([x, y, np.cross(x, y)], axis=-1))


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
