"""The queue's rows, as the panel shows them. May import bpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from motionllm.errors import MotionError
from motionllm.judge.clause import Verdict

if TYPE_CHECKING:
    from .asked import Take

_missed: dict[int, Take] = {}  # by row: takes that lack something and can be drawn again


def rows():
    """Return the rows."""
    return bpy.context.window_manager.motionllm_queue.rows


def fill(entries: list[tuple[str, str]]) -> None:
    """Show names and texts, all of them waiting."""
    table = rows()
    table.clear()
    _missed.clear()
    for name, text in entries:
        row = table.add()
        row.name, row.text, row.state, row.sentence = name, text, "WAITING", ""
        row.character = row.action = row.ticks = ""


def set_state(number: int, state: str, sentence: str = "") -> None:
    """Change a row; one that a file's loading has taken away is left alone."""
    table = rows()
    if number < len(table) and (table[number].state, table[number].sentence) != (state, sentence):
        table[number].state, table[number].sentence = state, sentence


def fail(number: int, error: MotionError) -> None:
    """Show why a row failed."""
    set_state(number, "FAILED", f"{error.message} {error.hint}".strip())


def done(
    number: int, armature: bpy.types.Object, action: bpy.types.Action | None, frame: int,
    ticks: str,
) -> None:  # fmt: skip
    """Show that a row's motion is there, and keep which it is.

    Args:
        action: None where the character has none, as one that stands still.
        frame: it begins at.
        ticks: what it shows of its text, as it was drawn.
    """
    table = rows()
    if number < len(table):
        row = table[number]
        row.character, row.frame, row.ticks = str(armature.session_uid), frame, ticks
        row.action = str(action.session_uid) if action is not None else ""
    set_state(number, "DONE")


def rename(number: int, name: str) -> None:
    """Show another name: of a character that was added."""
    table = rows()
    if number < len(table):
        table[number].name = name


def count(state: str) -> int:
    """Return how many rows are in a state."""
    return sum(row.state == state for row in rows())


def told() -> str:
    """Return a sentence on how many of the motions show all of their texts; "" if none is asked."""
    verdicts = [Verdict.from_json(row.ticks) for row in rows() if row.state == "DONE" and row.ticks]
    checked = [verdict for verdict in verdicts if verdict.ticks]
    if not checked:
        return ""
    whole = sum(verdict.holds for verdict in checked)
    return f"{whole} of {len(checked)} show every clause of their text."


def keep_missed(number: int, take: Take | None) -> None:
    """Keep a row's take that lacks something; None: it lacks nothing any more."""
    _missed.pop(number, None)
    if take is not None:
        _missed[number] = take


def missed(number: int) -> Take | None:
    """Return a row's take that lacks something and can be drawn again, if it is one."""
    return _missed.get(number)
