"""Characters whose objects have a negative scale. May import bpy, numpy, motionllm.

Such an object is seen in a mirror, or turned about where two axes are negative. `motionllm.rig`
does a motion in reverse on a rig that is mirrored (`Rig.mirrored`), so that what is seen is right;
its bones' names are then those of the other side.
"""

import bpy
import numpy as np

from motionllm.motion import skeleton
from motionllm.rig.find.match import Match
from motionllm.rig.rig import Rig


def as_seen(joints: np.ndarray, rig: Rig) -> np.ndarray:
    """Return a rig's joints (T, 22, 3), in a clip's axes, as they are seen."""
    if not rig.mirrored:
        return joints
    return joints[:, list(skeleton.MIRROR)] * [-1.0, 1.0, 1.0]


def notes(armature: bpy.types.Object, rig: Rig, match: Match) -> list[str]:
    """Return what a negative scale of an armature or of its parents does, in sentences."""
    signs, thing = np.ones(3), armature
    while thing is not None:
        signs = signs * np.sign(np.array(thing.scale) * np.array(thing.delta_scale))
        thing = thing.parent
    if not (rig.mirrored or signs.min() < 0.0):
        return []
    name, found = armature.name, []
    if rig.mirrored:
        found.append(
            f"{name} is mirrored by a negative scale: the motion was mirrored with it, so that "
            "left is left as it is seen, on bones that are named right. Apply the scale (Ctrl A) "
            "and flip their names to change that."
        )
    ankles, shoulders = (
        rig.heads[[match.bones[skeleton.JOINTS[f"{side}_{part}"]] for side in ("left", "right")]]
        for part in ("ankle", "shoulder")
    )
    up = np.array(armature.matrix_world, np.float64)[2, :3] @ (shoulders - ankles).sum(axis=0)
    if up < 0.0:
        found.append(f"{name} stands on its head: its scale is negative upwards.")
    elif not found:
        found.append(
            f"{name} has a negative scale that turns it about: the motion goes where it faces now."
        )
    return found
