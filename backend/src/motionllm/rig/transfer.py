"""A clip onto the bones of any rig, and back. numpy only.

Bones are in armature space: bone i has the rest matrix R_i and the pose matrix
P_i = P_parent R_parent^-1 R_i B_i, with B_i the bone's own channels (location, rotation).
With D_i the wanted turn of the bone since its rest, in armature axes,
B_i = R_i^-1 D_parent^-1 D_i R_i, whatever the bone's roll and direction. A joint's world turn
G_j of the clip becomes D_i = C G_j A_j C^-1: C takes the clip's axes to the armature's, A_j takes
the rig's rest direction of a limb to the clip's T-pose, so an A-pose makes no difference.
"""

from dataclasses import dataclass

import numpy as np

from motionllm import rotation, skeleton
from motionllm.clip import Clip
from motionllm.errors import MotionError

J = skeleton.JOINTS
# Joints whose bone is aimed: at which child. Feet and trunk keep the rig's own rest, since where
# their bones point says nothing about the body.
AIMED = {
    J[joint]: J[child]
    for side in ("left_", "right_")
    for joint, child in (
        (side + "hip", side + "knee"), (side + "knee", side + "ankle"),
        (side + "shoulder", side + "elbow"), (side + "elbow", side + "wrist"),
    )
}  # fmt: skip
HANDS = {J["left_wrist"]: J["left_elbow"], J["right_wrist"]: J["right_elbow"]}
SNAP = np.radians(25.0)  # a rest pose this close to standing along the axes does stand along them
HIP_MIDDLE = 0.5 * (skeleton.OFFSETS[1] + skeleton.OFFSETS[2]).astype(np.float64)


@dataclass(frozen=True)
class Rig:
    """An armature at rest.

    Attributes:
        names: bone names, parents before children.
        parents: (B,) index of the parent bone, -1 for a root.
        rest: (B, 4, 4) rest matrices in armature space.
        inherits_rotation: (B,) whether a bone turns with its parent.
    """

    names: list[str]
    parents: np.ndarray
    rest: np.ndarray
    inherits_rotation: np.ndarray

    @property
    def heads(self) -> np.ndarray:
        """Rest positions (B, 3) of the bones' heads."""
        return self.rest[:, :3, 3]


@dataclass(frozen=True)
class Pose:
    """Channels of the bones that a clip moves.

    Attributes:
        bones: (M,) bone indices.
        rotations: (T, M, 4) local rotations, wxyz, signs continuous in time.
        root: index of the bone that carries the person.
        location: (T, 3) local location of that bone, armature units.
    """

    bones: np.ndarray
    rotations: np.ndarray
    root: int
    location: np.ndarray


@dataclass(frozen=True)
class Fit:
    """How a rig's rest pose relates to the canonical one.

    Attributes:
        axes: (4,) quaternion C from the clip's axes to the armature's.
        corrections: (22, 4) quaternions A.
        scale: armature units a canonical metre.
        base: (3,) armature point that the clip's origin, on the floor, is laid on.
        hips: (3,) from the root bone's head to the middle of the hips, at rest, armature axes.
    """

    axes: np.ndarray
    corrections: np.ndarray
    scale: float
    base: np.ndarray
    hips: np.ndarray


def fit(rig: Rig, bones: dict[int, int]) -> Fit:
    """Measure a rig's rest pose.

    Args:
        bones: joint index -> bone index, from `families.match_rig`.

    Raises:
        MotionError: code "no_rig", if limbs have no length.
    """
    heads = rig.heads.astype(np.float64)
    at = {joint: heads[bone] for joint, bone in bones.items()}
    axes = _axes(at)
    corrections = rotation.identity(skeleton.JOINT_COUNT)
    for joint, child in AIMED.items():
        if joint in at and child in at:
            direction = rotation.rotate(rotation.conjugate(axes), at[child] - at[joint])
            corrections[joint] = rotation.between(
                direction, skeleton.OFFSETS[child].astype(np.float64)
            )
    for wrist, elbow in HANDS.items():
        corrections[wrist] = corrections[elbow]
    leg = np.mean([
        np.linalg.norm(at[J[s + "knee"]] - at[J[s + "hip"]])
        + np.linalg.norm(at[J[s + "ankle"]] - at[J[s + "knee"]])
        for s in ("left_", "right_")
    ])  # fmt: skip
    if leg < 1e-6:
        raise MotionError("no_rig", "The armature's legs have no length.")
    scale = float(leg / skeleton.LEG_LENGTH)
    hips = 0.5 * (at[J["left_hip"]] + at[J["right_hip"]])
    up = rotation.rotate(axes, np.array([0.0, 1.0, 0.0]))
    # The clip stands where the rig stands: below the hips sideways, at the ankles in height.
    base = hips - scale * rotation.rotate(axes, HIP_MIDDLE * [1.0, 0.0, 1.0])
    ankles = 0.5 * (at[J["left_ankle"]] + at[J["right_ankle"]])
    base += ((ankles - base) @ up - scale * skeleton.ANKLE_HEIGHT) * up
    return Fit(axes, corrections, scale, base, hips - at[J["pelvis"]])


