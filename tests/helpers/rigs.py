"""Rigs without Blender: the canonical body under other names, in other rest poses."""

import itertools

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.rig.rig import Rig

J = skeleton.JOINTS


def plain_rig(names: list[str]) -> Rig:
    """Return the canonical body, Z up, with other names."""
    still = rotation.identity(1, 22)
    place = np.array([[0.0, skeleton.PELVIS_HEIGHT, 0.0]])
    joints = skeleton.forward_kinematics(still, place)[0]
    rest = np.tile(np.eye(4), (22, 1, 1))
    rest[:, :3, 3] = joints @ np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]]).T
    return Rig(names, np.array(skeleton.PARENTS), rest, np.ones(22, bool))


def body_rig(
    names: dict[str, str],
    between: tuple[tuple[str, str, str, float], ...] = (),
    loose: dict[str, str] | None = None,
    moved: dict[str, tuple[float, float, float]] | None = None,
) -> tuple[Rig, dict[int, int]]:
    """Return a body, Z up and facing -Y, whose bones lie along it, and its joints' bones.

    Args:
        names: joint name -> bone name; joints without one are left out.
        between: bones inside limbs: name, the joints before and after it, share of the way.
        loose: joint name -> name of the bone it hangs on instead, "" for none.
        moved: joint name -> metres it is moved to its left, up and ahead, all below it as well.
    """
    shift = {J[joint]: np.array(by) for joint, by in (moved or {}).items()}
    offsets = skeleton.OFFSETS.astype(np.float64)
    at = np.zeros((22, 3))
    at[0, 1] = skeleton.PELVIS_HEIGHT
    for joint, parent in enumerate(skeleton.PARENTS[1:], start=1):
        at[joint] = at[parent] + offsets[joint] + shift.get(joint, 0.0)
    bones: list[tuple[str, str, np.ndarray]] = []
    carrier: dict[int, str] = {}
    for joint, name in enumerate(skeleton.JOINT_NAMES):
        parent = skeleton.PARENTS[joint]
        above = "" if parent < 0 else carrier[parent]
        if name not in names:
            carrier[joint] = above
            continue
        for extra, first, second, share in between:
            if second == name and first == skeleton.JOINT_NAMES[parent]:
                bones.append((extra, above, at[parent] + share * (at[joint] - at[parent])))
                above = extra
        above = (loose or {}).get(name, above)
        bones.append((names[name], above, at[joint]))
        carrier[joint] = names[name]
    index = {name: number for number, (name, _, _) in enumerate(bones)}
    rest = np.tile(np.eye(4), (len(bones), 1, 1))
    rest[:, :3, 3] = np.array([[x, -z, y] for _, _, (x, y, z) in bones])
    parents = np.array([index[parent] if parent else -1 for _, parent, _ in bones])
    # A bone's tail is where the body goes on, also where the bone there hangs elsewhere.
    tails = rest[:, :3, 3] + [0.0, 0.0, 0.1]
    for joint, name in enumerate(skeleton.JOINT_NAMES):
        if name in names and joint:
            upper = index[carrier[skeleton.PARENTS[joint]]]
            inner = [index[b[0]] for b in between if b[2] == name]
            for start, stop in itertools.pairwise([upper, *inner, index[names[name]]]):
                tails[start] = rest[stop, :3, 3]
    rig = Rig([b[0] for b in bones], parents, rest, np.ones(len(bones), bool), tails)
    return rig, {J[joint]: index[name] for joint, name in names.items()}


HUMAN = {
    "pelvis": "hips", "spine1": "spine", "spine2": "spine.001", "spine3": "chest",
    "neck": "neck", "head": "head",
} | {
    f"{side}_{part}": f"{bone}.{side[0].upper()}"
    for side in ("left", "right")
    for part, bone in (
        ("hip", "thigh"), ("knee", "shin"), ("ankle", "foot"), ("foot", "toe"),
        ("collar", "shoulder"), ("shoulder", "upper_arm"), ("elbow", "forearm"), ("wrist", "hand"),
    )
}  # fmt: skip
SMPL_FBX = [
    "Pelvis", "L_Hip", "R_Hip", "Spine1", "L_Knee", "R_Knee", "Spine2", "L_Ankle", "R_Ankle",
    "Spine3", "L_Foot", "R_Foot", "Neck", "L_Collar", "R_Collar", "Head", "L_Shoulder",
    "R_Shoulder", "L_Elbow", "R_Elbow", "L_Wrist", "R_Wrist",
]  # fmt: skip


def make_rig(
    arm_drop: float = 0.0, leg_spread: float = 0.0, scale: float = 1.0,
    axes: np.ndarray | None = None, seed: int = 1,
) -> tuple[Rig, np.ndarray]:  # fmt: skip
    """Return a rig of canonical lengths with random bone frames, and the axes (4,) it stands in."""
    axes = rotation.from_axis_angle(np.array([1.0, 0, 0]), np.pi / 2) if axes is None else axes
    local = rotation.identity(1, 22)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        z = np.array([0.0, 0.0, 1.0])
        local[0, J[f"{side}_shoulder"]] = rotation.from_axis_angle(z, -sign * arm_drop)
        local[0, J[f"{side}_hip"]] = rotation.from_axis_angle(z, sign * leg_spread)
        local[0, J[f"{side}_ankle"]] = rotation.from_axis_angle(z, -sign * leg_spread)
    place = np.array([[0.0, skeleton.PELVIS_HEIGHT, 0.0]])
    joints = skeleton.forward_kinematics(local, place)[0]
    joints[:, 1] -= joints[7, 1] - skeleton.ANKLE_HEIGHT
    heads = scale * rotation.rotate(axes, joints)
    generator = np.random.default_rng(seed)
    frames = rotation.to_matrix(rotation.normalize(generator.normal(size=(22, 4))))
    rest = np.tile(np.eye(4), (22, 1, 1))
    rest[:, :3, :3], rest[:, :3, 3] = frames, heads
    return Rig(SMPL_FBX, np.array(skeleton.PARENTS), rest, np.ones(22, bool)), axes
