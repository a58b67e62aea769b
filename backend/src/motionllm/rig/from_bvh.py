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
from motionllm.motion.bvh import BvhFile, chain_world
from motionllm.motion.clip import Clip, to_origin
from motionllm.rig.find.in_bvh import joints_in, person_in
from motionllm.rig.find.limbs import Humanoid
from motionllm.rig.upright import find_upright, standing_rest

J = skeleton.JOINTS
_LIMBS = (  # upper joint, lower joint, end joint, hinge axis in the T-pose
    ("left_hip", "left_knee", "left_ankle", (1.0, 0.0, 0.0)),
    ("right_hip", "right_knee", "right_ankle", (1.0, 0.0, 0.0)),
    ("left_shoulder", "left_elbow", "left_wrist", (0.0, -1.0, 0.0)),
    ("right_shoulder", "right_elbow", "right_wrist", (0.0, 1.0, 0.0)),
)
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


def read_person(bvh: BvhFile, name: str = "the file") -> tuple[Clip, tuple[str, ...]]:
    """Return the motion of the person in a file, and notes: what was assumed or left out.

    Arguments and errors as `clip_from_bvh`.
    """
    person = person_in(bvh, name)
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
    world, places = _upright_world(body, calibration.upright)
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
        corrections = _corrections_from_rest(bodies[0], humanoid, up.rest)
        _align_hinges(corrections, bodies, humanoid, up.turn)
        return Calibration(corrections, up.turn, up.path, True, up.notes)
    corrections = _corrections_from_motion(bodies, humanoid, up.turn)
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
    ways = [_corrections_from_rest(*body, turn) for body in ((first, a), (second, b))]
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


