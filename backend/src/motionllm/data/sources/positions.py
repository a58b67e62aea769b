"""Motion known by the positions of SMPL's 22 joints alone, onto the canonical skeleton. numpy only.

Positions say where every bone points, but not how the body's rest pose stood. Pelvis and chest
are rigid frames of three joints each; what they and the bones of trunk and feet are turned by in
a T-pose is fitted to the motion, over all clips of a set, as for skeletons without a rest pose
(rig.from_bvh): standing people stand straight, planted feet are flat. Limbs follow by the swing
of their bones from their parents; a bent elbow or knee tells the twist of the bone above it. What
positions cannot tell (the turn of a head about the neck, forearms, hands) stays as in the T-pose.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip, to_origin
from motionllm.motion.curves import gaussian
from motionllm.rig.from_bvh import floor_height

J = skeleton.JOINTS
_OFFSETS = skeleton.OFFSETS.astype(np.float64)
_REST = skeleton.forward_kinematics(
    rotation.identity(1, skeleton.JOINT_COUNT), np.zeros((1, 3)), _OFFSETS
)[0]
# Bones whose direction in the T-pose is fitted: of which joint, at which child.
_TRUNK = {
    J[joint]: J[child]
    for joint, child in (
        ("spine1", "spine2"), ("spine2", "spine3"), ("neck", "head"),
        ("left_collar", "left_shoulder"), ("right_collar", "right_shoulder"),
    )
}  # fmt: skip
_SPINE = {J["spine1"]: 1 / 3, J["spine2"]: 2 / 3}  # way from the pelvis' turn to the chest's
_LIMBS = tuple(  # joint above, upper joint, lower joint, end joint; hinge in the T-pose
    (tuple(J[name] for name in names.split()), np.array(hinge))
    for names, hinge in (
        ("pelvis left_hip left_knee left_ankle", (1.0, 0.0, 0.0)),
        ("pelvis right_hip right_knee right_ankle", (1.0, 0.0, 0.0)),
        ("left_collar left_shoulder left_elbow left_wrist", (0.0, -1.0, 0.0)),
        ("right_collar right_shoulder right_elbow right_wrist", (0.0, 1.0, 0.0)),
    )
)
_FEET = ((J["left_knee"], J["left_ankle"], J["left_foot"]),
         (J["right_knee"], J["right_ankle"], J["right_foot"]))  # fmt: skip
PLANTED_SPEED = 0.2  # m/s of ankle and toe
BENT = (0.15, 0.4)  # sine of a joint's bend: below the first its plane says nothing
HOLD = (0.2, 1.0)  # seconds over which a straight limb keeps the twist it had when bent


@dataclass(frozen=True)
class RestPose:
    """The T-pose of a skeleton, as far as positions do not show it.

    Attributes:
        pelvis, chest: (4,) quaternions from the measured frames to the joints' own.
        directions: joint -> (3,) where its bone points in the T-pose.
        from_rest: whether the zero pose was used, as in rig.from_bvh: here there is none.
    """

    pelvis: np.ndarray
    chest: np.ndarray
    directions: dict[int, np.ndarray]
    from_rest = False


def fit_rest(clips: Sequence[np.ndarray], fps: float) -> RestPose:
    """Fit the rest pose of one skeleton to some of its motion.

    Args:
        clips: joint positions (T, 22, 3) each, metres, Y up.
        fps: their frames a second.
    """
    joints = np.concatenate(clips)
    upright = _standing(joints)
    pelvis = _mean_turn(_pelvis_frame(joints), _trunk_frame(joints, "hip"), upright)
    chest = _mean_turn(_chest_frame(joints), _trunk_frame(joints, "shoulder"), upright)
    rest = RestPose(pelvis, chest, {})
    bases = _trunk_bases(joints, rest)
    for joint, child in _TRUNK.items():
        local = rotation.rotate(rotation.conjugate(bases[joint]), _bone(joints, joint, child))
        mean = (upright[:, None] * local).sum(axis=0)
        rest.directions[joint] = mean / np.linalg.norm(mean)
    planted = upright[:, None] * np.concatenate([_planted(clip, fps) for clip in clips])
    bones = np.stack([_bone(joints, ankle, toe) for _, ankle, toe in _FEET], axis=1)
    level = np.arctan2(bones[..., 1], np.hypot(bones[..., 0], bones[..., 2]))
    # Where no foot is ever planted, the mean of all frames must do.
    pitch = np.average(level, weights=planted + 1e-6)
    for _, ankle, _ in _FEET:
        rest.directions[ankle] = np.array([0.0, np.sin(pitch), np.cos(pitch)])
    return rest


def clip_from_joints(joints: np.ndarray, fps: float, rest: RestPose) -> Clip:
    """Carry joint positions to the canonical skeleton.

    Args:
        joints: (T, 22, 3) metres, Y up, any place and facing.
        fps: frames a second; the clip keeps them.
        rest: of their skeleton.

    Returns:
        A clip that starts at the origin facing +Z with its feet on the floor, scaled by leg
        length.
    """
    world = rotation.identity(len(joints), skeleton.JOINT_COUNT)
    bases = _trunk_bases(joints, rest)
    world[:, 0] = bases[0]
    world[:, J["spine3"]] = bases[J["spine3"]]
    for joint, child in _TRUNK.items():
        bone = _bone(joints, joint, child)
        world[:, joint] = _swung(bases[joint], rest.directions[joint], bone)
    world[:, J["head"]] = world[:, J["neck"]]
    for (above, upper, lower, end), hinge in _LIMBS:
        first, second = _bone(joints, upper, lower), _bone(joints, lower, end)
        turn = _swung(world[:, above], _OFFSETS[lower], first)
        twist = _twist(turn, first, second, hinge, fps)
        world[:, upper] = rotation.multiply(rotation.from_axis_angle(first, twist), turn)
        world[:, lower] = _swung(world[:, upper], _OFFSETS[end], second)
        world[:, end] = world[:, lower]
    for knee, ankle, toe in _FEET:
        bone = _bone(joints, ankle, toe)
        world[:, ankle] = _swung(world[:, knee], rest.directions[ankle], bone)
        world[:, toe] = world[:, ankle]
    scale = skeleton.LEG_LENGTH / _leg_length(joints)
    hips = 0.5 * (joints[:, J["left_hip"]] + joints[:, J["right_hip"]])
    to_pelvis = -0.5 * (_OFFSETS[J["left_hip"]] + _OFFSETS[J["right_hip"]])
    translation = hips * scale + rotation.rotate(world[:, 0], to_pelvis[None])
    local, translation = to_origin(skeleton.local_rotations(world), translation)
    translation[:, 1] -= floor_height(skeleton.forward_kinematics(local, translation))
    return Clip.build(fps, local, translation)


def _bone(joints: np.ndarray, joint: int, child: int) -> np.ndarray:
    """Return unit directions (T, 3) from one joint to another."""
    bone = joints[:, child] - joints[:, joint]
    return bone / np.maximum(np.linalg.norm(bone, axis=-1, keepdims=True), 1e-9)


def _frame(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return quaternions (T, 4) that turn +Y to y (T, 3) and +X as near to x as that allows."""
    y = y / np.maximum(np.linalg.norm(y, axis=-1, keepdims=True), 1e-9)
    x = x - np.sum(x * y, axis=-1, keepdims=True) * y
    x = x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9)
    return rotation.from_matrix(np.stack([x, y, np.cross(x, y)], axis=-1))


