"""Which joint of a skeleton is which canonical one, by name and hierarchy. Standard library only.

Names alone lie ("LeftLeg" is a knee here and a hip there), so only the ends of limbs are found by
name; what lies above them is read off the hierarchy.
"""

import re
from dataclasses import dataclass

from motionllm.errors import MotionError

_NAMESPACE = re.compile(r"^.*[:|]")
_SIDE_WORD = re.compile(r"left|right", re.IGNORECASE)
_SIDE_LETTER = re.compile(r"(?:^|[_ .\-])([lr])(?:$|[_ .\-])", re.IGNORECASE)
_SIDE_PREFIX = re.compile(
    r"^([lrLR])(?=[A-Z])|^([lr])(?=(?:foot|hand|wrist|ankle|toe|radius|tibia))"
)
_FINGER = re.compile(
    r"thumb|index|middle|ring|pinky|finger|digit|metacarp|twist|roll|end$|nub|ik|pole|site|socket|prop|slot",
    re.IGNORECASE,
)
_HELPER = re.compile(r"twist|roll(?![a-z])|helper|ik$", re.IGNORECASE)
_WRIST = (re.compile(r"wrist", re.IGNORECASE), re.compile(r"hand", re.IGNORECASE))
_ANKLE = (re.compile(r"ankle", re.IGNORECASE), re.compile(r"foot", re.IGNORECASE))
_TOE = re.compile(r"toe|ball|foot", re.IGNORECASE)
_HEAD = re.compile(r"head(?!.*(?:end|top|nub))", re.IGNORECASE)
_NECK = re.compile(r"neck", re.IGNORECASE)


@dataclass(frozen=True)
class Humanoid:
    """Where the canonical joints are in a skeleton.

    Attributes:
        joints: canonical joint name -> joint index; collars, neck, toes may be absent, and the
            spine joints always are: they are sampled from `spine`.
        spine: joint indices above the pelvis up to and with the one that carries the arms.
    """

    joints: dict[str, int]
    spine: list[int]


def side_of(name: str) -> str | None:
    """Return "left", "right" or None, from the marks that name a side."""
    bare = _NAMESPACE.sub("", name)
    word = _SIDE_WORD.search(bare)
    if word:
        return word.group().lower()
    letter = _SIDE_LETTER.search(bare) or _SIDE_PREFIX.search(bare)
    if letter:
        return (
            "left" if next(group for group in letter.groups() if group).lower() == "l" else "right"
        )
    return None


def find_joints(names: list[str], parents: list[int], what: str = "the skeleton") -> Humanoid:
    """Find the canonical joints.

    Args:
        names: joint names, parents before children.
        parents: index of each joint's parent, -1 for the root.
        what: for messages.

    Raises:
        MotionError: code "no_rig"; the sentence says which part was not found.
    """
    joints: dict[str, int] = {}
    for side in ("left", "right"):
        joints |= _limb(names, parents, side, _ANKLE, ("ankle", "knee", "hip"), what)
        joints |= _limb(names, parents, side, _WRIST, ("wrist", "elbow", "shoulder"), what)
    chest = _common_ancestor(parents, joints["left_shoulder"], joints["right_shoulder"])
    pelvis = _common_ancestor(parents, joints["left_hip"], joints["right_hip"])
    if chest is None or pelvis is None:
        raise _missing(what, "arms and legs that hang on one trunk")
    base = _common_ancestor(parents, pelvis, chest)
    spine = []
    joint = chest
    while joint != base and joint >= 0:
        spine.insert(0, joint)
        joint = parents[joint]
    joints["pelvis"] = pelvis
    for side in ("left", "right"):
        collar = parents[joints[f"{side}_shoulder"]]
        if collar != chest:
            joints[f"{side}_collar"] = collar
        toe = _toe(names, parents, joints[f"{side}_ankle"])
        if toe is not None:
            joints[f"{side}_foot"] = toe
    joints |= _neck_and_head(names, parents, chest)
    return Humanoid(joints, spine or [chest])


def _missing(what: str, part: str) -> MotionError:
    return MotionError(
        "no_rig",
        f"{what} is no humanoid this program can read: it found no {part}.",
        "Rename the joints in a usual way (LeftHand, l_foot, ...).",
    )


def _ancestors(parents: list[int], joint: int) -> list[int]:
    chain = [joint]
    while parents[chain[-1]] >= 0:
        chain.append(parents[chain[-1]])
    return chain


def _common_ancestor(parents: list[int], a: int, b: int) -> int | None:
    above = set(_ancestors(parents, a))
    return next((joint for joint in _ancestors(parents, b) if joint in above), None)


def _limb(
    names: list[str],
    parents: list[int],
    side: str,
    patterns: tuple[re.Pattern, ...],
    parts: tuple[str, str, str],
    what: str,
) -> dict[str, int]:
    """Find the end of a limb by name, then its middle and root by going up."""
    for pattern in patterns:
        for index, name in enumerate(names):
            bare = _NAMESPACE.sub("", name)
            if not pattern.search(bare) or _FINGER.search(bare) or side_of(name) != side:
                continue
            chain = [j for j in _ancestors(parents, index) if not _HELPER.search(names[j])]
            if len(chain) >= 4:
                return {f"{side}_{part}": joint for part, joint in zip(parts, chain, strict=False)}
    raise _missing(what, f"{side} {'hand' if parts[0] == 'wrist' else 'foot'} at the end of a limb")


def _toe(names: list[str], parents: list[int], ankle: int) -> int | None:
    children = [index for index, parent in enumerate(parents) if parent == ankle]
    named = [index for index in children if _TOE.search(names[index])]
    return (named or children or [None])[0]


def _neck_and_head(names: list[str], parents: list[int], chest: int) -> dict[str, int]:
    for pattern in (_HEAD, _NECK):
        for index, name in enumerate(names):
            chain = _ancestors(parents, index)
            if pattern.search(_NAMESPACE.sub("", name)) and chest in chain and index != chest:
                between = chain[1 : chain.index(chest)]
                return {"head": index} | ({"neck": between[-1]} if between else {})
    return {}
