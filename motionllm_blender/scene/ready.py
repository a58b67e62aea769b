"""Whether a character can be written or read just now. May import bpy and motionllm's errors.

Panels ask this at every redraw.
"""

import bpy

from motionllm.errors import MotionError


def check_writable(armature: bpy.types.Object) -> None:
    """Make sure that an armature can get an action now.

    Raises:
        MotionError: code "output".
    """
    data = armature.animation_data
    if armature.library is not None:
        raise MotionError(
            "output", f"The armature {armature.name!r} is linked from another file.",
            "Make a library override.",
        )  # fmt: skip
    override = armature.override_library
    if override is not None and override.is_system_override:
        raise MotionError(
            "output", f"The library override {armature.name!r} is not editable.",
            "Make it so: in the Outliner, Library Override > Make > Selected.",
        )  # fmt: skip
    if data is not None and data.use_tweak_mode:
        raise MotionError(
            "output", f"The armature {armature.name!r} is in the tweak mode of an NLA strip.",
            "Leave tweak mode first.",
        )  # fmt: skip


def check_ready(armature: bpy.types.Object) -> None:
    """Make sure that a motion that is asked for now can be written later: before the wait.

    Raises:
        MotionError: code "output".
    """
    check_writable(armature)
    check_mode(armature, "output")


def check_readable(armature: bpy.types.Object) -> None:
    """Make sure that what an armature does can be read now.

    Raises:
        MotionError: code "bad_request".
    """
    check_mode(armature, "bad_request")


def check_scene(scene: bpy.types.Scene) -> None:
    """Make sure that a scene can be changed.

    Raises:
        MotionError: code "output".
    """
    if scene.library is not None:
        raise MotionError(
            "output", f"The scene {scene.name!r} is linked from another file.",
            "Work in a scene of this file.",
        )  # fmt: skip


def check_mode(armature: bpy.types.Object, code: str) -> None:
    """Make sure that an armature's bones are not being edited.

    Raises:
        MotionError: with this code.
    """
    if armature.mode == "EDIT":
        raise MotionError(
            code, f"The armature {armature.name!r} is in edit mode: its bones are being changed "
            "and do not move.",
            "Leave edit mode first.",
        )  # fmt: skip
