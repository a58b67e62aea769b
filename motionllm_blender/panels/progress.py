"""Progress, outcome and errors of the running job, for the panel and the preferences."""

import textwrap

import bpy

from ..work import held
from ..work.status import status

CHARACTER_WIDTH = 7.5  # pixels of a letter at the default size, about


def draw_lines(
    layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str = "NONE"
) -> None:
    """Draw a text of any length; Blender's labels do not wrap by themselves."""
    region = context.region
    scale = context.preferences.system.ui_scale or 1.0  # 0 in background mode
    width = int((region.width if region else 300) / (CHARACTER_WIDTH * scale)) - 4
    column = layout.column(align=True)
    column.scale_y = 0.85
    for line in text.splitlines():
        for part in textwrap.wrap(line, max(width, 20)) or [""]:
            column.label(text=part, icon=icon)
            icon = "BLANK1" if icon != "NONE" else "NONE"


def draw_status(layout: bpy.types.UILayout, context: bpy.types.Context, wide: bool = False) -> None:
    """Draw the bar with Cancel while a job runs, else how the last one ended."""
    if status.running:
        row = layout.row(align=True)
        text = "Cancelling" if status.cancelling else status.stage or status.title
        row.progress(factor=status.factor, type="BAR", text=text)
        if wide or not status.cancelling:
            row.operator("motionllm.cancel", text="" if not wide else "Cancel", icon="CANCEL")
        return
    if status.error:
        box = layout.box()
        draw_lines(box, context, status.error, "ERROR")
        if status.hint:
            draw_lines(box, context, "\n".join(status.hint.splitlines()[:4]))
        box.operator("motionllm.copy_text", text="Copy Message", icon="COPYDOWN").what = "ERROR"
        _draw_held(box)
    elif status.message:
        box = layout.box()
        draw_lines(box, context, status.message, "CHECKMARK")
        for line in status.details:
            draw_lines(box, context, line)
        box.operator("motionllm.fit_playback", icon="PREVIEW_RANGE")
        _draw_held(box)
    else:
        _draw_held(layout)


def _draw_held(layout: bpy.types.UILayout) -> None:
    """Draw what can be done with a motion that was held back."""
    if held.is_kept():
        row = layout.row(align=True)
        row.operator("motionllm.write_held", icon="PLAY")
        row.operator("motionllm.drop_held", text="", icon="X")
