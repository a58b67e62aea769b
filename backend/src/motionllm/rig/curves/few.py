"""Which keys a pose needs, judged by where its joints are in space. numpy only.

From the root down each bone's curve is fitted to the turn that brings the bone to where it belongs
on the curves above it, so that errors do not add up along a limb. Then every joint is looked at:
where one is too far off, the bones that carry it there get closer curves in those frames, those
most that have most to do with it. Planted feet may be off by less than anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.curves import highest
from motionllm.rig.carry.kinematics import Kinematics, Stand, TurnOf
from motionllm.rig.carry.transfer import Pose
from motionllm.rig.curves import stand, thin
from motionllm.rig.curves.channels import from_mode, to_mode
from motionllm.rig.rig import Rig

PLANTED = 0.3  # of the bound, for feet that stand
FIRST = 1.3  # of the bound that each bone may use at first
NEAR = 3  # frames on either side that are drawn closer together with one that is off
CLOSER, LEAST = 0.8, 0.5  # factors of a bound that is drawn closer, for little and much
BLAMED = 0.4  # of the largest share in an error: who has less is left alone
ROUNDS, TRIES = 14, 4
NEAREST, APART = 2, 7  # frames between two keys; rounds after which they may be neighbours
TIP = 0.1  # of the body's height: from the last joint of a limb to what is seen of it


_Found = tuple[Sequence[thin.Curves], thin.Curves]  # of the bones, of the root's place


@dataclass(frozen=True)
class Few:
    """A pose drawn by few keys.

    Attributes:
        turns: of each bone of the pose its curve, in the bone's own rotation mode, (T, 1, N).
        location: of the root, (T, 1, 3).
        worst: how far a joint is off at most, armature units.
    """

    turns: Sequence[thin.Curves]
    location: thin.Curves
    worst: float


def few_keys(
    rig: Rig, pose: Pose, modes: list[str], joints: dict[int, np.ndarray], feet: list[int],
    bound: float, radians: float,
) -> Few:  # fmt: skip
    """Choose keys so that no joint is off by more than a bound.

    Args:
        modes: of each bone of the pose, as Blender names them.
        joints: bones whose heads count, with the frames (T,) in which they stand on the floor.
        feet: those of them that ever may.
        bound: armature units.
        radians: that a bone may turn from the motion at most.
    """
    body = _Body(rig, pose, sorted(joints))
    stands = np.stack([joints[bone] for bone in body.joints], axis=1)
    limits = bound * np.where(stands, PLANTED, 1.0)
    turns = np.tile(np.minimum(FIRST * bound / body.lengths, radians), (len(stands), 1))
    place = np.full(len(stands), FIRST * bound)
    kept, _, off = _drawn(body, modes, turns, place, None, NEAREST)
    best: Few | None = None
    for _ in range(TRIES):
        kept, made, off = _drawn(body, modes, turns, place, kept, NEAREST)
        for number in range(1, ROUNDS):
            over = _strayed(made, body) / limits
            if over.max() <= 1.0:
                break
            turns, place = _closer(body, over, off, turns, place)
            nearest = NEAREST if number < APART else 1
            kept, made, off = _drawn(body, modes, turns, place, kept, nearest)
        found = _settled(body, modes, kept, stands, [body.joints.index(foot) for foot in feet])
        error = _strayed(
            body.stand(_as_drawn(modes, [c.values[:, 0] for c in found[0]]), found[1].values[:, 0]),
            body,
        )
        if best is None or error.max() < best.worst:
            best = Few(*found, float(error.max()))
        if best.worst <= bound:
            break
        turns, place = _closer(body, error / bound, off, turns, place)
    assert best is not None
    return best


def _strayed(made: Stand, body: _Body) -> np.ndarray:
    """Return how far joints are off (T, J)."""
    return np.linalg.norm(made.heads - body.wanted.heads, axis=-1)


def _as_drawn(modes: list[str], values: Sequence[np.ndarray]) -> TurnOf:
    """Return what gives bones the turns that values (T, N) of their modes are."""
    return lambda row, _above: from_mode(modes[row], values[row])


def _settled(
    body: _Body, modes: list[str], found: _Found, stands: np.ndarray, feet: list[int]
) -> _Found:
    """Return the curves with those of limbs that end in feet moved so that these stand.

    Args:
        stands: (T, J) which joints stand on the floor.
        feet: numbers of the joints that ever may.
    """
    curves, location = list(found[0]), found[1]
    for carried, rows in body.limbs(feet):
        cuts = np.cumsum([curves[row].values.shape[2] for row in rows])[:-1]
        bones = [body.joints[index] for index in carried]

        def places(drawn: np.ndarray, rows=rows, cuts=cuts, bones=bones) -> np.ndarray:
            own = dict(zip(rows, np.split(drawn, cuts, axis=1), strict=True))

            values = [own.get(row, curve.values[:, 0]) for row, curve in enumerate(curves)]
            return body.stand(_as_drawn(modes, values), location.values[:, 0], bones).heads

        moved = stand.settled(
            [curves[row] for row in rows], places, body.wanted.heads[:, carried],
            stands[:, carried], body.tall,
        )  # fmt: skip
        for row, curve in zip(rows, moved, strict=True):
            curves[row] = curve
    return curves, location


def _closer(
    body: _Body, over: np.ndarray, off: np.ndarray, turns: np.ndarray, place: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds that are closer where joints are off, over (T, J) times what they may be.

    Args:
        off: (T, M + 1) how far each bone, then the root's place, is off by itself.
    """
    share = off[:, None] * body.levers  # (T, J, M + 1): what each has to do with a joint
    blamed = (share >= BLAMED * share.max(axis=2, keepdims=True)) & (body.levers > 0)
    need = np.where(blamed, over[:, :, None], 0.0).max(axis=1)
    need = np.stack([highest(column, NEAR) for column in need.T], axis=1)
    factor = np.where(need > 1.0, np.clip(1.0 / np.maximum(need, 1.0), LEAST, CLOSER), 1.0)
    return turns * factor[:, :-1], place * factor[:, -1]


