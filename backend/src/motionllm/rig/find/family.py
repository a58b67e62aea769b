"""Naming schemes of rig families, read from rig/tables, and bones by name. numpy only.

A new family is one more .toml file:

    name = "Mixamo"                          shown to the user
    prefix = "mixamorig\\d*"                  regular expression on the tidied name, left off
    sides = [["Left", "Right"]]              what stands for {} below, left and right
    use = "write"                            a control rig's bones that are animated, or "read",
                                             those that follow; absent: the same bones for both
    track = "root"                           bone that carries a path of its own
    [joints]                                 joint without its side: its spellings, best first
    hip = ["{}UpLeg"]
    [properties]                             what makes the bones of a control rig drive the body
    "thigh_parent.L" = { IK_FK = 1.0 }
    [follows]                                bones that turn as another one by constraints
    "ORG-shoulder.L" = "shoulder.L"
    [ik]                                     of a control rig: IK controls that can follow as well,
                                             see the class IkControls
    [[variants]]                             another name where these bones are there as well
    name = "SMPL-X"
    needs = ["jaw"]
"""

import functools
import re
import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from importlib import resources

from motionllm.motion import skeleton
from motionllm.rig.find.loose import parent_joint, whole
from motionllm.rig.rig import Rig

_NAMESPACE = re.compile(r"^.*[:|]")
_SEPARATORS = re.compile(r"[\s_.\-・()\[\]{}<>\"'`\\/]+")
_NUMBER = re.compile(r"[_.]\d+$")
# What a transfer cannot do without; the rest follows its parent.
REQUIRED = (
    "pelvis", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
)  # fmt: skip


@dataclass(frozen=True)
class IkControls:
    """The IK controls of a control rig, which hang on what carries the whole rig.

    Attributes:
        targets: bone name -> the joint whose place and turn it takes.
        turns: bone name -> the joint whose turn it takes, relative to the joint's parent.
        poles: bone name -> the elbow or knee that points at it.
        properties: bone name -> custom property -> value that makes them drive the limbs.
    """

    targets: dict[str, int] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    poles: dict[str, int] = field(default_factory=dict)
    properties: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """A naming scheme; see the module's text.

    Attributes:
        name: shown to the user.
        spellings: joint index -> tidied names, best first.
        prefix: of tidied names, or None.
        use: "write", "read" or "".
        track: bone that carries a path of its own, "" for the topmost above the person.
        properties: bone name -> custom property -> value.
        follows: bone name -> the bone it turns with.
        ik: its IK controls, None where there are none.
        variants: other name -> tidied names of the bones that tell it.
    """

    name: str
    spellings: dict[int, tuple[str, ...]]
    prefix: re.Pattern | None = None
    use: str = ""
    track: str = ""
    properties: dict[str, dict[str, float]] = field(default_factory=dict)
    follows: dict[str, str] = field(default_factory=dict)
    ik: IkControls | None = None
    variants: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Named:
    """Bones that a family's names gave.

    Attributes:
        family: the family.
        name: its name, or that of the variant.
        bones: joint index -> bone index.
        prefixed: how many of the bones had the family's prefix.
    """

    family: Family
    name: str
    bones: dict[int, int]
    prefixed: int


def tidy(name: str) -> str:
    """Return a name without namespace, case and separators: "mixamorig:Left_Arm" -> "leftarm"."""
    bare = _NAMESPACE.sub("", unicodedata.normalize("NFKC", name))
    return _SEPARATORS.sub("", bare).lower()


@functools.cache
def families() -> tuple[Family, ...]:
    """Return every family of rig/tables, in the order of the files' names."""
    folder = resources.files("motionllm.rig") / "tables"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")),
        key=lambda file: file.name,
    )
    return tuple(_parse(tomllib.loads(file.read_text("utf-8"))) for file in files)


