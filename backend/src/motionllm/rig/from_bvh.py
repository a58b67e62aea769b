"""Any humanoid BVH onto the canonical skeleton. numpy only.

Joints are found by name or by form (rig.find.in_bvh), up is found by rest pose and motion
(rig.upright), the source's world rotations are brought to the canonical T-pose by one constant
correction a joint, and the root is scaled by leg length.

The correction: world rotation of the canonical joint = G(t) C, with G(t) the source joint's
world rotation and C constant. Where the file's zero pose is an upright human, C follows from it:
torso and feet as they are, limbs by the smallest rotation, handed down the chain, that lays the
canonical bone along the source's. Where it is not (bones along +X, baked bind poses), C is fitted
to the motion itself: frames built from joint positions, hinge axes of elbows and knees among them,
are averaged in the least-squares sense.
"""

from dataclasses import dataclass, replace

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.motion.bvh import BvhFile
from motionllm.motion.clip import Clip, to_origin
from motionllm.rig.corrections import (
    align_hinges,
    corrections_from_motion,
    corrections_from_rest,
    upright_world,
)
from motionllm.rig.find.in_bvh import joints_in, people_in, person_in
from motionllm.rig.find.limbs import Humanoid
from motionllm.rig.upright import find_upright, standing_rest

J = skeleton.JOINTS
_FLOOR_QUANTILE = 0.05
_SAME_REST = np.radians(10.0)  # by which joints of one skeleton's rest poses may be turned


@dataclass(frozen=True)
class Calibration:
    """How one skeleton family is read.

    Attributes:
        corrections: joint name -> (4,) constant quaternion C.
        upright: turns the file's axes to Y up (facing is taken from each clip).
        path: the same for the places of its root, which mixed axes may have otherwise.
        from_rest: whether the zero pose was used.
        notes: what was assumed, a sentence each without its end.
    """

    corrections: dict[str, np.ndarray]
    upright: np.ndarray
    path: np.ndarray
    from_rest: bool
    notes: tuple[str, ...] = ()


Told = tuple[Clip, tuple[str, ...]]  # a motion, and notes: what was assumed or left out


def read_person(bvh: BvhFile, name: str = "the file") -> Told:
    """Return the motion of the first person in a file; arguments and errors as `clip_from_bvh`."""
    return _told(person_in(bvh, name), name)


def read_people(
    bvh: BvhFile, name: str = "the file"
) -> tuple[dict[str, Told], dict[str, MotionError]]:
    """Return the motions of the people in a file by name, and why others cannot be read.

    Args:
        name: for messages.

    Raises:
        MotionError: code "no_rig", if nobody is in it.
    """
    read, failed = {}, {}
    for person, tree in people_in(bvh, name).items():
        try:
            read[person] = _told(tree, name)
        except MotionError as error:
            failed[person] = error
    return read, failed


def _told(person: BvhFile, name: str) -> Told:
    calibration = calibrate([person], name)
    return clip_from_bvh(person, calibration, name), (*person.notes, *calibration.notes)


def clip_from_bvh(
    bvh: BvhFile, calibration: Calibration | None = None, name: str = "the file"
) -> Clip:
    """Carry a BVH motion to the canonical skeleton, at the file's own frame rate.

    Args:
        bvh: the motion of a person; any units, any axis up.
        calibration: of its skeleton family; made from this clip alone if absent.
        name: for messages.

    Returns:
        A clip that starts at the origin facing +Z with its feet on the floor.

    Raises:
        MotionError: code "no_rig", if it is no humanoid: the sentence says what is missing;
            "bad_file", if it does not move or nobody can tell which way is up.
    """
    local, translation = to_origin(*motion_in_space(bvh, calibration, name))
    translation[:, 1] -= floor_height(skeleton.forward_kinematics(local, translation))
    return Clip.build(round(1.0 / bvh.frame_time, 3), local, translation)


