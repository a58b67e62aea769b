"""Armatures of many rig families, built from their published bone lists. May import bpy.

Names and hierarchy are the family's; the places are a body's of other proportions than the
canonical one, in another rest pose, with bones that point and roll at random, so that nothing but
names, hierarchy and joint positions can be used.
"""

import itertools
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import bpy
import numpy as np
from armatures import finished
from mathutils import Vector

from motionllm.motion import rotation, skeleton

J = skeleton.JOINTS
SIDES = ("left", "right")


@dataclass(frozen=True)
class Kind:
    """A family's bones.

    Attributes:
        name: shown in the table.
        limbs: part -> name with {} for the side; hip knee ankle foot collar shoulder elbow wrist.
        sides: what stands for {} on the left and the right.
        pelvis, head: names.
        spine, neck: names from below.
        spine_joints: which of the spine bones are spine1, spine2, spine3, -1 for none.
        above: bones above the pelvis, topmost first, at a height in metres.
        between: bones inside limbs: name with {}, the joint part before and after, share of way,
            and, where they do not lie on it, metres behind it.
        ahead: part -> metres that it stands in front of where a straight leg has it.
        loose: parts that hang on nothing, as feet do that are controls of IK.
        along: whether bones of limbs end where the next one begins, not anywhere.
        beside: bones that hang on a joint: name (with {} for a side), joint part.
        trunk_split: name of a bone between the pelvis and the legs.
        fingers: pattern of finger names, {} the side, or "".
        y_up, unit, arm_drop, legs, arms, spread: how it stands; see `body_joints` and `_make`.
    """

    name: str
    limbs: dict[str, str]
    sides: list[str]
    pelvis: str
    head: str
    spine: list[str]
    spine_joints: list[int]
    neck: list[str]
    above: list[str] = field(default_factory=list)
    above_height: float = 0.0
    between: list[list] = field(default_factory=list)
    ahead: dict[str, float] = field(default_factory=dict)
    loose: list[str] = field(default_factory=list)
    along: bool = False
    beside: list[list] = field(default_factory=list)
    trunk_split: str = ""
    fingers: str = ""
    y_up: bool = False
    unit: float = 1.0
    arm_drop: float = 0.0
    legs: float = 1.0
    arms: float = 1.0
    spread: float = 0.0


