"""A Blender armature as the plain arrays of `motionllm.rig`, and the bones its user has chosen.

May import bpy, numpy, motionllm. The choice is kept with the armature's data: in the .blend, and
for everything that uses the same skeleton.
"""

import bpy
import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import skeleton
from motionllm.rig.find.match import Match, corrected, match_rig
from motionllm.rig.rig import Rig


def read_rig(armature: bpy.types.Object) -> Rig:
    """Return an armature's bones at rest."""
    bones = armature.data.bones
    count = len(bones)
    rest = np.empty(count * 16, np.float32)
    tails = np.empty(count * 3, np.float32)
    bones.foreach_get("matrix_local", rest)
    bones.foreach_get("tail_local", tails)
    flags = {}
    for name in ("use_inherit_rotation", "use_deform", "use_connect"):
        flags[name] = np.empty(count, bool)
        bones.foreach_get(name, flags[name])
    index = {bone.name: number for number, bone in enumerate(bones)}
    # Without a pose (a data-block nobody has evaluated yet) nothing is locked.
    held = [all(bone.lock_rotation) for bone in armature.pose.bones] if armature.pose else []
    return Rig(
        [bone.name for bone in bones],
        np.array([index[bone.parent.name] if bone.parent else -1 for bone in bones], int),
        rest.reshape(count, 4, 4).transpose(0, 2, 1).astype(np.float64),  # Blender's are by column
        flags["use_inherit_rotation"],
        tails.reshape(count, 3).astype(np.float64),
        flags["use_deform"],
        flags["use_connect"],
        np.array(held, bool) if len(held) == count else np.zeros(count, bool),
        armature.matrix_world.determinant() < 0.0,
    )


def match(armature: bpy.types.Object, rig: Rig, purpose: str = "write") -> Match:
    """Find the joints of an armature, the user's corrections among them.

    Args:
        purpose: "write" to animate it, "read" to see what it does: of a control rig the bones
            that follow the controls.

    Raises:
        MotionError: code "no_rig".
    """
    what = f"The armature {armature.name!r}"
    chosen = chosen_bones(armature)
    index = {name: number for number, name in enumerate(rig.names)}
    gone = [name for name in chosen.values() if name and name not in index]
    if gone:
        raise MotionError(
            "no_rig",
            f"{what} has no bone {gone[0]!r} any more.",
            "Pick another one in the panel's Rig section, or press Detect.",
        )
    picked = {
        skeleton.JOINTS[joint]: index[name] if name else None for joint, name in chosen.items()
    }
    try:
        found = match_rig(rig, what, purpose, _up(armature))
    except MotionError:
        if not picked:
            raise
        found = Match("own choice", {})
    if not picked or (purpose == "read" and _drives_others(rig, found, what, armature)):
        return found
    return corrected(found, picked, rig, what)


def _drives_others(rig: Rig, found: Match, what: str, armature: bpy.types.Object) -> bool:
    """Tell whether the user chose controls, while `found` are the bones that follow them."""
    try:
        controls = match_rig(rig, what, "write", _up(armature))
    except MotionError:  # it is the user's choice alone
        return False
    return bool(controls.properties) and controls.bones != found.bones


def _up(armature: bpy.types.Object) -> np.ndarray:
    turn = np.array(armature.matrix_world.to_3x3(), np.float64)
    up = np.linalg.pinv(turn) @ np.array([0.0, 0.0, 1.0])
    size = np.linalg.norm(up)
    if size < 1e-9:
        return np.array([0.0, 0.0, 1.0])
    axis = int(np.argmax(np.abs(up)))
    return np.eye(3)[axis] * np.sign(up[axis])


def chosen_bones(armature: bpy.types.Object) -> dict[str, str]:
    """Return joint name -> bone name ("" for none) of the user's own choice; usually empty."""
    settings = getattr(armature.data, "motionllm", None)
    if settings is None:
        return {}
    return {row.name: row.bone for row in settings.rows if row.bone != row.found}


def show(armature: bpy.types.Object, names: dict[str, str] | None = None) -> Match:
    """Write what is found into the table that the panel shows.

    Args:
        names: joint name -> bone name to take instead, as from a preset; absent joints stay.

    Raises:
        MotionError: code "no_rig"; the table then has the joints and no bones, to be filled in.
    """
    settings = armature.data.motionllm
    settings.rows.clear()
    rig = read_rig(armature)
    problem = None
    try:
        found = match(armature, rig)
    except MotionError as error:
        found, problem = Match("", {}), error
    for joint, name in enumerate(skeleton.JOINT_NAMES):
        row = settings.rows.add()
        row.name = name
        row.found = rig.names[found.bones[joint]] if joint in found.bones else ""
        row.bone = row.found if names is None else names.get(name, row.found)
        row.confidence = found.confidence.get(joint, 0.0)
    settings.family = found.family
    if names is not None:
        return match(armature, rig)
    if problem is not None:
        raise problem
    return found
