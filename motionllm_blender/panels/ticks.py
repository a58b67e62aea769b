"""What a motion shows of a sentence, clause by clause, as the panel's sections draw it."""

import bpy

from motionllm.judge.clause import Verdict

from . import progress


def draw_ticks(layout: bpy.types.UILayout, context: bpy.types.Context, verdict: Verdict) -> None:
    """Draw a line for each clause, and the words that could not be checked."""
    column = layout.column(align=True)
    for tick in verdict.ticks:
        progress.draw_lines(column, context, tick.words, "CHECKMARK" if tick.holds else "X")
    if not verdict.ticks:
        progress.draw_lines(column, context, "Nothing in it can be checked.", "QUESTION")
    if verdict.unread:
        told = f"Not checked: {', '.join(verdict.unread)}"
        progress.draw_lines(column, context, told, "QUESTION")
