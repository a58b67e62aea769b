"""What a motion looks like on a rig and after coming back, in numbers. May import bpy.

The add-on's modules are handed in, since an installed extension has another name than the sources.
"""

from dataclasses import dataclass, field

import bpy
import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.compare import retarget_figures


@dataclass
class Row:
    """One rig over some clips.

    Attributes:
        found: joint name -> bone name.
        wrong: joints whose bone is not the expected one.
        limb, worst_limb: mean and worst clip's angle between limbs and the clip's, degrees.
        skate, own_skate: how fast planted feet slide on the rig and in the clips, m/s.
        back: mean angle between the joints' world turns after the way back, degrees.
    """

    family: str
    found: dict[str, str]
    wrong: list[str]
    confidence: float
    bones: int
    limb: float = 0.0
    worst_limb: float = 0.0
    skate: float = 0.0
    own_skate: float = 0.0
    back: float = 0.0
    clips: list[str] = field(default_factory=list)


def names_of(rig, match) -> dict[str, str]:
    """Return joint name -> bone name."""
    return {skeleton.JOINT_NAMES[j]: rig.names[b] for j, b in match.bones.items()}


def mapping(armature, expected: dict[str, str], modules) -> Row:
    """Return a row with the mapping alone."""
    rig = modules.rigs.read_rig(armature)
    match = modules.rigs.match(armature, rig)
    found = names_of(rig, match)
    wrong = [j for j in skeleton.JOINT_NAMES if found.get(j) != expected.get(j)]
    return Row(match.family, found, wrong, min(match.confidence.values()), len(rig.names))


def measure(armature, expected: dict[str, str], clips: list, modules) -> Row:
    """Put clips on a rig, look where its joints are, and read the motion back.

    Args:
        clips: at the scene's frame rate.
        modules: has the add-on's bake, rigs, read and joints.
    """
    row = mapping(armature, expected, modules)
    limb, skate, own, back = [], [], [], []
    rig = modules.rigs.read_rig(armature)
    match = modules.rigs.match(armature, rig, "read")
    rest = modules.read.fit_rest(armature, bpy.context, rig, match)
    data = armature.animation_data
    first = data.action if data is not None else None  # what a BVH file's rest pose is known by
    for clip in clips:
        if first is not None:
            armature.animation_data.action = first
        action = modules.bake.bake(
            clip, armature, bpy.context.scene, options=modules.bake.Options(lock_feet=True)
        )
        joints = modules.joints.joints_of(armature, bpy.context, 1, clip.frames, rest)
        numbers = retarget_figures(joints, clip)
        limb.append(numbers["limb_degrees"])
        skate.append(numbers["foot_skate"])
        own.append(numbers["clip_foot_skate"])
        again = modules.read.read_clip(armature, bpy.context, 1, clip.frames)
        back.append(_turned(again, clip.cut(0, clip.frames), list(row.found)))
        row.clips.append(clip.text)
        armature.animation_data.action = None
        bpy.data.actions.remove(action)
        for bone in armature.pose.bones:
            bone.matrix_basis.identity()
    row.limb, row.worst_limb = float(np.mean(limb)), float(np.max(limb))
    row.skate, row.own_skate = float(np.mean(skate)), float(np.mean(own))
    row.back = float(np.mean(back))
    return row


def _turned(a, b, names: list[str]) -> float:
    """Return the mean angle in degrees between the world turns of two clips' joints."""
    joints = [skeleton.JOINTS[name] for name in names]
    first, second = (
        skeleton.world_transforms(c.rotations.astype(float), c.translation.astype(float))[0]
        for c in (a, b)
    )
    angle = rotation.angle(rotation.multiply(rotation.conjugate(first), second))
    return float(np.degrees(angle[:, joints].mean()))
