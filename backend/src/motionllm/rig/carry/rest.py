"""How a rig's rest pose relates to the canonical T-pose, measured on joint positions. numpy only.

Limbs are laid along the T-pose's by the smallest turns, handed down the chain (swing); where the
rest pose bends an elbow or a knee visibly, the plane of the bend says how the limb is turned about
itself (twist). Trunk, head, collars and feet keep the rig's own rest: where their bones point says
nothing about the body.
"""

from dataclasses import dataclass, field

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.rig.rig import Rig

J = skeleton.JOINTS
LIMBS = tuple(  # upper, middle, end joint, and the hinge's axis in the T-pose
    (J[f"{side}_{upper}"], J[f"{side}_{middle}"], J[f"{side}_{end}"], np.array(hinge))
    for side, sign in (("left", -1.0), ("right", 1.0))
    for upper, middle, end, hinge in (
        ("hip", "knee", "ankle", (1.0, 0.0, 0.0)),
        ("shoulder", "elbow", "wrist", (0.0, sign, 0.0)),
    )
)
SNAP = np.radians(25.0)  # a rest pose this close to standing along the axes does stand along them
BENT = np.radians(15.0)  # from here on a bend tells the hinge's direction
MAX_TWIST = np.radians(60.0)  # a hinge further off than that is no twist but another anatomy
HIP_MIDDLE = 0.5 * (skeleton.OFFSETS[1] + skeleton.OFFSETS[2]).astype(np.float64)


@dataclass(frozen=True)
class Fit:
    """How a rig's rest pose relates to the canonical one.

    Attributes:
        axes: (4,) quaternion C from the clip's axes to the armature's.
        corrections: (22, 4) quaternions A: what turns the rig's rest pose into the T-pose.
        scale: armature units a canonical metre.
        base: (3,) armature point that the clip's origin, on the floor, is laid on.
        hips: (3,) the middle of the hips at rest, armature space.
        chain: bone index -> (4,) A of spine and neck bones whose rest is not that of a T-pose.
    """

    axes: np.ndarray
    corrections: np.ndarray
    scale: float
    base: np.ndarray
    hips: np.ndarray
    chain: dict[int, np.ndarray] = field(default_factory=dict)


def fit(rig: Rig, bones: dict[int, int]) -> Fit:
    """Measure a rig's rest pose.

    Args:
        bones: joint index -> bone index, from `match.match_rig`.

    Raises:
        MotionError: code "no_rig", if limbs have no length or the rest pose is no standing person.
    """
    at = {joint: rig.heads[bone] for joint, bone in bones.items()}
    axes = standing_axes(at)
    back = rotation.conjugate(axes)
    corrections = rotation.identity(skeleton.JOINT_COUNT)
    for upper, middle, end, hinge in LIMBS:
        first = rotation.rotate(back, at[middle] - at[upper])
        second = rotation.rotate(back, at[end] - at[middle]) if end in at else first
        corrections[upper], corrections[middle] = _straighten(
            first, second, skeleton.OFFSETS[middle], skeleton.OFFSETS[end], hinge
        )
        if end in (J["left_wrist"], J["right_wrist"]):
            corrections[end] = corrections[middle]
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
    return Fit(axes, corrections, scale, base, hips)


def _straighten(
    first: np.ndarray, second: np.ndarray, upper: np.ndarray, lower: np.ndarray, hinge: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the turns A of a limb's two bones.

    Args:
        first, second: (3,) the bones' directions at rest, in the clip's axes.
        upper, lower: (3,) the same in the T-pose.
        hinge: (3,) axis about which the lower bone bends in the T-pose.
    """
    upper = upper / np.linalg.norm(upper)
    swing = rotation.between(first, upper)
    bend = rotation.rotate(swing, second)
    axis = np.cross(upper, bend)
    sine = np.linalg.norm(axis) / max(np.linalg.norm(bend), 1e-9)
    if sine > np.sin(BENT):
        twist = np.arctan2(np.cross(axis, hinge) @ upper, axis @ hinge)
        if abs(twist) < MAX_TWIST:
            swing = rotation.multiply(rotation.from_axis_angle(upper, twist), swing)
            bend = rotation.rotate(swing, second)
    return swing, rotation.multiply(rotation.between(bend, lower.astype(np.float64)), swing)


def standing_axes(at: dict[int, np.ndarray]) -> np.ndarray:
    """Return the turn (4,) from the clip's axes to those in which joints `at` stand.

    Raises:
        MotionError: code "no_rig", if they are no standing person's.
    """
    top = 0.5 * (at[J["left_shoulder"]] + at[J["right_shoulder"]])
    hips = 0.5 * (at[J["left_hip"]] + at[J["right_hip"]])
    feet = 0.5 * (at[J["left_ankle"]] + at[J["right_ankle"]])
    side = at[J["left_hip"]] - at[J["right_hip"]] + at[J["left_shoulder"]] - at[J["right_shoulder"]]
    up = top - feet
    height = np.linalg.norm(up)
    if (
        height < 1e-6
        or np.linalg.norm(np.cross(side, up)) < 1e-4 * height**2
        or min((top - hips) @ up, (hips - feet) @ up) < 0.05 * height**2
    ):
        raise MotionError(
            "no_rig",
            "The armature's rest pose is no standing person.",
            "Pose it upright with the arms out or down, and apply that as its rest pose.",
        )
    up /= height
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
