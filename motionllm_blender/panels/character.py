"""The rows of the panel that say whom a button is for. May import bpy and the add-on."""

import bpy

from motionllm.errors import MotionError

from ..scene import ready
from ..scene.target import find_targets, pinned_in
from . import progress


def draw_pin(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw the pinned character, and the button that adds one."""
    settings = context.scene.motionllm
    pinned = pinned_in(context.scene) is not None
    row = layout.row(align=True)  # one row: Caption is to be seen below in a low window
    row.prop(settings, "target", text="", icon="PINNED" if pinned else "UNPINNED")
    row.operator("motionllm.add_character", icon="OUTLINER_OB_ARMATURE")


def draw_whom(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw who is meant, by name, or what is in the way."""
    try:
        found = find_targets(context)
        for armature in found:
            ready.check_ready(armature)
    except MotionError as error:
        progress.draw_lines(layout, context, f"{error.message}\n{error.hint}", "ERROR")
        return
    if not found:
        layout.label(text="None: Generate adds a character", icon="INFO")
        return
    icon = "PINNED" if pinned_in(context.scene) else "ARMATURE_DATA"
    progress.draw_lines(layout, context, ", ".join(armature.name for armature in found), icon)
