"""Which joint of a skeleton is which canonical one, by name and hierarchy. numpy only.

Names alone lie ("LeftLeg" is a knee here and a hip there), so only the ends of limbs are found by
name; what lies above them is read off the hierarchy. A limb of more bones than two is read by those
words that never lie ("thigh", "forearm") and by its lengths.
"""

import itertools
import re
from dataclasses import dataclass

import numpy as np

from motionllm.errors import MotionError

_NAMESPACE = re.compile(r"^.*[:|]")
_SIDE_WORD = re.compile(r"left|right", re.IGNORECASE)
_SIDE_LETTER = re.compile(
    r"(?:^|[_ .\-()\[\]{}<>\"'`\\/])([lr])(?:$|[_ .\-()\[\]{}<>\"'`\\/])", re.IGNORECASE
)
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
# Words for the upper and the lower half of a limb that mean the same everywhere.
_HALVES = {
    "ankle": (
        re.compile(r"thigh|femur|up(?:per)?[_ .\-]?leg", re.IGNORECASE),
        re.compile(r"shin|calf|tibia|knee|low(?:er)?[_ .\-]?leg", re.IGNORECASE),
    ),
    "wrist": (
        re.compile(r"humerus|up(?:per)?[_ .\-]?arm", re.IGNORECASE),
        re.compile(r"fore[_ .\-]?arm|ulna|elbow|low(?:er)?[_ .\-]?arm", re.IGNORECASE),
    ),
}
CLEAR = 0.15  # cost by which other bones of a limb must be likelier than its last two


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


def find_joints(
    names: list[str],
    parents: list[int],
    what: str = "the skeleton",
    places: np.ndarray | None = None,
) -> Humanoid:
    """Find the canonical joints.

    Args:
        names: joint names.
        parents: index of each joint's parent, -1 for the root.
        what: for messages.
        places: (B, 3) where the joints are at rest, in any axes and units: asked where a limb has
            more bones than two and their names do not say which is which.

    Raises:
        MotionError: code "no_rig"; the sentence says which part was not found.
    """
    joints: dict[str, int] = {}
    chains = {
        (side, end): _chain_to(names, parents, side, patterns, what)
        for side in ("left", "right")
        for end, patterns in (("ankle", _ANKLE), ("wrist", _WRIST))
    }
    for end, parts in (("ankle", ("knee", "hip")), ("wrist", ("elbow", "shoulder"))):
        trunk = set(chains["left", end]) & set(chains["right", end])
        for side in ("left", "right"):
            chain = chains[side, end]
            limb = [joint for joint in chain if joint not in trunk]
            middle, top = _halves(names, limb, end, places) or chain[1:3]
            joints |= {f"{side}_{end}": chain[0], f"{side}_{parts[0]}": middle}
            joints[f"{side}_{parts[1]}"] = top
    humanoid = trunk_of(joints, parents)
    if humanoid is None:
        raise _missing(what, "arms and legs that hang on one trunk")
    joints, spine = dict(humanoid.joints), humanoid.spine
    for side in ("left", "right"):
        toe = _toe(names, parents, joints[f"{side}_ankle"])
        if toe is not None:
            joints[f"{side}_foot"] = toe
    joints |= _neck_and_head(names, parents, spine[-1])
    if not _each_once(joints):
        raise _missing(what, "joint of its own for every part of the body")
    return Humanoid(joints, spine)


def _each_once(joints: dict[str, int]) -> bool:
    return len(set(joints.values())) == len(joints)


def trunk_of(limbs: dict[str, int], parents: list[int]) -> Humanoid | None:
    """Return limbs with the trunk that they hang on; None where there is none.

    Args:
        limbs: joint name -> joint index of hips and shoulders, and of what is to be kept.
        parents: index of each joint's parent, -1 for a root.
    """
    joints = dict(limbs)
    chest = _common_ancestor(parents, joints["left_shoulder"], joints["right_shoulder"])
    pelvis = _common_ancestor(parents, joints["left_hip"], joints["right_hip"])
    if chest is None or pelvis is None:
        return None
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
    return Humanoid(joints, spine or [chest]) if _each_once(joints) else None


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


def _chain_to(
    names: list[str], parents: list[int], side: str, patterns: tuple[re.Pattern, ...], what: str
) -> list[int]:
    """Return the joints from the end of a limb, found by name, up to the root, without helpers."""
    for pattern in patterns:
        for index, name in enumerate(names):
            bare = _NAMESPACE.sub("", name)
            if not pattern.search(bare) or _FINGER.search(bare) or side_of(name) != side:
                continue
            chain = [j for j in _ancestors(parents, index) if not _HELPER.search(names[j])]
            if len(chain) >= 4:
                return chain
    raise _missing(what, f"{side} {'hand' if patterns is _WRIST else 'foot'} at the end of a limb")


def _halves(
    names: list[str], limb: list[int], end: str, places: np.ndarray | None
) -> tuple[int, int] | None:
    """Return the middle and upper joint of a limb of more bones than two, else None.

    Args:
        limb: joints from the limb's end to below the trunk.
        end: "ankle" or "wrist".
        places: (B, 3) of all joints, if known.
    """
    upper, lower = (
        [place for place in range(len(limb) - 1, 0, -1) if word.search(_bare(names[limb[place]]))]
        for word in _HALVES[end]
    )
    pairs = [
        (middle, top)
        for middle, top in itertools.combinations(range(1, len(limb)), 2)
        if (not upper or top == upper[0]) and (not lower or middle == lower[0])
    ]
    if len(limb) <= 3 or not pairs:
        return None
    if places is None:
        middle, top = min(pairs, key=sum)
        return limb[middle], limb[top]
    at = np.asarray(places, np.float64)[limb]
    costs = {pair: _unlikely(at, *pair) for pair in pairs}
    best, last = min(pairs, key=lambda pair: costs[pair]), min(pairs, key=sum)
    middle, top = best if costs[best] < costs[last] - CLEAR else last
    return limb[middle], limb[top]


def _unlikely(at: np.ndarray, middle: int, top: int) -> float:
    """Return how little like a limb the bones are from joint `top` over `middle` to the end.

    Both halves are of like length, what lies between their joints lies on the way, and what is
    left out above goes another way than the limb does.

    Args:
        at: (N, 3) the joints, the end first.
    """
    upper, lower = at[middle] - at[top], at[0] - at[middle]
    first, second = float(np.linalg.norm(upper)), float(np.linalg.norm(lower))
    size = first + second + float(np.linalg.norm(at[top] - at[-1]))
    if min(first, second) <= 0.05 * size:
        return np.inf
    cost = abs(float(np.log(first / second)))
    for start, stop in ((top, middle), (middle, 0)):
        way = at[stop] - at[start]
        for joint in range(stop + 1, start):
            off = at[joint] - at[start]
            aside = off - (off @ way) / (way @ way) * way
            cost += float(np.linalg.norm(aside) / np.linalg.norm(way))
    return cost + max(0.0, float((at[top] - at[-1]) @ upper)) / first / size


def _bare(name: str) -> str:
    return _NAMESPACE.sub("", name)


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