def _middle(joints: np.ndarray, part: str) -> np.ndarray:
    return 0.5 * (joints[:, J["left_" + part]] + joints[:, J["right_" + part]])


def _across(joints: np.ndarray, part: str) -> np.ndarray:
    return joints[:, J["left_" + part]] - joints[:, J["right_" + part]]


def _pelvis_frame(joints: np.ndarray) -> np.ndarray:
    """Return the frame (T, 4) of the hips and the lowest joint of the spine: one rigid body."""
    return _frame(_across(joints, "hip"), joints[:, J["spine1"]] - _middle(joints, "hip"))


def _chest_frame(joints: np.ndarray) -> np.ndarray:
    """Return the frame (T, 4) of spine3, neck and collars: one rigid body."""
    return _frame(_across(joints, "collar"), joints[:, J["neck"]] - joints[:, J["spine3"]])


def _trunk_frame(joints: np.ndarray, part: str) -> np.ndarray:
    """Return what hips or shoulders and the way from hips to shoulders make of the T-pose's."""
    trunk = _middle(joints, "shoulder") - _middle(joints, "hip")
    rest = _middle(_REST[None], "shoulder") - _middle(_REST[None], "hip")
    canonical = _frame(_across(_REST[None], part), rest)
    return rotation.multiply(_frame(_across(joints, part), trunk), rotation.conjugate(canonical))


