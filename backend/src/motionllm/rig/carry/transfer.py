"""A clip onto the bones of any rig, and back. numpy only.

Bones are in armature space: bone i has the rest matrix R_i and the pose matrix
P_i = P_parent R_parent^-1 R_i B_i, with B_i the bone's own channels (location, rotation).
With D_i the wanted turn of the bone since its rest, in armature axes,
B_i = R_i^-1 D_parent^-1 D_i R_i, whatever the bone's roll and direction. A joint's world turn
G_j of the clip becomes D_i = C G_j A_j C^-1: C takes the clip's axes to the armature's, A_j takes
the rig's rest direction of a limb to the clip's T-pose (`rest`), so an A-pose makes no difference.
"""

from dataclasses import dataclass, field

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip, heading
from motionllm.rig.carry import chains, locked_feet
from motionllm.rig.carry.ik_controls import Control, controls
from motionllm.rig.carry.loose_ends import Posed, loose_end
from motionllm.rig.carry.rest import HIP_MIDDLE, LIMBS, Fit, fit
from motionllm.rig.find.family import IkControls
from motionllm.rig.find.loose import whole
from motionllm.rig.rig import Rig

J = skeleton.JOINTS
BENDS = np.radians(1.0)  # what bones between two joints turn less by is twist and rounding
AS_IS, IN_PLACE, SEPARATE = "AS_IS", "IN_PLACE", "SEPARATE"
_STAND_INS = (  # what a joint without a bone does: as its parent; spine and neck are chains
    ("left_collar", "spine3"), ("right_collar", "spine3"),
    ("left_wrist", "left_elbow"), ("right_wrist", "right_elbow"),
    ("left_foot", "left_ankle"), ("right_foot", "right_ankle"),
)  # fmt: skip


@dataclass(frozen=True)
class Pose:
    """Channels of the bones that a clip moves.

    Attributes:
        bones: (M,) bone indices.
        rotations: (T, M, 4) local rotations, wxyz, signs continuous in time.
        root: index of the bone that carries the person.
        location: (T, 3) local location of that bone, armature units.
        track: index of a bone that carries the path, -1 for none or the object.
        track_rotation: (T, 4) turn of the path in armature axes, about the armature's origin.
        track_location: (T, 3) movement that goes with it; P = track_rotation x + track_location.
        controls: IK controls that follow.
        loose: bone index -> (T, 3) local location, armature units, of feet and hands that do not
            hang on their limbs.
    """

    bones: np.ndarray
    rotations: np.ndarray
    root: int
    location: np.ndarray
    track: int = -1
    track_rotation: np.ndarray | None = None
    track_location: np.ndarray | None = None
    controls: list[Control] = field(default_factory=list)
    loose: dict[int, np.ndarray] = field(default_factory=dict)


def pose_basis(
    clip: Clip,
    rig: Rig,
    bones: dict[int, int],
    root_motion: str = AS_IS,
    lock_feet: bool = False,
    how: Fit | None = None,
    track: int | None = None,
    follows: dict[int, int] | None = None,
    ik: IkControls | None = None,
    loose: tuple[int, ...] = (),
) -> Pose:
    """Return the bone channels that make a rig do what the clip does.

    The motion starts at the armature's own place and facing; its size follows leg length. A rig
    that is seen in a mirror does it in reverse, so that what is seen is the clip.

    Args:
        clip: on the canonical skeleton.
        bones: joint index -> bone index, from `match.match_rig`.
        root_motion: "AS_IS"; "IN_PLACE" takes the hips' path over the floor away; "SEPARATE" puts
            path and heading on the root bone above the person, or on the object if there is none.
        lock_feet: hold planted feet where they are (`locked_feet`).
        how: of the rest pose, where it is known already.
        track: the bone that carries a separate path; the topmost one above the person if absent.
        follows: bones that turn with another one by constraints, from `match.Match`.
        ik: IK controls that shall follow.
        loose: joints whose bones do not hang on their limbs, from `match.Match`: they get a place
            of their own.

    Raises:
        MotionError: code "no_rig", if the rest pose is no standing person.
    """
    how = how or fit(rig, bones)
    clip = clip.mirrored() if rig.mirrored else clip
    turns, keyed = _turns(clip, rig, bones, how, follows or {})
    pelvis = bones[J["pelvis"]]
    body = whole(rig, bones) if loose else rig
    hips = clip.translation + rotation.rotate(
        clip.rotations[:, 0].astype(np.float64), HIP_MIDDLE[None]
    )
    hips = how.base + how.scale * rotation.rotate(how.axes, hips)
    place = hips - rotation.rotate(turns[pelvis], how.hips - rig.heads[pelvis])
    if lock_feet:
        locked_feet.lock(clip, body, bones, how, turns, place)
    root = _mover(rig, pelvis)
    path = _path(clip, how, hips, turns[pelvis], root_motion)
    if path is not None:
        turn, offset = path
        unturn = rotation.conjugate(turn)
        place = rotation.rotate(unturn, place - offset)
        moved = {id(value): rotation.multiply(unturn, value) for value in turns}
        turns = [moved[id(value)] for value in turns]
    channels = _channels(rig, turns, keyed, pelvis)
    # The mover's head goes where the pelvis' head is wanted, less what lies between the two.
    head = place
    if root != pelvis:  # it stands above the person and does not turn
        head = place - (rig.heads[pelvis] - rig.heads[root])
    local = rotation.conjugate(rotation.from_matrix(_unscaled(rig.rest[root, :3, :3])))
    location = rotation.rotate(local, head - rig.heads[root])
    extra = controls(ik, rig, bones, turns, place) if ik else []
    if root_motion != SEPARATE or path is None:
        track, path = -1, None
    elif track is None:
        track = next((bone for bone in rig.above(root)[:0:-1]), -1)
    posed = Posed(rig, bones, turns, place, root, head - rig.heads[root])
    places = {}
    for bone in (bones[joint] for joint in loose):
        apart = track >= 0 and track not in rig.above(bone)
        turned, places[bone] = loose_end(posed, bone, path if apart else None)
        if bone in channels:
            channels[bone] = turned
    order = np.array(sorted(channels))
    stacked = rotation.continuous(np.stack([channels[bone] for bone in order], axis=1))
    if path is None:
        return Pose(order, stacked, root, location, controls=extra, loose=places)
    return Pose(order, stacked, root, location, track, *path, extra, places)