def _parse(table: dict) -> Family:
    spellings = {}
    for joint, joint_name in enumerate(skeleton.JOINT_NAMES):
        side, _, part = joint_name.rpartition("_")
        patterns = table["joints"].get(part, [])
        if side:
            marks = [pair[0 if side == "left" else 1] for pair in table["sides"]]
            patterns = [pattern.replace("{}", mark) for pattern in patterns for mark in marks]
        spellings[joint] = tuple(dict.fromkeys(tidy(pattern) for pattern in patterns))
    prefix = table.get("prefix")
    return Family(
        table["name"],
        spellings,
        re.compile(f"^(?:{prefix})") if prefix else None,
        table.get("use", ""),
        table.get("track", ""),
        table.get("properties", {}),
        table.get("follows", {}),
        _ik(table["ik"]) if "ik" in table else None,
        tuple((v["name"], tuple(tidy(n) for n in v["needs"])) for v in table.get("variants", ())),
    )


def _ik(table: dict) -> IkControls:
    joints = {
        key: {bone: skeleton.JOINTS[joint] for bone, joint in table.get(key, {}).items()}
        for key in ("targets", "turns", "poles")
    }
    return IkControls(**joints, properties=table.get("properties", {}))


def match_names(rig: Rig, purpose: str = "write") -> Named | None:
    """Return the family that names most of a rig's joints, None if none names the needed ones.

    Args:
        purpose: "write" to animate the rig, "read" to see what it does: of a control rig the
            controls, or the bones that follow them.
    """
    other = {"write": "read", "read": "write"}[purpose]
    for names in _readings(rig.names):
        found = [_match(family, names, rig) for family in families()]
        usable = [named for named in found if named is not None]
        if usable:
            return max(
                usable,
                key=lambda n: (
                    n.family.use != other,
                    len(n.bones),
                    n.prefixed,
                    _carries_arms(n.bones, rig),
                ),
            )
    return None


def _carries_arms(bones: dict[int, int], rig: Rig) -> bool:
    """Tell whether the named chest is the bone that both arms hang on."""
    arms = [bones[skeleton.JOINTS[f"{side}_shoulder"]] for side in ("left", "right")]
    return rig.common(arms) == bones.get(skeleton.JOINTS["spine3"])


def _readings(names: list[str]) -> list[list[str]]:
    """Return the tidied names, then those without a running number or a prefix of the file's."""
    bare = [_NUMBER.sub("", name) for name in names]
    starts = Counter(_SEPARATORS.split(name, maxsplit=1)[0] for name in bare)
    start, count = starts.most_common(1)[0]
    readings = [list(map(tidy, names)), list(map(tidy, bare))]
    if count >= 0.8 * len(names) and len(start) > 0:
        readings.append([tidy(n[len(start) :]) if n.startswith(start) else tidy(n) for n in bare])
    return readings


def _match(family: Family, names: list[str], rig: Rig) -> Named | None:
    index: dict[str, int] = {}
    prefixed = set()
    for bone, name in enumerate(names):
        stripped = family.prefix.sub("", name) if family.prefix else name
        if stripped != name:
            prefixed.add(bone)
        if stripped not in index or (bone in prefixed and index[stripped] not in prefixed):
            index[stripped] = bone
    bones: dict[int, int] = {}
    for joint, spellings in family.spellings.items():
        free = [index[s] for s in spellings if s in index and index[s] not in bones.values()]
        if free:
            bones[joint] = free[0]
    if any(skeleton.JOINTS[joint] not in bones for joint in REQUIRED):
        return None
    # The parts of a control rig hang on each other by constraints; what is read, not even on one.
    if not (family.use or is_tree(bones, whole(rig, bones))):
        return None
    name = next(
        (name for name, needs in family.variants if all(n in index for n in needs)), family.name
    )
    return Named(family, name, bones, len(prefixed.intersection(bones.values())))


def is_tree(bones: dict[int, int], rig: Rig) -> bool:
    """Tell whether every joint hangs below its parent joint, so that names have not lied."""
    for joint, bone in bones.items():
        parent = parent_joint(joint, bones)
        if parent >= 0 and bones[parent] not in rig.above(bone)[1:]:
            return False
    return True
