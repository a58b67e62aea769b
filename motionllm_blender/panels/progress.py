"""Progress, outcome and errors of the running job, for the panel and the preferences."""

import unicodedata

import bpy

from motionllm.judge.clause import Verdict

from ..identity import PACKAGE
from ..translations import said
from ..work import engine, held
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
        for part in wrapped(said(line), max(width, 20)):
            column.label(text=part, icon=icon, translate=False)
            icon = "BLANK1" if icon != "NONE" else "NONE"


def draw_ticks(layout: bpy.types.UILayout, context: bpy.types.Context, verdict: Verdict) -> None:
    """Draw a line for each clause of a sentence, and the words that could not be checked."""
    column = layout.column(align=True)
    for tick in verdict.ticks:
        draw_lines(column, context, tick.words, "CHECKMARK" if tick.holds else "X")
    if not verdict.ticks:
        draw_lines(column, context, "Nothing in it can be checked.", "QUESTION")
    if verdict.unread:
        draw_lines(column, context, f"Not checked: {', '.join(verdict.unread)}", "QUESTION")


def wrapped(text: str, width: int) -> list[str]:
    """Return a text as lines of so many letters, cut between words where that is possible.

    Letters of scripts that Blender draws twice as wide, and that are written without spaces, are
    counted as two.
    """
    lines, line, room = [], "", width
    for word in text.split():
        needed = _letters(word) + (1 if line else 0)
        if needed > room and line:
            lines.append(line)
            line, room, needed = "", width, _letters(word)
        while needed > room:  # a word longer than a line
            count = next(i for i in range(len(word), 0, -1) if i == 1 or _letters(word[:i]) <= room)
            lines.append(word[:count])
            word = word[count:]
            needed = _letters(word)
        line = f"{line} {word}" if line else word
        room -= needed
    return [*lines, line] if line or not lines else lines


def _letters(text: str) -> int:
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def draw_status(layout: bpy.types.UILayout, context: bpy.types.Context, wide: bool = False) -> None:
    """Draw the bar with Cancel while a job runs, else how the last one ended."""
    if status.running:
        row = layout.row(align=True)
        text = "Cancelling" if status.cancelling else status.stage or status.title
        row.progress(factor=status.factor, type="BAR", text=said(text), translate=False)
        if wide or not status.cancelling:
            row.operator("motionllm.cancel", text="" if not wide else "Cancel", icon="CANCEL")
        return
    if status.error:
        box = layout.box()
        draw_lines(box, context, status.error, "ERROR")
        if status.hint:
            draw_lines(box, context, "\n".join(status.hint.splitlines()[:4]))
        _draw_remedy(box)
        box.operator("motionllm.copy_text", text="Copy Message", icon="COPYDOWN").what = "ERROR"
        _draw_held(box)
    elif status.message:
        box = layout.box()
        draw_lines(box, context, status.message, "CHECKMARK")
        if status.verdict is not None and status.verdict.ticks:
            draw_ticks(box, context, status.verdict)
        if status.missed is not None:
            box.operator("motionllm.redraw", icon="FILE_REFRESH")
        for line in status.details:
            draw_lines(box, context, line)
        if status.exists:
            again = box.operator("motionllm.generate", text="Draw It Again", icon="FILE_REFRESH")
            again.again = True
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


def _draw_remedy(box: bpy.types.UILayout) -> None:
    """Draw the button that helps against the error, where there is one."""
    offline = not bpy.app.online_access and not bpy.app.online_access_override
    if status.error_code == "download" and offline:
        box.operator(
            "screen.userpref_show", text="System Preferences", icon="PREFERENCES"
        ).section = "SYSTEM"
    elif status.error_code == "no_backbone" or (
        status.error_code == "download" and status.title == engine.FETCHING
    ):
        box.operator("motionllm.fetch_backbone", icon="IMPORT")
    elif status.error_code == "no_engine":
        box.operator(
            "preferences.addon_show", text="Engine Preferences", icon="PREFERENCES"
        ).module = PACKAGE
