"""Which way is up in a motion: decided by its rest pose and by what is done in it. numpy only.

Mostly both agree. Where the body is upright along another axis than at rest for most of the time,
it either lies down or the file mixes axes. The floor tells: people stand, sit and lie on it, and
hips that stand are a leg's length over it. What the floor does not tell is refused.
"""

import itertools
from dataclasses import dataclass, replace

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import rotation
from motionllm.motion.bvh import BvhFile, chain_world
from motionllm.rig.find.limbs import Humanoid

X, Y, Z = np.eye(3)
AXES = (Y, Z, -Y, -Z, X, -X)
NAMES = ("+Y", "+Z", "-Y", "-Z", "+X", "-X")
_FRAMES = 400  # of a clip that are looked at
_ALONG = 0.75  # cosine: what is nearer to an axis than this points along it
_MOSTLY, _HARDLY = 0.6, 0.05  # shares of the frames
_STEADY = 0.12  # legs by which the lowest joint's height changes while somebody is on a floor
_FLOOR = (-0.15, 0.2)  # legs from the origin: where a floor and what lies on it are expected
_HIPS = (0.75, 1.25)  # legs from the origin: where hips are that stand on it
_SUPPORTS = ("ankle", "foot", "knee", "wrist", "elbow", "hip", "pelvis")  # what people rest on


@dataclass(frozen=True)
class Upright:
    """How a file's axes become Y up.

    Attributes:
        turn: (4,) for the body.
        path: (4,) for the places of its root: not the same in files that mix axes.
        rest: (4,) for the rest pose, which then faces +Z; None where that is no standing person.
        notes: what was assumed.
    """

    turn: np.ndarray
    path: np.ndarray
    rest: np.ndarray | None
    notes: tuple[str, ...] = ()


def find_upright(clips: list[BvhFile], humanoid: Humanoid, name: str = "the file") -> Upright:
    """Return which way is up in clips of one skeleton.

    Args:
        name: for messages.

    Raises:
        MotionError: code "bad_file", if rest pose and motion disagree and nothing decides.
    """
    rest = standing_rest(clips[0], humanoid)
    seen = _Seen(clips, humanoid)
    if rest is not None:
        own, first = rest, _axis(rotation.rotate(rotation.conjugate(rest), Y))
        rival = max((axis for axis in range(6) if axis != first), key=seen.upright)
    else:
        rival = seen.mean_axis()
        first = rival if rival < 2 else 0  # Y or Z up are plain; for another there must be reasons
        own = _turn(first)
    if rival == first or seen.upright(rival) < _MOSTLY or seen.standing(first) > _HARDLY:
        return Upright(own, own, rest)
    decided = seen.decide(first, rival)
    if decided is None:
        raise MotionError(
            "bad_file",
            f"Which way is up in {name} cannot be told: its rest pose stands along "
            f"{NAMES[first]}, its motion along {NAMES[rival]}, in one place.",
            "Export rest pose and motion with the same axis up, or the way over the floor too.",
        )
    up, path = decided
    if up == first:
        return Upright(own, own, rest)
    note = f"its motion stands along {NAMES[up]}"
    note += "" if path == up else f", its path along {NAMES[path]}"
    if rest is not None:
        note += f", its rest pose along {NAMES[first]}"
    return Upright(_turn(up), _turn(path), rest, (f"{note}: it is set upright",))


def standing_rest(bvh: BvhFile, humanoid: Humanoid) -> np.ndarray | None:
    """Return the turn to Y up, facing +Z, if the zero pose is a standing human, else None."""
    still = rotation.identity(1, len(bvh.names))
    places = chain_world(bvh.parents, bvh.offsets, still, np.zeros((1, 3)))[1][0]
    at = {joint: places[index] for joint, index in humanoid.joints.items()}
    return next((turn for turn in _turns() if _stands(at, turn)), None)


def _turns() -> list[np.ndarray]:
    """Return turns from rest poses to one that stands along Y and faces +Z.

    Of the usual axes only the usual facing: others of them are fitted to the motion as well.
    """
    found = [rotation.identity(), _turn(1)]
    for axis, quarter in itertools.product(range(2, 6), range(4)):
        yaw = rotation.yaw_quaternion(quarter * np.pi / 2)
        found.append(rotation.multiply(yaw, _turn(axis)))
    return found


def _stands(at: dict[str, np.ndarray], turn: np.ndarray) -> bool:
    """Tell whether joints at some places stand upright and face +Z once they are turned."""
    p = {joint: rotation.rotate(turn, place) for joint, place in at.items()}
    leg = p["left_hip"] - p["left_ankle"] + p["right_hip"] - p["right_ankle"]
    top = p.get("head", p["left_shoulder"])
    trunk = 2.0 * top - p["left_hip"] - p["right_hip"]
    side = p["left_hip"] - p["right_hip"]
    arms = p["left_shoulder"] - p["right_shoulder"]

    def along(vector: np.ndarray, axis: int) -> float:
        return float(vector[axis] / max(np.linalg.norm(vector), 1e-9))

    elbow = p["left_elbow"] - p["left_shoulder"]
    wrist = p["left_wrist"] - p["left_elbow"]
    straight = float(elbow @ wrist / max(np.linalg.norm(elbow) * np.linalg.norm(wrist), 1e-9))
    return (
        along(leg, 1) > 0.9
        and along(trunk, 1) > 0.9
        and along(side, 0) > 0.9
        and along(arms, 0) > 0.9
        and straight > 0.7
        and abs(along(elbow, 2)) < 0.5
    )


