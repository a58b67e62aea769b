"""Bone names of rig families, as data, and which bone is which joint. numpy only.

A new family is one more entry of FAMILIES. A rig of no family is read by names and hierarchy
(`rig.names`), which finds limbs and trunk of most humanoids.
"""

import re
from dataclasses import dataclass

import numpy as np

from motionllm import skeleton
from motionllm.errors import MotionError
from motionllm.rig.names import find_joints

_NAMESPACE = re.compile(r"^.*[:|]")
_PREFIX = re.compile(r"^(?:[mf]_avg_|n_avg_|smpl[hx]?_|armature_)", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}

# What a transfer cannot do without; the rest follows its parent.
REQUIRED = (
    "pelvis", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
)  # fmt: skip


@dataclass(frozen=True)
class Family:
    """A naming scheme.

    Attributes:
        name: shown to the user.
        parts: joint without its side -> spellings, in lower case without separators.
        extras: further bones, tidied likewise, that tell this family from one it extends.
    """

    name: str
    parts: dict[str, tuple[str, ...]]
    extras: tuple[str, ...] = ()


_SMPL_PARTS = {
    "pelvis": ("pelvis", "hips"),
    "hip": ("hip", "upleg", "thigh"),
    "spine1": ("spine1", "torso"),
    "knee": ("knee",),
    "spine2": ("spine2", "spine"),
    "ankle": ("ankle",),
    "spine3": ("spine3", "chest"),
    "foot": ("foot", "toe"),
    "neck": ("neck",),
    "collar": ("collar", "thorax", "inshoulder", "clavicle"),
    "head": ("head",),
    "shoulder": ("shoulder",),
    "elbow": ("elbow",),
    "wrist": ("wrist",),
}
# The more bones a family asks for, the earlier it is tried.
FAMILIES = (
    Family("SMPL-X", _SMPL_PARTS, ("jaw", "left index1")),
    Family("SMPL-X", _SMPL_PARTS, ("jaw", "left index")),
    Family("SMPL-H", _SMPL_PARTS, ("left index1",)),
    Family("SMPL-H", _SMPL_PARTS, ("left index0",)),
    Family("SMPL-H", _SMPL_PARTS, ("lindex0",)),
    Family("SMPL", _SMPL_PARTS),
)


@dataclass(frozen=True)
class Match:
    """Which bones of a rig are the canonical joints.

    Attributes:
        family: name of the family, "humanoid" for a rig of none.
        bones: joint index -> bone index.
    """

    family: str
    bones: dict[int, int]


def tidy(name: str) -> str:
    """Return a bone's name in lower case, side first: "m_avg_L_Hip", "hip.L" -> "left hip"."""
    words = _WORD.findall(_PREFIX.sub("", _NAMESPACE.sub("", name)))
    lower = [word.lower() for word in words]
    sides = [_SIDES[word] for word in lower if word in _SIDES]
    rest = "".join(word for word in lower if word not in _SIDES)
    return f"{sides[0]} {rest}" if len(sides) == 1 else "".join(lower)


def match_rig(
    names: list[str],
    parents: list[int],
    heads: np.ndarray | None = None,
    what: str = "The armature",
) -> Match:
    """Find the joints of a rig.

    Args:
        names: bone names, parents before children.
        parents: index of each bone's parent, -1 for a root.
        heads: (B, 3) rest positions of the bones' heads; with them, rigs of no known family are
            read by names and hierarchy as well.
        what: for messages.

    Raises:
        MotionError: code "no_rig"; the sentence says what was not found.
    """
    if not names:
        raise MotionError("no_rig", f"{what} has no bones.", "Choose a humanoid character.")
    tidied: dict[str, int] = {}
    for index, name in enumerate(names):
        tidied.setdefault(tidy(name), index)
    for family in FAMILIES:
        bones = _by_family(family, tidied)
        if bones is not None and _is_tree(bones, parents):
            return Match(family.name, bones)
    if heads is None:
        raise MotionError("no_rig", f"{what} has bone names of no known family.")
    return Match("humanoid", _by_hierarchy(names, parents, heads, what))


def _by_family(family: Family, tidied: dict[str, int]) -> dict[int, int] | None:
    """Return joint -> bone if every joint of the family is there."""
    if any(extra not in tidied for extra in family.extras):
        return None
    bones: dict[int, int] = {}
    for joint, joint_name in enumerate(skeleton.JOINT_NAMES):
        side, _, part = joint_name.rpartition("_")
        found = [
            tidied[key]
            for spelling in family.parts[part]
            if (key := f"{side} {spelling}".strip()) in tidied
        ]
        free = [bone for bone in found if bone not in bones.values()]
        if not free:
            return None
        bones[joint] = free[0]
    return bones


def _is_tree(bones: dict[int, int], parents: list[int]) -> bool:
    """Tell whether every joint hangs below its parent joint, so that names have not lied."""
    for joint, bone in bones.items():
        wanted = bones.get(skeleton.PARENTS[joint])
        while wanted is not None and bone != wanted:
            bone = parents[bone]
            if bone < 0:
                return False
    return True


def _by_hierarchy(
    names: list[str], parents: list[int], heads: np.ndarray, what: str
) -> dict[int, int]:
    offsets = np.array(
        [heads[i] - (heads[p] if p >= 0 else 0.0) for i, p in enumerate(parents)], np.float64
    )
    humanoid = find_joints(list(names), list(parents), offsets, what)
    bones = {skeleton.JOINTS[joint]: bone for joint, bone in humanoid.joints.items()}
    # Of n spine bones the three joints get those at thirds; what is between them follows.
    spine = [bone for bone in humanoid.spine if bone != humanoid.joints["pelvis"]]
    for step, joint in enumerate(("spine1", "spine2", "spine3"), start=1):
        place = round(step * len(spine) / 3) - 1
        if place >= 0 and spine[place] not in bones.values():
            bones[skeleton.JOINTS[joint]] = spine[place]
    if spine and skeleton.JOINTS["spine3"] not in bones:
        bones[skeleton.JOINTS["spine3"]] = spine[-1]
    missing = [joint for joint in REQUIRED if skeleton.JOINTS[joint] not in bones]
    if missing:
        raise MotionError(
            "no_rig",
            f"{what} has no bone for: {', '.join(missing).replace('_', ' ')}.",
            "Choose a humanoid character.",
        )
    return bones