def _turns(
    clip: Clip, rig: Rig, bones: dict[int, int], how: Fit, follows: dict[int, int]
) -> tuple[list[np.ndarray], list[int]]:
    """Return the wanted turn D (T, 4) of every bone, and the bones that are to be keyed."""
    world = skeleton.world_transforms(
        clip.rotations.astype(np.float64), clip.translation.astype(np.float64)
    )[0]
    found = chains.find_chains(rig, bones)
    wanted = {
        bone: rotation.multiply(world[:, joint], how.corrections[joint])
        for joint, bone in bones.items()
    }
    spine = chains.spread(world, chains.SPINE, len(found.spine), True)
    neck = chains.spread(world, chains.NECK, len(found.neck), False)
    for bone, turn in zip([*found.spine, *found.neck], [*spine, *neck], strict=True):
        wanted[bone] = rotation.multiply(turn, how.chain[bone]) if bone in how.chain else turn
    for bone, elbow, wrist, share in found.twists:
        turn = chains.twist_share(world, elbow, wrist, share)
        wanted[bone] = rotation.multiply(turn, how.corrections[elbow])
    back = rotation.conjugate(how.axes)
    none = np.broadcast_to(rotation.identity(), (clip.frames, 4))
    wanted = {
        bone: rotation.multiply(rotation.multiply(how.axes, turn), back)
        for bone, turn in wanted.items()
        if not rig.held[bone]
    }
    turns: list[np.ndarray] = []
    for bone, parent in enumerate(rig.parents):
        if follows.get(bone, bone) in wanted:
            turns.append(wanted[follows.get(bone, bone)])
        else:
            inherits = parent >= 0 and rig.inherits_rotation[bone]
            turns.append(turns[parent] if inherits else none)
    return turns, sorted(wanted)


def _mover(rig: Rig, pelvis: int) -> int:
    """Return the bone that carries the person: the pelvis, or what it cannot come loose from."""
    return next(bone for bone in rig.above(pelvis) if not rig.connected[bone])