def _standing(joints: np.ndarray) -> np.ndarray:
    """Return how straight the trunk stands (T,), 0.01 to 1."""
    trunk = _middle(joints, "shoulder") - _middle(joints, "hip")
    lean = trunk[:, 1] / np.maximum(np.linalg.norm(trunk, axis=-1), 1e-9)
    return np.clip((lean - 0.9) * 10.0, 0.01, 1.0)


def _mean_turn(measured: np.ndarray, wanted: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the constant c (4,) for which measured * c is nearest to wanted, both (T, 4).

    Source: Markley et al., "Averaging Quaternions", 2007.
    """
    q = rotation.multiply(rotation.conjugate(measured), wanted)
    return np.linalg.eigh((weight[:, None] * q).T @ q)[1][:, -1]


def _trunk_bases(joints: np.ndarray, rest: RestPose) -> dict[int, np.ndarray]:
    """Return the world rotations (T, 4) that trunk bones swing from."""
    pelvis = rotation.multiply(_pelvis_frame(joints), rest.pelvis)
    chest = rotation.multiply(_chest_frame(joints), rest.chest)
    bases = dict.fromkeys((J["spine3"], *_TRUNK), chest)
    for joint, way in _SPINE.items():
        bases[joint] = rotation.slerp(pelvis, chest, np.full(len(joints), way))
    return bases | {0: pelvis}


def _swung(base: np.ndarray, direction: np.ndarray, bone: np.ndarray) -> np.ndarray:
    """Return base (T, 4) turned the short way so that its `direction` (3,) points along bone."""
    return rotation.multiply(rotation.between(rotation.rotate(base, direction), bone), base)


def _twist(
    turn: np.ndarray, first: np.ndarray, second: np.ndarray, hinge: np.ndarray, fps: float
) -> np.ndarray:
    """Return the angle (T,) about its bone by which a limb's upper joint is turned further.

    Args:
        turn: (T, 4) world rotation of the upper joint without twist.
        first, second: (T, 3) directions of the upper and the lower bone.
        hinge: (3,) axis about which the lower bone bends in the T-pose.
    """
    plane = np.cross(first, second)
    bend = np.linalg.norm(plane, axis=-1)
    unbent = rotation.rotate(turn, hinge)
    angle = np.arctan2(
        np.sum(np.cross(unbent, plane) * first, axis=-1), np.sum(unbent * plane, axis=-1)
    )
    sure = np.clip((bend - BENT[0]) / (BENT[1] - BENT[0]), 0.0, 1.0)
    votes = sure * np.exp(1j * angle)
    held = sum(0.1**n * gaussian(votes, s * fps) for n, s in enumerate(HOLD, 1))
    return np.angle(votes + held + 1e-3)


def _planted(joints: np.ndarray, fps: float) -> np.ndarray:
    """Return which feet (T, 2) stand still, as 0 or 1."""
    if len(joints) < 2:
        return np.zeros((len(joints), 2))
    speed = np.linalg.norm(np.gradient(joints, axis=0), axis=-1) * fps
    pairs = [[ankle, toe] for _, ankle, toe in _FEET]
    return (speed[:, pairs].max(axis=2) < PLANTED_SPEED).astype(float)


def _leg_length(joints: np.ndarray) -> float:
    """Return the mean length of a leg, hip to ankle."""
    parts = [
        np.linalg.norm(joints[:, lower] - joints[:, upper], axis=-1)
        for (_, hip, knee, ankle), _ in _LIMBS[:2]
        for upper, lower in ((hip, knee), (knee, ankle))
    ]
    return float(np.mean(parts)) * 2.0