def _upright_world(bvh: BvhFile, upright: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    world, places = bvh.world()
    return rotation.multiply(upright[None, None], world), rotation.rotate(upright, places)


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


def _corrections_from_rest(
    bvh: BvhFile, humanoid: Humanoid, upright: np.ndarray
) -> dict[str, np.ndarray]:
    still = rotation.identity(1, len(bvh.names))
    rest = chain_world(bvh.parents, bvh.offsets, still, np.zeros((1, 3)))[1][0]
    places = rotation.rotate(upright, rest)
    back = rotation.conjugate(upright)
    frames = {joint: rotation.identity() for joint in humanoid.joints}
    for upper, lower, end, _ in _LIMBS:
        parent = rotation.identity()
        for joint, child in ((upper, lower), (lower, end)):
            source = places[humanoid.joints[child]] - places[humanoid.joints[joint]]
            canonical = rotation.rotate(parent, skeleton.OFFSETS[J[child]].astype(float))
            parent = rotation.multiply(rotation.between(canonical, source), parent)
            frames[joint] = parent
        if end.endswith("wrist") and end in frames:
            frames[end] = parent
    # G at rest is the turn `upright` itself, so C takes it off again.
    corrections = {joint: rotation.multiply(back, frame) for joint, frame in frames.items()}
    for number in range(len(humanoid.spine)):
        corrections[f"spine:{number}"] = back
    return corrections


def _align_hinges(
    corrections: dict[str, np.ndarray],
    clips: list[BvhFile],
    humanoid: Humanoid,
    upright: np.ndarray,
) -> None:
    """Twist limb corrections about their bones so that elbows and knees bend as the canonical do.

    Rest poses agree on where a limb points, not on where its hinge does (ASF skeletons are 30
    degrees off at the elbow). Limbs that hardly bend, or in no constant plane, are left alone.
    """
    for upper, lower, end, axis in _LIMBS:
        total, weight = np.zeros(3), 0.0
        for bvh in clips:
            world, places = _upright_world(bvh, upright)
            p = [places[:, humanoid.joints[joint]] for joint in (upper, lower, end)]
            hinge = np.cross(p[1] - p[0], p[2] - p[1])
            size = np.linalg.norm(p[1] - p[0], axis=-1) * np.linalg.norm(p[2] - p[1], axis=-1)
            bend = np.linalg.norm(hinge, axis=-1) / np.maximum(size, 1e-9)
            canonical = rotation.multiply(world[:, humanoid.joints[upper]], corrections[upper])
            local = rotation.rotate(rotation.conjugate(canonical), hinge)
            strong = bend > 0.3
            total += (local[strong] / np.maximum(size[strong, None], 1e-9)).sum(axis=0)
            weight += float(bend[strong].sum())
        if weight < 5.0 or np.linalg.norm(total) < 0.7 * weight:
            continue
        bone = skeleton.OFFSETS[J[lower]].astype(float)
        bone /= np.linalg.norm(bone)
        flat = total - (total @ bone) * bone
        angle = np.arctan2(np.cross(np.array(axis), flat) @ bone, np.array(axis) @ flat)
        if abs(angle) < 1.0:  # a hinge further off than that is no offset but another anatomy
            twist = rotation.from_axis_angle(bone, angle)
            for joint in (upper, lower):
                corrections[joint] = rotation.multiply(corrections[joint], twist)


def _basis(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return matrices (T, 3, 3) whose Y column is y and whose X column is x made orthogonal."""
    y = y / np.maximum(np.linalg.norm(y, axis=-1, keepdims=True), 1e-9)
    x = x - np.sum(x * y, axis=-1, keepdims=True) * y
    x = x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def _limb_frames(
    direction: np.ndarray, hinge: np.ndarray, canonical: np.ndarray, axis: np.ndarray
) -> np.ndarray:
    """Return rotations (T, 3, 3) that lay the canonical bone and hinge along the measured ones."""
    return _basis(hinge, direction) @ _basis(axis[None], canonical[None])[0].T


class _Corrections:
    """Sums up, over clips, what each joint's frame is turned by in the canonical T-pose.

    A joint is named as in `Humanoid.joints`, a bone of the spine "spine:" and its number.
    """

    def __init__(self, humanoid: Humanoid, upright: np.ndarray) -> None:
        self._humanoid = humanoid
        self._upright = upright
        self._sums: dict[str, np.ndarray] = {}
        self._directions: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def add(self, bvh: BvhFile) -> None:
        """Take a clip in."""
        world, places = _upright_world(bvh, self._upright)
        matrices = rotation.to_matrix(world)
        at = {joint: places[:, index] for joint, index in self._humanoid.joints.items()}
        self._add_trunk(matrices, at)
        for limb in _LIMBS:
            self._add_limb(matrices, at, *limb)
        for side in ("left", "right"):
            self._add_foot(matrices, at, bvh, side, self._tip(bvh, world, places, side))

    def found(self) -> dict[str, np.ndarray]:
        """Return the constant turns that are nearest to all that was added."""
        corrections = {}
        for key, total in self._sums.items():
            u, _, vt = np.linalg.svd(total)
            fix = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
            q = rotation.from_matrix(u @ fix @ vt)
            if key in self._directions:
                canonical, along = self._directions[key]
                q = rotation.multiply(rotation.between(rotation.rotate(q, canonical), along), q)
            corrections[key] = q
        for joint in self._humanoid.joints:
            corrections.setdefault(joint, rotation.identity())
        return corrections

    def _add(self, key: str, own: np.ndarray, frames: np.ndarray, weight: np.ndarray) -> None:
        """Add what turns a joint's own frames (T, 3, 3) to canonical ones, weighted (T,)."""
        local = np.swapaxes(own, 1, 2) @ frames
        total = self._sums.get(key, np.zeros((3, 3)))
        self._sums[key] = total + (weight[:, None, None] * local).sum(axis=0)

    def _add_trunk(self, matrices: np.ndarray, at: dict[str, np.ndarray]) -> None:
        joints, spine = self._humanoid.joints, self._humanoid.spine
        hips, arms = (at[f"left_{part}"] - at[f"right_{part}"] for part in ("hip", "shoulder"))
        trunk = at["left_shoulder"] + at["right_shoulder"] - at["left_hip"] - at["right_hip"]
        # Standing straight is what shows where a torso bone points when it is not bent.
        lean = trunk[:, 1] / np.maximum(np.linalg.norm(trunk, axis=-1), 1e-9)
        standing = np.clip((lean - 0.9) * 10.0, 0.01, 1.0)
        pelvis, chest = _basis(hips, trunk), _basis(arms, trunk)
        self._add("pelvis", matrices[:, joints["pelvis"]], pelvis, standing)
        for number, index in enumerate(spine):
            share = (number + 1) / len(spine)
            frame = _basis((1 - share) * hips + share * arms, trunk)
            self._add(f"spine:{number}", matrices[:, index], frame, standing)
        for joint in ("neck", "head", "left_collar", "right_collar"):
            if joint in joints:
                self._add(joint, matrices[:, joints[joint]], chest, standing)

    def _add_limb(
        self, matrices: np.ndarray, at: dict[str, np.ndarray], upper: str, lower: str, end: str,
        axis: tuple[float, float, float],
    ) -> None:  # fmt: skip
        joints = self._humanoid.joints
        first, second = at[lower] - at[upper], at[end] - at[lower]
        hinge = np.cross(first, second)
        size = np.linalg.norm(hinge, axis=-1)
        bend = size / np.maximum(
            np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1), 1e-9
        )
        hinge = hinge / np.maximum(size[:, None], 1e-9)
        # A nearly straight limb says nothing of its hinge; hyperextension flips it.
        weight = np.where(bend > 0.3, bend, 0.0) + 1e-4
        for joint, child, direction in ((upper, lower, first), (lower, end, second)):
            own = matrices[:, joints[joint]]
            canonical = skeleton.OFFSETS[J[child]].astype(float)
            frames = _limb_frames(direction, hinge, canonical, np.array(axis))
            self._add(joint, own, frames, weight)
            along = np.einsum("tji,tj->ti", own, direction).mean(axis=0)
            self._directions[joint] = (canonical, along)
            if child.endswith("wrist"):
                self._add(child, matrices[:, joints[child]], frames, weight)

    def _tip(
        self, bvh: BvhFile, world: np.ndarray, places: np.ndarray, side: str
    ) -> np.ndarray | None:
        """Return where a foot ends (T, 3): its toe joint, else its end site; None without."""
        joints = self._humanoid.joints
        if f"{side}_foot" in joints:
            return places[:, joints[f"{side}_foot"]]
        ankle = joints[f"{side}_ankle"]
        site = bvh.ends.get(ankle)
        if site is None:
            return None
        return places[:, ankle] + rotation.rotate(world[:, ankle], site[None])

    def _add_foot(
        self, matrices: np.ndarray, at: dict[str, np.ndarray], bvh: BvhFile, side: str,
        tip: np.ndarray | None,
    ) -> None:  # fmt: skip
        """Add a foot, which lies flat where it is planted."""
        if tip is None:
            return
        joints, ankle = self._humanoid.joints, f"{side}_ankle"
        forward = (tip - at[ankle]) * np.array([1.0, 0.0, 1.0])
        speed = np.linalg.norm(np.gradient(tip, axis=0), axis=-1) / max(bvh.frame_time, 1e-6)
        height = tip[:, 1] - np.quantile(tip[:, 1], 0.02)
        leg = np.linalg.norm(at[f"{side}_knee"] - at[ankle], axis=-1).mean()
        planted = ((speed < 0.5 * leg) & (height < 0.1 * leg)) * 1.0 + 1e-4
        up = np.broadcast_to([0.0, 1.0, 0.0], forward.shape)
        flat = _basis(np.cross(up, forward), up)
        for joint in (ankle, f"{side}_foot"):
            if joint in joints:
                self._add(joint, matrices[:, joints[joint]], flat, planted)


def _corrections_from_motion(
    clips: list[BvhFile], humanoid: Humanoid, upright: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the corrections that make these clips' poses canonical, in the mean over frames."""
    sums = _Corrections(humanoid, upright)
    for bvh in clips:
        sums.add(bvh)
    return sums.found()
