"""The constant turns from a skeleton's joints to the canonical T-pose; see `from_bvh`. numpy only.

They follow from a rest pose that is a standing person, or are fitted to motions.
"""

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.bvh import BvhFile, chain_world
from motionllm.rig.find.limbs import Humanoid

J = skeleton.JOINTS
_LIMBS = (  # upper joint, lower joint, end joint, hinge axis in the T-pose
    ("left_hip", "left_knee", "left_ankle", (1.0, 0.0, 0.0)),
    ("right_hip", "right_knee", "right_ankle", (1.0, 0.0, 0.0)),
    ("left_shoulder", "left_elbow", "left_wrist", (0.0, -1.0, 0.0)),
    ("right_shoulder", "right_elbow", "right_wrist", (0.0, 1.0, 0.0)),
)


def upright_world(bvh: BvhFile, upright: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return world rotations (T, J, 4) and places (T, J, 3), file units, turned to Y up."""
    world, places = bvh.world()
    return rotation.multiply(upright[None, None], world), rotation.rotate(upright, places)


def corrections_from_rest(
    bvh: BvhFile, humanoid: Humanoid, upright: np.ndarray
) -> dict[str, np.ndarray]:
    """Return corrections (4,) from the rest pose, by joint name or "spine:" and a number.

    Args:
        upright: (4,) turns the rest pose, which is a standing person, to Y up and facing +Z.
    """
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


def align_hinges(
    corrections: dict[str, np.ndarray],
    clips: list[BvhFile],
    humanoid: Humanoid,
    upright: np.ndarray,
) -> None:
    """Twist limb corrections about their bones so that elbows and knees bend as the canonical do.

    Rest poses agree on where a limb points, not on where its hinge does (ASF skeletons are 30
    degrees off at the elbow). Limbs that hardly bend, or in no constant plane, are left alone.
    """
    totals = {limb: np.zeros(3) for limb in _LIMBS}
    weights = dict.fromkeys(_LIMBS, 0.0)
    for bvh in clips:
        world, places = upright_world(bvh, upright)
        for limb in _LIMBS:
            upper = limb[0]
            p = [places[:, humanoid.joints[joint]] for joint in limb[:3]]
            hinge = np.cross(p[1] - p[0], p[2] - p[1])
            size = np.linalg.norm(p[1] - p[0], axis=-1) * np.linalg.norm(p[2] - p[1], axis=-1)
            bend = np.linalg.norm(hinge, axis=-1) / np.maximum(size, 1e-9)
            canonical = rotation.multiply(world[:, humanoid.joints[upper]], corrections[upper])
            local = rotation.rotate(rotation.conjugate(canonical), hinge)
            strong = bend > 0.3
            totals[limb] += (local[strong] / np.maximum(size[strong, None], 1e-9)).sum(axis=0)
            weights[limb] += float(bend[strong].sum())
    for limb, total in totals.items():
        upper, lower, _, axis = limb
        weight = weights[limb]
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
        world, places = upright_world(bvh, self._upright)
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


def corrections_from_motion(
    clips: list[BvhFile], humanoid: Humanoid, upright: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the corrections that make these clips' poses canonical, in the mean over frames."""
    sums = _Corrections(humanoid, upright)
    for bvh in clips:
        sums.add(bvh)
    return sums.found()