def motion_in_space(
    bvh: BvhFile, calibration: Calibration | None = None, name: str = "the file"
) -> tuple[np.ndarray, np.ndarray]:
    """Return local rotations (T, 22, 4) and pelvis positions (T, 3) where the file has them.

    Arguments and errors as `clip_from_bvh`; metres of the canonical skeleton, Y up. Two people
    recorded together on one skeleton keep the space they share.
    """
    if len(bvh.rotations) < 2:
        raise MotionError(
            "bad_file", f"{name} holds one frame: a pose, and no motion.",
            "Export the frames of the motion.",
        )  # fmt: skip
    body, humanoid = _body_in(bvh, name)
    if calibration is None:
        calibration = calibrate([bvh], name)
    back = rotation.conjugate(calibration.upright)
    if not np.array_equal(calibration.path, calibration.upright):
        own = rotation.rotate(rotation.multiply(back, calibration.path), body.positions)
        body = replace(body, positions=own)
    world, places = upright_world(body, calibration.upright)
    rotations = _canonical_world(world, humanoid, calibration)
    scale = skeleton.LEG_LENGTH / _leg_length(body, humanoid)
    hips = 0.5 * (places[:, humanoid.joints["left_hip"]] + places[:, humanoid.joints["right_hip"]])
    # Skeletons place their root differently: the middle of the hips is what they share.
    to_pelvis = -0.5 * (skeleton.OFFSETS[J["left_hip"]] + skeleton.OFFSETS[J["right_hip"]])
    translation = hips * scale + rotation.rotate(rotations[:, 0], to_pelvis[None].astype(float))
    return skeleton.local_rotations(rotations), translation


def calibrate(clips: list[BvhFile], name: str = "the file") -> Calibration:
    """Find the corrections of one skeleton family from some of its clips.

    Clips of another hierarchy than the first one's are not looked at.

    Raises:
        MotionError: code "no_rig", if it is no humanoid; "bad_file", if nobody can tell which way
            is up.
    """
    alike = [clip for clip in clips if clip.parents == clips[0].parents]
    humanoid = _body_in(clips[0], name)[1]
    bodies = [_body_in(clip, name)[0] for clip in alike]
    up = find_upright(bodies, humanoid, name)
    if up.rest is not None:
        corrections = corrections_from_rest(bodies[0], humanoid, up.rest)
        align_hinges(corrections, bodies, humanoid, up.turn)
        return Calibration(corrections, up.turn, up.path, True, up.notes)
    corrections = corrections_from_motion(bodies, humanoid, up.turn)
    return Calibration(corrections, up.turn, up.path, False, up.notes)


def alike(one: BvhFile, other: BvhFile, name: str = "the file") -> bool:
    """Tell whether two files are of one skeleton, so that one calibration reads both.

    Sizes may differ; joints, spine and where the limbs point at rest may not.

    Raises:
        MotionError: code "no_rig", if one is no humanoid.
    """
    (first, a), (second, b) = (
        _body_in(replace(file, rotations=file.rotations[:1], positions=file.positions[:1]), name)
        for file in (one, other)
    )
    if a.joints.keys() != b.joints.keys() or len(a.spine) != len(b.spine):
        return False
    rests = standing_rest(first, a), standing_rest(second, b)
    if (rests[0] is None) != (rests[1] is None):
        return False
    turn = rotation.identity() if rests[0] is None else rests[0]
    ways = [corrections_from_rest(*body, turn) for body in ((first, a), (second, b))]
    off = [
        rotation.angle(rotation.multiply(rotation.conjugate(ways[0][joint]), ways[1][joint]))
        for joint in ways[0]
    ]
    return max(off) < _SAME_REST