def _path(
    clip: Clip, how: Fit, hips: np.ndarray, pelvis_turn: np.ndarray, kind: str
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return what is taken off the person's motion, if anything: turn (T, 4), movement (T, 3)."""
    if kind == AS_IS:
        return None
    up = rotation.rotate(how.axes, np.array([0.0, 1.0, 0.0]))
    flat = hips - how.base
    flat = flat - (flat @ up)[:, None] * up
    if kind == IN_PLACE:
        return rotation.identity(clip.frames), flat
    # The way of the clip's own root: where that begins at the origin, so does the path.
    flat = how.scale * rotation.rotate(how.axes, clip.translation * [1.0, 0.0, 1.0])
    back = rotation.conjugate(how.axes)
    yaw = heading(rotation.multiply(rotation.multiply(back, pelvis_turn), how.axes))
    turn = rotation.from_axis_angle(np.broadcast_to(up, (clip.frames, 3)), yaw)
    return turn, how.base + flat - rotation.rotate(turn, how.base[None])


def _channels(
    rig: Rig, turns: list[np.ndarray], keyed: list[int], pelvis: int
) -> dict[int, np.ndarray]:
    """Return the local rotations (T, 4) of the keyed bones."""
    none = np.broadcast_to(rotation.identity(), turns[pelvis].shape)
    rest = {bone: rotation.from_matrix(_unscaled(rig.rest[bone, :3, :3])) for bone in keyed}
    outside = set(rig.above(pelvis)[1:])
    result = {}
    for bone in keyed:
        parent = int(rig.parents[bone])
        above = turns[parent] if parent >= 0 and rig.inherits_rotation[bone] else none
        if parent in outside:
            above = none  # what is above the person stands still, or is the path itself
        local = rotation.multiply(rotation.conjugate(above), turns[bone])
        result[bone] = rotation.multiply(
            rotation.multiply(rotation.conjugate(rest[bone]), local), rest[bone]
        )
    return result


def _unscaled(matrix: np.ndarray) -> np.ndarray:
    """Return rotation matrices (..., 3, 3) of matrices that may scale."""
    return matrix / np.maximum(np.linalg.norm(matrix, axis=-2, keepdims=True), 1e-12)


def _aimed(turns: np.ndarray, child: int, way: np.ndarray) -> np.ndarray:
    """Return turns (T, 4) of a limb's half of several bones, which may bend on their own.

    Args:
        child: the joint at its end.
        way: (T, 3) where that is from the upper joint.
    """
    now = rotation.rotate(turns, skeleton.OFFSETS[child].astype(np.float64)[None])
    missing = rotation.between(now, way)
    if rotation.angle(missing).max() < BENDS:
        return turns
    return rotation.multiply(missing, turns)


def clip_from_pose(
    pose: np.ndarray,
    rig: Rig,
    bones: dict[int, int],
    fps: float,
    how: Fit | None = None,
) -> Clip:
    """Read a rig's motion as a clip: the way back of `pose_basis`.

    Args:
        pose: (T, B, 4, 4) pose matrices in armature space.
        bones: joint index -> bone index.
        how: of the rest pose, where it is known already.

    Returns:
        A clip on the canonical skeleton, in the place and facing that the armature gives it; as it
        is seen, where the rig is mirrored.

    Raises:
        MotionError: code "no_rig", if the rest pose is no standing person.
    """
    how = how or fit(rig, bones)
    back = rotation.conjugate(how.axes)
    found = chains.find_chains(rig, bones)

    def turn_of(bone: int) -> np.ndarray:
        posed = _unscaled(np.asarray(pose[:, bone, :3, :3], np.float64))
        turn = rotation.from_matrix(posed @ _unscaled(rig.rest[bone, :3, :3]).T)
        return rotation.multiply(rotation.multiply(back, turn), how.axes)

    world = rotation.identity(len(pose), skeleton.JOINT_COUNT)
    for joint, bone in bones.items():
        world[:, joint] = rotation.multiply(
            turn_of(bone), rotation.conjugate(how.corrections[joint])
        )
    for upper, middle, last, _ in LIMBS:
        for joint, child in ((upper, middle), (middle, last)):
            if child in bones and len(rig.between(bones[joint], bones[child])) > 1:
                start, stop = (pose[:, bones[end], :3, 3] for end in (joint, child))
                way = rotation.rotate(back, stop - start)
                world[:, joint] = _aimed(world[:, joint], child, way)

    def chain_of(chain: list[int]) -> list[np.ndarray]:
        none = rotation.identity()
        return [
            rotation.multiply(turn_of(bone), rotation.conjugate(how.chain.get(bone, none)))
            for bone in chain
        ]

    chains.gather(world, chains.SPINE, chain_of(found.spine), True)
    if J["head"] not in bones:
        world[:, J["head"]] = world[:, J["neck"] if J["neck"] in bones else J["spine3"]]
    chains.gather(world, chains.NECK, chain_of(found.neck), False)
    for joint, stand_in in _STAND_INS:
        if J[joint] not in bones:
            world[:, J[joint]] = world[:, J[stand_in]]
    hips = 0.5 * (pose[:, bones[J["left_hip"]], :3, 3] + pose[:, bones[J["right_hip"]], :3, 3])
    hips = rotation.rotate(back, (hips - how.base) / how.scale)
    translation = hips - rotation.rotate(world[:, 0], HIP_MIDDLE[None])
    clip = Clip.build(fps, skeleton.local_rotations(world), translation)
    return clip.mirrored() if rig.mirrored else clip