def _turn(axis: int) -> np.ndarray:
    """Return the plain turn of an axis to Y."""
    about, angle = ((X, 0.0), (X, -np.pi / 2), (Z, np.pi), (X, np.pi / 2), (Z, np.pi / 2),
                    (Z, -np.pi / 2))[axis]  # fmt: skip
    return rotation.from_axis_angle(about, angle)


def _axis(direction: np.ndarray) -> int:
    return int(np.argmax([axis @ direction for axis in AXES]))


class _Seen:
    """What clips show of up: where trunk and legs point, and where the lowest joints are."""

    def __init__(self, clips: list[BvhFile], humanoid: Humanoid) -> None:
        joints = list(humanoid.joints)
        at: list[np.ndarray] = []
        for clip in clips:
            frames = np.linspace(0, len(clip.rotations) - 1, _FRAMES).round().astype(int)
            frames = np.unique(frames)
            part = replace(clip, rotations=clip.rotations[frames], positions=clip.positions[frames])
            at.append(part.world()[1][:, [humanoid.joints[joint] for joint in joints]])
        self._places = np.concatenate(at)  # (T, K, 3)
        self._rests = np.array([joint.endswith(_SUPPORTS) for joint in joints])
        number = {joint: place for place, joint in enumerate(joints)}

        def middle(part: str) -> np.ndarray:
            sides = [number[f"{side}_{part}"] for side in ("left", "right")]
            return self._places[:, sides].mean(axis=1)

        self._hips = middle("hip")
        trunk, legs = middle("shoulder") - self._hips, self._hips - middle("ankle")
        self._total = (trunk + legs).mean(axis=0)
        self._trunk, self._legs = (
            v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9) for v in (trunk, legs)
        )
        hip, knee, ankle = (
            self._places[:, number[f"left_{part}"]] for part in ("hip", "knee", "ankle")
        )
        leg = np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1)
        self._placed = any(clip.positions.any() for clip in clips)
        self._leg = max(float(np.median(leg)), 1e-9)

    def upright(self, axis: int) -> float:
        """Return the share of frames in which the trunk points along an axis."""
        return float((self._trunk @ AXES[axis] > _ALONG).mean())

    def standing(self, axis: int) -> float:
        """Return the share of frames in which trunk and legs do."""
        both = np.minimum(self._trunk @ AXES[axis], self._legs @ AXES[axis])
        return float((both > _ALONG).mean())

    def mean_axis(self) -> int:
        """Return the axis that the body points along on average."""
        return _axis(self._total)

    def decide(self, first: int, rival: int) -> tuple[int, int] | None:
        """Return the axes of the body and of its path, of two that the body may stand along.

        Args:
            first: the axis of the rest pose, along which the body hardly ever stands.
            rival: the axis along which it is upright most of the time.
        """
        if self._placed:  # a root that is held at the origin says nothing of a floor
            grounded = self._grounded(first), self._grounded(rival)
            if grounded[0] != grounded[1]:
                return (first, first) if grounded[0] else (rival, rival)
            for path in (rival, first):
                if self._hips_stand(path):
                    return rival, path
            if self._lies(first):
                return first, first
        sways = self._sway(first), self._sway(rival)
        if max(sways) > 0.05 and 2.0 * min(sways) < max(sways):
            return (first, first) if sways[0] < sways[1] else (rival, rival)
        if AXES[first] @ AXES[rival] < 0 and not self._rests_on_limbs(first):
            return rival, rival
        return None

    def _low(self, axis: int) -> np.ndarray:
        """Return the height (T,) of the lowest joint in legs."""
        return (self._places @ AXES[axis]).min(axis=1) / self._leg

    def _sway(self, axis: int) -> float:
        """Return by how much the lowest height changes; jumps, which are upwards, aside."""
        low = self._low(axis)
        return float(np.median(low) - np.quantile(low, 0.05))

    def _grounded(self, axis: int) -> bool:
        floor = float(np.quantile(self._low(axis), 0.1))
        on_floor = _FLOOR[0] < floor < _FLOOR[1] and self._sway(axis) < _STEADY
        return on_floor and self._rests_on_limbs(axis)

    def _lies(self, axis: int) -> bool:
        """Tell whether the body rests on something that is higher than a floor, as a bed."""
        low = float(np.quantile(self._low(axis), 0.1))
        return _FLOOR[0] < low < _HIPS[0] and self._sway(axis) < _STEADY

    def _hips_stand(self, axis: int) -> bool:
        heights = self._hips @ AXES[axis] / self._leg
        low, high = np.quantile(heights, [0.05, 0.95])
        return _HIPS[0] < low and high < _HIPS[1]

    def _rests_on_limbs(self, axis: int) -> bool:
        """Tell whether the lowest joint is one that people rest on, mostly; lying, any is."""
        if np.abs(self._trunk @ AXES[axis]).mean() < 0.5:
            return True
        lowest = (self._places @ AXES[axis]).argmin(axis=1)
        return bool(self._rests[lowest].mean() > 0.5)