def _body_in(bvh: BvhFile, name: str) -> tuple[BvhFile, Humanoid]:
    """Return the part of a tree that carries the joints of a person, and these joints in it.

    Raises:
        MotionError: code "no_rig", if it is no humanoid; "bad_file", if its legs have no length.
    """
    humanoid = joints_in(bvh, name)
    kept: set[int] = set()
    for joint in (*humanoid.joints.values(), *humanoid.spine):
        while joint >= 0 and joint not in kept:
            kept.add(joint)
            joint = bvh.parents[joint]
    joints = sorted(kept)
    place = {joint: number for number, joint in enumerate(joints)}
    body = replace(
        bvh,
        names=[bvh.names[joint] for joint in joints],
        parents=[place.get(bvh.parents[joint], -1) for joint in joints],
        offsets=bvh.offsets[joints],
        ends={place[joint]: end for joint, end in bvh.ends.items() if joint in place},
        rotations=bvh.rotations[:, joints],
    )
    humanoid = Humanoid(
        {joint: place[index] for joint, index in humanoid.joints.items()},
        [place[index] for index in humanoid.spine],
    )
    if _leg_length(body, humanoid) < 1e-6 * max(float(np.abs(bvh.offsets).max()), 1e-3):
        raise MotionError(
            "bad_file", f"In {name} the legs have no length: every OFFSET in them is zero.",
            "Export it with the skeleton's offsets.",
        )  # fmt: skip
    return body, humanoid


def floor_height(joints: np.ndarray) -> float:
    """Return the height at which the feet of joints (T, 22, 3) stand.

    A low quantile rather than the minimum, so that one bad frame does not lift the whole clip.
    """
    feet = joints[:, list(skeleton.FOOT_JOINTS), 1]
    soles = feet - np.array([skeleton.ANKLE_HEIGHT, skeleton.TOE_HEIGHT] * 2)
    return float(np.quantile(soles.min(axis=1), _FLOOR_QUANTILE))


def _leg_length(bvh: BvhFile, humanoid: Humanoid) -> float:
    total = 0.0
    for side in ("left", "right"):
        for part in ("knee", "ankle"):
            joint = humanoid.joints[f"{side}_{part}"]
            stop = humanoid.joints[f"{side}_{'hip' if part == 'knee' else 'knee'}"]
            while joint != stop:
                total += 0.5 * float(np.linalg.norm(bvh.offsets[joint]))
                joint = bvh.parents[joint]
    return total


def _canonical_world(world: np.ndarray, humanoid: Humanoid, calibration: Calibration) -> np.ndarray:
    """Return canonical world rotations (T, 22, 4) of source world rotations (T, J, 4)."""
    result = rotation.identity(len(world), skeleton.JOINT_COUNT)
    turned = {
        joint: rotation.multiply(world[:, index], calibration.corrections[joint])
        for joint, index in humanoid.joints.items()
    }
    for joint, value in turned.items():
        result[:, J[joint]] = value
    # The spine: source bones between pelvis and chest, sampled at thirds of its length.
    chain = [turned["pelvis"]] + [
        rotation.multiply(world[:, index], calibration.corrections[f"spine:{number}"])
        for number, index in enumerate(humanoid.spine)
    ]
    chain = list(np.moveaxis(rotation.continuous(np.stack(chain, axis=0)), 0, 0))
    for step, joint in enumerate(("spine1", "spine2", "spine3"), start=1):
        place = step / 3.0 * (len(chain) - 1)
        low = min(int(place + 1e-9), len(chain) - 2) if len(chain) > 1 else 0
        high = min(low + 1, len(chain) - 1)
        result[:, J[joint]] = rotation.slerp(chain[low], chain[high], place - low)
    for joint, stand_in in _STAND_INS:
        if joint not in turned:
            result[:, J[joint]] = result[:, J[stand_in]]
    return result


_STAND_INS = (  # what a missing joint does: as its parent
    ("neck", "spine3"), ("head", "neck"), ("left_collar", "spine3"), ("right_collar", "spine3"),
    ("left_wrist", "left_elbow"), ("right_wrist", "right_elbow"),
    ("left_foot", "left_ankle"), ("right_foot", "right_ankle"),
)  # fmt: skip
