"""Paths as the user writes them, of which some are counted from the .blend. May import bpy."""

from pathlib import Path

import bpy

from motionllm.errors import MotionError


def absolute(text: str) -> Path:
    """Return the file or folder that a path of Blender means: `//` is beside the open .blend.

    Raises:
        MotionError: code "bad_request", if it is counted from a .blend that was never saved, which
            is nowhere.
    """
    path = Path(bpy.path.abspath(text)) if bpy.data.filepath else Path(text)
    if not bpy.data.filepath and (text.startswith("//") or not path.is_absolute()):
        raise MotionError(
            "bad_request", f"{text!r} is counted from the .blend, which was not saved yet.",
            "Save it first, or choose a folder.",
        )  # fmt: skip
    return path if path.is_absolute() else Path(bpy.data.filepath).parent / path