def load() -> tuple[Kind, ...]:
    """Return the families of rig_zoo.toml."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return tuple(Kind(**entry) for entry in table["rig"])


KINDS = load()


def build(kind: Kind, seed: int = 0) -> tuple[bpy.types.Object, dict[str, str]]:
    """Add an armature.

    Returns:
        The object, and joint name -> bone name as it ought to be found.
    """
    generator = np.random.default_rng(seed)
    joints = body_joints(kind.arm_drop, kind.spread, kind.legs, kind.arms)
    for part, metres in kind.ahead.items():
        joints[[J[f"{side}_{part}"] for side in SIDES], 2] += metres
    bones: list[tuple[str, str, np.ndarray]] = []
    expected: dict[str, str] = {}

    def add(name: str, parent: str, place: np.ndarray) -> str:
        bones.append((name, parent, np.asarray(place, float)))
        return name

    top = ""
    for name in kind.above:
        top = add(name, top, [0.0, kind.above_height, 0.0])
    pelvis = expected["pelvis"] = add(kind.pelvis, top, joints[0])
    chest = _add_spine(kind, add, pelvis, joints, expected)
    _add_neck(kind, add, chest, joints, expected)
    legs_hang_on = pelvis
    if kind.trunk_split:
        legs_hang_on = add(kind.trunk_split, pelvis, joints[0] + [0.0, 0.02, 0.0])
    for side, mark in zip(SIDES, kind.sides, strict=True):
        for start, parts in (
            (legs_hang_on, ("hip", "knee", "ankle", "foot")),
            (chest, ("collar", "shoulder", "elbow", "wrist")),
        ):
            _add_limb(kind, add, start, parts, side, mark, joints, expected)
        if kind.fingers:
            hand, at = expected[f"{side}_wrist"], joints[J[f"{side}_wrist"]]
            away = np.array([np.sign(at[0]) * 0.08, 0.0, 0.0])
            for finger in range(4):
                last = hand
                for link in range(2):
                    name = f"{kind.fingers.replace('{}', mark)}{finger}{link}_{mark}"
                    spot = at + (1.0 + 0.4 * link) * away + [0.0, 0.0, 0.02 * (finger - 1.5)]
                    last = add(name, last, spot)
    _add_beside(kind, add, joints, expected)
    ends = _ends(kind, expected, joints) if kind.along else {}
    return _make(kind.name, bones, ends, kind.y_up, kind.unit, generator), expected


def scrambled(kind: Kind, seed: int = 5) -> tuple[bpy.types.Object, dict[str, str]]:
    """Add an armature of a kind whose names say nothing."""
    generator = np.random.default_rng(seed)
    return _renamed(kind, seed, [f"b{number:03d}" for number in generator.permutation(1000)])


def numbered(kind: Kind, seed: int = 5) -> tuple[bpy.types.Object, dict[str, str]]:
    """Add an armature of a kind whose bones are numbered, as some writers of BVH do."""
    return _renamed(kind, seed, [f"joint_{number}" for number in range(1000)])


def _renamed(kind: Kind, seed: int, names: list[str]) -> tuple[bpy.types.Object, dict[str, str]]:
    armature, expected = build(kind, seed)
    new = {bone.name: name for bone, name in zip(armature.data.bones, names, strict=False)}
    for bone in list(armature.data.bones):
        bone.name = new[bone.name]
    return armature, {joint: new[name] for joint, name in expected.items()}


def body_joints(arm_drop: float, spread: float, legs: float, arms: float) -> np.ndarray:
    """Return rest joints (22, 3), metres, Y up, feet on the floor.

    Args:
        arm_drop: radians the arms hang below the horizontal.
        spread: radians each leg stands out.
        legs, arms: length compared with the canonical.
    """
    offsets = skeleton.OFFSETS.astype(np.float64).copy()
    for side in SIDES:
        for part in ("knee", "ankle"):
            offsets[J[f"{side}_{part}"]] *= legs
        for part in ("elbow", "wrist"):
            offsets[J[f"{side}_{part}"]] *= arms
    local = rotation.identity(1, 22)
    z = np.array([0.0, 0.0, 1.0])
    for side, sign in (("left", 1.0), ("right", -1.0)):
        local[0, J[f"{side}_shoulder"]] = rotation.from_axis_angle(z, np.float64(-sign * arm_drop))
        local[0, J[f"{side}_hip"]] = rotation.from_axis_angle(z, np.float64(sign * spread))
        local[0, J[f"{side}_ankle"]] = rotation.from_axis_angle(z, np.float64(-sign * spread))
    joints = skeleton.forward_kinematics(local, np.zeros((1, 3)), offsets)[0]
    joints[:, 1] += skeleton.ANKLE_HEIGHT - joints[J["left_ankle"], 1]
    return joints


def _along(points: np.ndarray, share: float) -> np.ndarray:
    place = share * (len(points) - 1)
    low = min(int(place), len(points) - 2)
    return points[low] + (place - low) * (points[low + 1] - points[low])


def _add_spine(kind, add, pelvis, joints, expected) -> str:
    path = joints[[0, 3, 6, 9]]
    last = pelvis
    for number, name in enumerate(kind.spine):
        last = add(name, last, _along(path, (number + 1) / len(kind.spine)))
    for joint, number in zip(("spine1", "spine2", "spine3"), kind.spine_joints, strict=True):
        if number >= 0:
            expected[joint] = kind.spine[number]
    return last


def _add_neck(kind, add, chest, joints, expected) -> None:
    last = chest
    for number, name in enumerate(kind.neck):
        last = add(name, last, _along(joints[[12, 15]], number / max(len(kind.neck), 1)))
    if kind.neck:
        expected["neck"] = kind.neck[0]
    expected["head"] = add(kind.head, last, joints[15])


def _add_limb(kind, add, start, parts, side, mark, joints, expected) -> None:
    last, before = start, ""
    for part in parts:
        if part not in kind.limbs:
            continue
        place = joints[J[f"{side}_{part}"]]
        for name, first, second, share, *behind in kind.between:
            if (first, second) == (before, part):
                from_place = joints[J[f"{side}_{first}"]]
                spot = from_place + share * (place - from_place) - [0.0, 0.0, sum(behind)]
                last = add(name.replace("{}", mark), last, spot)
        last = "" if part in kind.loose else last
        last = add(kind.limbs[part].replace("{}", mark), last, place)
        expected[f"{side}_{part}"] = last
        before = part


def _ends(kind, expected, joints) -> dict[str, np.ndarray]:
    """Return bone -> where it ends, of the bones of limbs."""
    parts = ("hip", "knee", "ankle", "foot"), ("shoulder", "elbow", "wrist")
    return {
        expected[f"{side}_{upper}"]: joints[J[f"{side}_{lower}"]]
        for side in SIDES
        for limb in parts
        for upper, lower in itertools.pairwise(limb)
        if {upper, lower} <= kind.limbs.keys()
    }


def _add_beside(kind, add, joints, expected) -> None:
    for name, part in kind.beside:
        if part == "":
            add(name, kind.above[0], np.zeros(3))
        elif "{}" not in name:
            up = 0.01 if name == "jaw" else 0.19
            add(name, expected[part], joints[J[part]] + [0.0, up, 0.03])
        else:
            for side, mark in zip(SIDES, kind.sides, strict=True):
                if part == "head":
                    add(name.replace("{}", mark), expected[part], joints[J[part]] + 0.04)
                    continue
                after = {"elbow": "wrist", "hip": "knee", "shoulder": "elbow"}.get(part)
                here = joints[J[f"{side}_{part}"]]
                there = joints[J[f"{side}_{after}"]] if after else here + [0.0, 0.0, 0.08]
                spot = here + 0.6 * (there - here)
                add(name.replace("{}", mark), expected[f"{side}_{part}"], spot)


def _make(
    name: str, bones: list, ends: dict, y_up: bool, unit: float, generator
) -> bpy.types.Object:
    data = bpy.data.armatures.new(name)
    thing = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    for bone_name, parent, place in bones:
        bone = data.edit_bones.new(bone_name)
        away = Vector(generator.normal(size=3)).normalized()
        bone.head = Vector(_turned(place, y_up) * unit)
        bone.tail = bone.head + away * 0.06 * unit
        if bone_name in ends:
            bone.tail = Vector(_turned(ends[bone_name], y_up) * unit)
        bone.roll = generator.uniform(-3.0, 3.0)
        if parent:
            bone.parent = data.edit_bones[parent]
    return finished(thing, unit, y_up)


def _turned(place: np.ndarray, y_up: bool) -> np.ndarray:
    return place if y_up else np.array([place[0], -place[2], place[1]])