def _axes(at: dict[int, np.ndarray]) -> np.ndarray:
    """Return the turn from the clip's axes to those in which joints `at` stand."""
    top = 0.5 * (at[J["left_shoulder"]] + at[J["right_shoulder"]])
    feet = 0.5 * (at[J["left_ankle"]] + at[J["right_ankle"]])
    side = at[J["left_hip"]] - at[J["right_hip"]]
    side = side + at[J["left_shoulder"]] - at[J["right_shoulder"]]
    up = top - feet
    if np.linalg.norm(up) < 1e-6 or np.linalg.norm(np.cross(side, up)) < 1e-9:
        raise MotionError("no_rig", "The armature's rest pose is no standing person.")
    up /= np.linalg.norm(up)
    side -= (side @ up) * up
    side /= np.linalg.norm(side)
    exact = np.stack([side, up, np.cross(side, up)], axis=-1)
    snapped = np.zeros((3, 3))
    for column in range(3):
        axis = np.argmax(np.abs(exact[:, column]))
        snapped[axis, column] = np.sign(exact[axis, column])
    proper = np.linalg.det(snapped) > 0.5
    if proper and rotation.angle(rotation.from_matrix(exact.T @ snapped)) < SNAP:
        exact = snapped
    return rotation.from_matrix(exact)


def pose_basis(clip: Clip, rig: Rig, bones: dict[int, int]) -> Pose:
    """Return the bone channels that make a rig do what the clip does.

    The motion starts at the armature's own place and facing; its size follows leg length.

    Args:
        clip: on the canonical skeleton.
        bones: joint index -> bone index, from `families.match_rig`.

    Raises:
        MotionError: code "no_rig", if the rest pose is no standing person.
    """
    how = fit(rig, bones)
    world = skeleton.world_transforms(
        clip.rotations.astype(np.float64), clip.translation.astype(np.float64)
    )[0]
    back = rotation.conjugate(how.axes)
    joint_of = {bone: joint for joint, bone in bones.items()}
    rest = rotation.from_matrix(rig.rest[:, :3, :3])
    none = np.broadcast_to(rotation.identity(), (clip.frames, 4))
    turns: list[np.ndarray] = []
    moved: dict[int, np.ndarray] = {}
    for bone, parent in enumerate(rig.parents):
        above = turns[parent] if parent >= 0 and rig.inherits_rotation[bone] else none
        if bone not in joint_of:
            turns.append(above)
            continue
        joint = joint_of[bone]
        turn = rotation.multiply(world[:, joint], how.corrections[joint])
        turn = rotation.multiply(rotation.multiply(how.axes, turn), back)
        local = rotation.multiply(rotation.conjugate(above), turn)
        moved[bone] = rotation.multiply(
            rotation.multiply(rotation.conjugate(rest[bone]), local), rest[bone]
        )
        turns.append(turn)
    root = bones[J["pelvis"]]
    hips = clip.translation + rotation.rotate(world[:, 0], HIP_MIDDLE[None])
    places = how.base + how.scale * rotation.rotate(how.axes, hips)
    places = places - rotation.rotate(turns[root], how.hips[None])
    location = rotation.rotate(rotation.conjugate(rest[root]), places - rig.heads[root])
    order = np.array(sorted(moved))
    stacked = rotation.continuous(np.stack([moved[bone] for bone in order], axis=1))
    return Pose(order, stacked, root, location)


def clip_from_pose(
    pose: np.ndarray, rig: Rig, bones: dict[int, int], fps: float, **labels: object
) -> Clip:
    """Read a rig's motion as a clip: the way back of `pose_basis`.

    Args:
        pose: (T, B, 4, 4) pose matrices in armature space.
        bones: joint index -> bone index.
        labels: text, seed, pack, licence of the clip.

    Returns:
        A clip on the canonical skeleton, in the place and facing that the armature gives it.

    Raises:
        MotionError: code "no_rig", if the rest pose is no standing person.
    """
    how = fit(rig, bones)
    back = rotation.conjugate(how.axes)
    turned = np.asarray(pose[..., :3, :3], np.float64)
    turned = turned / np.maximum(np.linalg.norm(turned, axis=-2, keepdims=True), 1e-9)
    world = rotation.identity(len(pose), skeleton.JOINT_COUNT)
    for joint in range(skeleton.JOINT_COUNT):
        if joint not in bones:
            world[:, joint] = world[:, skeleton.PARENTS[joint]]
            continue
        bone = bones[joint]
        turn = rotation.from_matrix(turned[:, bone] @ rig.rest[bone, :3, :3].T)
        turn = rotation.multiply(rotation.multiply(back, turn), how.axes)
        world[:, joint] = rotation.multiply(turn, rotation.conjugate(how.corrections[joint]))
    hips = 0.5 * (pose[:, bones[J["left_hip"]], :3, 3] + pose[:, bones[J["right_hip"]], :3, 3])
    hips = rotation.rotate(back, (hips - how.base) / how.scale)
    translation = hips - rotation.rotate(world[:, 0], HIP_MIDDLE[None])
    return Clip.build(fps, skeleton.local_rotations(world), translation, **labels)