class _Body:
    """A pose and what its bones have to do with its joints.

    Attributes:
        joints: bones whose heads count.
        wanted: where they belong.
        lengths: (M,) from each bone's head to the joints that hang on it, armature units.
        levers: (J, M + 1) from each of the pose's bones, then its root's place, to each joint;
            0 where it does not carry it.
        tall: the body's height, armature units.
    """

    def __init__(self, rig: Rig, pose: Pose, joints: list[int]) -> None:
        self.rig, self.pose, self.joints = rig, pose, joints
        kinematics = Kinematics(rig, pose, joints)
        self.rows, self.stand = kinematics.rows, kinematics.stand
        self.wanted = self.stand(lambda row, _above: pose.rotations[:, row], pose.location)
        heads = rig.heads
        self.tall = max(float(np.ptp(heads[joints], axis=0).max()), 1e-9)
        self.levers = np.zeros((len(joints), len(pose.bones) + 1))
        self.lengths = np.full(len(pose.bones), TIP * self.tall)
        for index, joint in enumerate(joints):
            chain = rig.above(joint)
            carried = True
            for bone in chain[1:]:
                row = self.rows.get(bone)
                if row is None:
                    continue
                away = float(np.linalg.norm(heads[joint] - heads[bone]))
                if carried and away > 0:  # the next joint below: errors do not add up
                    self.lengths[row] = max(self.lengths[row], away)
                    self.levers[index, row] = away
                carried = carried and bone not in joints
            for bone in chain[1:]:
                row = self.rows.get(bone)
                if row is not None and self.levers[index, row] == 0.0:
                    below = chain[chain.index(bone) - 1]
                    self.levers[index, row] = float(np.linalg.norm(heads[below] - heads[bone]))
            if pose.root in chain:
                self.levers[index, -1] = 1.0

    def limbs(self, feet: list[int]) -> list[tuple[list[int], list[int]]]:
        """Return each limb that ends in feet: the joints that it carries, its rows of the pose.

        Args:
            feet: numbers of joints.
        """
        chains = {foot: self.rig.above(self.joints[foot]) for foot in feet}
        limbs: list[list[int]] = []
        for foot in feet:
            hangs = (limb for limb in limbs if any(
                self.joints[foot] in chains[other] or self.joints[other] in chains[foot]
                for other in limb
            ))  # fmt: skip
            limb = next(hangs, None)
            if limb is None:
                limbs.append([foot])
            else:
                limb.append(foot)
        found = []
        for limb in limbs:
            others = {bone for foot in feet if foot not in limb for bone in chains[foot]}
            own = {bone for foot in limb for bone in chains[foot][1:]} - others
            rows = [self.rows[bone] for bone in sorted(own) if bone in self.rows]
            carried = [
                index for index, joint in enumerate(self.joints)
                if own.intersection(self.rig.above(joint)[1:])
            ]  # fmt: skip
            if rows and others:
                found.append((carried, rows))
        return found


def _drawn(
    body: _Body, modes: list[str], turns: np.ndarray, place: np.ndarray,
    kept: _Found | None, nearest: int,
) -> tuple[_Found, Stand, np.ndarray]:  # fmt: skip
    """Fit all curves from the root down; return them, where that leads, and errors (T, M + 1).

    Args:
        turns: (T, M) radians that bones may be off.
        place: (T,) armature units that the root may be off.
        kept: curves whose keys are kept.
        nearest: frames between two keys at least.
    """
    pose = body.pose
    found: list[thin.Curves | None] = [None] * len(pose.bones)
    off = np.zeros((len(place), len(pose.bones) + 1))
    location = thin.fitted(
        pose.location[:, None], place[:, None], None if kept is None else kept[1].keys, nearest
    )
    off[:, -1] = np.linalg.norm(location.values[:, 0] - pose.location, axis=-1)

    def turn_of(row: int, above: np.ndarray) -> np.ndarray:
        right = body.wanted.turns[int(pose.bones[row])]
        local = rotation.from_matrix(np.swapaxes(above, -1, -2) @ right)
        values = to_mode(modes[row], rotation.continuous(local))
        # Half an angle is the distance of quaternions; Euler angles add up.
        factor = 0.5 if values.shape[1] == 4 else 0.6
        curve = thin.fitted(
            values[:, None], factor * turns[:, row, None],
            None if kept is None else kept[0][row].keys, nearest,
        )  # fmt: skip
        found[row] = curve
        drawn = from_mode(modes[row], curve.values[:, 0])
        off[:, row] = rotation.angle(rotation.multiply(rotation.conjugate(local), drawn))
        return drawn

    made = body.stand(turn_of, location.values[:, 0])
    return ([curve for curve in found if curve is not None], location), made, off
