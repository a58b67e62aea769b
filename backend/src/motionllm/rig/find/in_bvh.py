"""The person in a BVH file: which tree it is, and which joint is which. numpy only.

Names at the ends of limbs and the hierarchy come first (`limbs`), then the names of rig families
(`family`), then form (`form`): the same as for an armature in Blender.
"""

from collections.abc import Container
from dataclasses import replace

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import rotation, skeleton
from motionllm.motion.bvh import BvhFile, chain_world
from motionllm.rig.find.family import is_tree, match_names
from motionllm.rig.find.form import match_structure
from motionllm.rig.find.limbs import Humanoid, find_joints, trunk_of
from motionllm.rig.find.sides import reversed_in_motion
from motionllm.rig.rig import Rig

_UPS = np.concatenate([np.eye(3), -np.eye(3)])[[1, 2, 4, 5, 0, 3]]  # the likeliest first
_LOOKED_AT = 60  # frames of a motion that tell its left from its right
_MOST = 1000  # joints of a body that is looked for by form; more of them are no body


def people_in(bvh: BvhFile, name: str = "the file") -> dict[str, BvhFile]:
    """Return the trees of a file that are people, what has most joints first, each with its notes.

    Props beside them are named in the first one's notes.

    Args:
        name: for messages.

    Returns:
        The people under the names of their roots, which are numbered where several are called so.

    Raises:
        MotionError: code "no_rig", if none is; the sentence says what is missing.
    """
    people: dict[str, BvhFile] = {}
    props: list[str] = []
    problem = None
    for tree in (bvh, *bvh.others):
        try:
            _, note = find_person(tree, name)
        except MotionError as error:
            problem = problem or error
            props.append(f"'{tree.names[0]}'")
            continue
        notes = (note,) if note else ()
        people[_own_name(tree.names[0], people)] = replace(tree, notes=notes, others=())
    if not people:
        raise problem or MotionError("no_rig", f"{name} holds no joints.")
    read = list(people)
    notes = [*bvh.notes, *people[read[0]].notes]
    if props:
        persons, things = ("is", "are")[len(read) > 1], ("is", "are")[len(props) > 1]
        notes.append(
            f"{', '.join(map(repr, read))} {persons} read; {', '.join(props)} {things} no person"
        )
    return people | {read[0]: replace(people[read[0]], notes=tuple(notes))}


def person_in(bvh: BvhFile, name: str = "the file") -> BvhFile:
    """Return the first of the people in a file; see `people_in`."""
    return next(iter(people_in(bvh, name).values()))


def _own_name(name: str, taken: Container[str]) -> str:
    own, number = name, 1
    while own in taken:
        number += 1
        own = f"{name}_{number}"
    return own


def joints_in(bvh: BvhFile, name: str = "the file") -> Humanoid:
    """Return the joints of a tree; see `find_person`."""
    return find_person(bvh, name)[0]


def find_person(bvh: BvhFile, name: str = "the file") -> tuple[Humanoid, str]:
    """Return the joints of a tree, and a note where names did not tell them or were wrong.

    Raises:
        MotionError: code "no_rig", if it is no humanoid; the sentence says what is missing.
    """
    humanoid, note = _find(bvh, name)
    wrong = _reversed(bvh, humanoid)
    if not wrong:
        return humanoid, note
    other = {}
    for pair in (pair for limbs in wrong for pair in limbs):
        names = [skeleton.JOINT_NAMES[joint] for joint in pair]
        other |= dict(zip(names, reversed(names), strict=True))
    joints = {other.get(joint, joint): bone for joint, bone in humanoid.joints.items()}
    what = "left and right are" if len(wrong) == 2 else "left and right of some limbs are"
    told = f"{what} named the other way round: the toes and knees say which is which"
    return Humanoid(joints, humanoid.spine), note or told


def _reversed(bvh: BvhFile, humanoid: Humanoid) -> list[tuple[tuple[int, int], ...]]:
    """Return which limbs are on the other side than found, by what the motion shows."""
    frames = np.unique(np.linspace(0, len(bvh.rotations) - 1, _LOOKED_AT).round().astype(int))
    part = replace(bvh, rotations=bvh.rotations[frames], positions=bvh.positions[frames])
    world, places = part.world()
    at = {joint: places[:, bone] for joint, bone in humanoid.joints.items()}
    feet = {}
    for side in ("left", "right"):
        ankle = humanoid.joints[f"{side}_ankle"]
        if f"{side}_foot" in at:
            feet[side] = at[f"{side}_foot"] - places[:, ankle]
        elif ankle in bvh.ends and np.any(bvh.ends[ankle]):
            feet[side] = rotation.rotate(world[:, ankle], np.asarray(bvh.ends[ankle])[None])
    return reversed_in_motion(at, feet if len(feet) == 2 else {})


def _find(bvh: BvhFile, name: str) -> tuple[Humanoid, str]:
    """Return the joints as names or form have them, and a note where it was form."""
    places = _rest(bvh)
    try:
        return find_joints(bvh.names, bvh.parents, name, places), ""
    except MotionError as error:
        by_name = error
    rig = _as_rig(bvh, places)
    named = match_names(rig, "read")
    if named is not None and is_tree(named.bones, rig):
        humanoid = _humanoid(named.bones, bvh.parents)
        if humanoid is not None:
            return humanoid, ""
    found = _by_form(bvh, name)
    if found is None:
        raise by_name
    return found, "its joints' names say nothing: they were found by the body's form"


def _by_form(bvh: BvhFile, name: str) -> Humanoid | None:
    """Return the joints by the form of the rest pose or of the first frame, None without."""
    if len(bvh.names) > _MOST:
        return None
    first = chain_world(bvh.parents, bvh.offsets, bvh.rotations[:1], bvh.positions[:1])[1][0]
    for places in (_rest(bvh), first):
        found: list[tuple[float, dict[int, int]]] = []
        for up in _UPS:
            try:
                bones, sure = match_structure(_as_rig(bvh, places), up, name)
            except MotionError:
                continue
            found.append((sure, bones))
        for _, bones in sorted(found, key=lambda one: -one[0]):
            humanoid = _humanoid(bones, bvh.parents)
            if humanoid is not None:
                return humanoid
    return None


def _humanoid(bones: dict[int, int], parents: list[int]) -> Humanoid | None:
    """Return joints of a rig's match as those of a tree; its spine is read off the tree."""
    joints = {skeleton.JOINT_NAMES[joint]: bone for joint, bone in bones.items()}
    limbs = {
        joint: bone for joint, bone in joints.items()
        if not joint.startswith("spine") and joint != "pelvis" and not joint.endswith("collar")
    }  # fmt: skip
    return trunk_of(limbs, parents)


def _rest(bvh: BvhFile) -> np.ndarray:
    """Return the joints' places (J, 3) in the zero pose."""
    still = rotation.identity(1, len(bvh.names))
    return chain_world(bvh.parents, bvh.offsets, still, np.zeros((1, 3)))[1][0]


def _as_rig(bvh: BvhFile, places: np.ndarray) -> Rig:
    """Return a tree as a rig whose rest pose has its joints at some places (J, 3)."""
    rest = np.tile(np.eye(4), (len(places), 1, 1))
    rest[:, :3, 3] = places
    return Rig(bvh.names, np.array(bvh.parents), rest, np.ones(len(places), bool))
