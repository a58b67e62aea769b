"""Which keys a pose needs, judged by where its joints are in space. numpy only.

From the root down each bone's curve is fitted to the turn that brings the bone to where it belongs
on the curves above it, so that errors do not add up along a limb. Then every joint is looked at:
where one is too far off, the bones that carry it there get closer curves in those frames, those
most that have most to do with it. Planted feet may be off by less than anything else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.curves import highest
from motionllm.rig.carry.transfer import Pose
from motionllm.rig.curves import stand, thin
from motionllm.rig.curves.channels import from_mode, to_mode
from motionllm.rig.rig import Rig

PLANTED = 0.25  # of the bound, for feet that stand
FIRST = 0.7  # of the bound that each bone may use at first
NEAR = 3  # frames on either side that are drawn closer together with one that is off
CLOSER, LEAST = 0.8, 0.5  # factors of a bound that is drawn closer, for little and much
BLAMED = 0.4  # of the largest share in an error: who has less is left alone
ROUNDS = 14
TIP = 0.1  # of the body's height: from the last joint of a limb to what is seen of it


@dataclass(frozen=True)
class Few:
    """A pose drawn by few keys.

    Attributes:
        turns: of each bone of the pose its curve, in the bone's own rotation mode, (T, 1, N).
        location: of the root, (T, 1, 3).
        worst: how far a joint is off at most, armature units.
    """

    turns: list[thin.Curves]
    location: thin.Curves
    worst: float


def few_keys(
    rig: Rig, pose: Pose, modes: list[str], joints: dict[int, np.ndarray], feet: list[int], bound: float,
    radians: float, unit: float = 1.0,
) -> Few:  # fmt: skip
    """Choose keys so that no joint is off by more than a bound.

    Args:
        modes: of each bone of the pose, as Blender names them.
        joints: bones whose heads count, with the frames (T,) in which they stand on the floor.
        bound: armature units.
        radians: that a bone may turn from the motion at most.
    """
    body = _Body(rig, pose, sorted(joints))
    limits = np.stack([np.where(joints[bone], PLANTED, 1.0) for bone in body.joints], axis=1)
    limits *= bound
    reach = np.maximum(body.lengths, 1e-9)
    turns = np.tile(np.minimum(FIRST * bound / reach, radians), (len(pose.rotations), 1))
    place = np.full(len(pose.rotations), FIRST * bound)
    found, least, kept = None, np.inf, None
    for _ in range(ROUNDS):
        found, made, off = _drawn(body, modes, turns, place, kept)
        apart = made.heads - body.wanted.heads
        error = np.linalg.norm(apart, axis=-1)
        over = error / limits
        if over.max() <= 1.0:
            break
        kept = found
        least = min(least, float(over.max()))
        turns, place = _closer(body, over, off, turns, place)
    assert found is not None
    found = _settled(body, modes, found, joints, feet, unit)
    made = body.stand(lambda row, _: from_mode(modes[row], found[0][row].values[:, 0]), found[1].values[:, 0])
    return Few(*found, float(np.linalg.norm(made.heads - body.wanted.heads, axis=-1).max()))


def _settled(body, modes, found, joints, all_feet, unit):
    curves, location = list(found[0]), found[1]
    for feet, rows in body.legs(all_feet):
        def places(drawn, rows=rows, feet=feet):
            turns = dict(zip(rows, np.split(drawn, np.cumsum([curves[r].values.shape[2] for r in rows])[:-1], axis=1), strict=True))
            made = body.stand(lambda row, _: from_mode(modes[row], turns[row] if row in turns else curves[row].values[:, 0]), location.values[:, 0], feet)
            return made.heads
        index = [body.joints.index(foot) for foot in feet]
        planted = np.stack([joints[foot] for foot in feet], axis=1)
        new = stand.settled([curves[row] for row in rows], places, body.wanted.heads[:, index], planted, unit)
        for row, curve in zip(rows, new, strict=True):
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


@dataclass(frozen=True)
class _Made:
    """Where bones are: their turns (T, N, 3, 3), and the heads (T, J, 3) of joints."""

    turns: dict[int, np.ndarray]
    heads: np.ndarray


class _Body:
    """A pose's bones from the root down.

    Attributes:
        joints: bones whose heads count.
        wanted: where they belong.
        lengths: (M,) from each bone's head to the joints that hang on it, armature units.
        levers: (J, M + 1) from each of the pose's bones, then its root's place, to each joint;
            0 where it does not carry it.
    """

    def __init__(self, rig: Rig, pose: Pose, joints: list[int]) -> None:
        self.rig, self.pose, self.joints = rig, pose, joints
        self.rows = {int(bone): row for row, bone in enumerate(pose.bones)}
        self.order = sorted({above for one in [*joints, *self.rows] for above in rig.above(one)})
        rest = np.asarray(rig.rest, np.float64)
        self.offsets = {
            bone: rest[bone] if rig.parents[bone] < 0
            else np.linalg.inv(rest[rig.parents[bone]]) @ rest[bone]
            for bone in self.order
        }  # fmt: skip
        self.wanted = self.stand(lambda row, _parent: pose.rotations[:, row], pose.location)
        heads = rig.heads
        tall = float(np.ptp(heads[joints], axis=0).max()) if joints else 1.0
        self.levers = np.zeros((len(joints), len(pose.bones) + 1))
        self.lengths = np.full(len(pose.bones), TIP * tall)
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

    def legs(self, feet: list[int]) -> list[tuple[list[int], list[int]]]:
        """Return feet that hang on one limb, each time with the limb's rows of the pose."""
        chains = {foot: [self.rows[b] for b in self.rig.above(foot)[1:] if b in self.rows] for foot in feet}
        groups: list[list[int]] = []
        for foot in feet:
            for group in groups:
                if any(a in self.rig.above(b) or b in self.rig.above(a) for a in group for b in [foot]):
                    group.append(foot)
                    break
            else:
                groups.append([foot])
        found = []
        for group in groups:
            others = {row for foot in feet if foot not in group for row in chains[foot]}
            rows = sorted({row for foot in group for row in chains[foot]} - others)
            if rows and others:
                bones = {int(self.pose.bones[row]) for row in rows}
                below = [j for j in self.joints if bones.intersection(self.rig.above(j)[1:])]
                found.append((below, rows))
        return found

    def stand(self, turn_of, location: np.ndarray, joints: list[int] | None = None) -> _Made:
        """Return where all bones are.

        Args:
            turn_of: gets a row of the pose and its parent's turn with the offset (T, 3, 3) in
                armature space; returns the bone's own turn (T, 4).
        """
        rig, pose, frames = self.rig, self.pose, len(location)
        turns: dict[int, np.ndarray] = {}
        places: dict[int, np.ndarray] = {}
        order = self.order
        if joints is not None:
            order = sorted({above for one in joints for above in rig.above(one)})
        for bone in order:
            offset, parent = self.offsets[bone], int(rig.parents[bone])
            if parent < 0:
                turn = np.broadcast_to(offset[:3, :3], (frames, 3, 3))
                place = np.broadcast_to(offset[:3, 3], (frames, 3))
            else:
                turn = turns[parent] @ offset[:3, :3]
                place = places[parent] + turns[parent] @ offset[:3, 3]
            own = location if bone == pose.root else pose.loose.get(bone)
            if own is not None:
                place = place + np.einsum("tij,tj->ti", turn, own)
            if not rig.inherits_rotation[bone]:
                turn = np.broadcast_to(np.asarray(rig.rest, np.float64)[bone, :3, :3], turn.shape)
            row = self.rows.get(bone)
            if row is not None:
                turn = turn @ rotation.to_matrix(turn_of(row, turn))
            turns[bone], places[bone] = turn, place
        return _Made(turns, np.stack([places[bone] for bone in joints or self.joints], axis=1))


def _drawn(
    body: _Body, modes: list[str], turns: np.ndarray, place: np.ndarray,
    kept: tuple[list[thin.Curves], thin.Curves] | None,
) -> tuple[tuple[list[thin.Curves], thin.Curves], _Made, np.ndarray]:  # fmt: skip
    """Fit all curves from the root down; return them, where that leads, and errors (T, M + 1).

    Args:
        turns: (T, M) radians that bones may be off.
        place: (T,) armature units that the root may be off.
        kept: curves whose keys are kept.
    """
    pose = body.pose
    found: list[thin.Curves | None] = [None] * len(pose.bones)
    off = np.zeros((len(place), len(pose.bones) + 1))
    location = thin.fitted(
        pose.location[:, None], place[:, None], None if kept is None else kept[1].keys
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
            None if kept is None else kept[0][row].keys,
        )  # fmt: skip
        found[row] = curve
        drawn = from_mode(modes[row], curve.values[:, 0])
        off[:, row] = rotation.angle(rotation.multiply(rotation.conjugate(local), drawn))
        return drawn

    made = body.stand(turn_of, location.values[:, 0])
    return ([curve for curve in found if curve is not None], location), made, off
