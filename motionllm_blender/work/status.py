"""What the panel shows of the one job, or of how the last one ended. May import bpy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import bpy

from motionllm.errors import MotionError
from motionllm.judge.clause import Verdict

from ..scene.target import find_target

if TYPE_CHECKING:
    from .asked import Take


@dataclass
class Status:
    """What the panel shows. Not part of any .blend and not undone."""

    running: bool = False
    title: str = ""
    stage: str = ""
    done: int = 0
    total: int = 0
    cancelling: bool = False
    error: str = ""
    hint: str = ""
    error_code: str = ""
    message: str = ""  # of the last job that ended well
    exists: bool = False  # the message is of a take that was there already
    verdict: Verdict | None = None  # what the take of the message shows of its prompt
    missed: Take | None = None  # the take of the message, if it lacks something
    details: list[str] = field(default_factory=list)
    caption: str = ""
    caption_of: tuple[int, ...] = ()  # what it is true of, see `doing`
    caption_note: str = ""  # on the motion that it describes
    check: Verdict | None = None  # of the newest Check
    check_of: tuple[int, ...] = ()
    check_note: str = ""

    @property
    def factor(self) -> float:
        """Share done, 0..1; held below 1, which is for the result alone."""
        return min(0.99, self.done / self.total) if self.total > 0 else 0.0

    def clear_messages(self) -> None:
        """Forget the last job's outcome."""
        self.error = self.hint = self.error_code = self.message = ""
        self.details = []
        self.exists, self.verdict, self.missed = False, None, None

    def fail(self, error: MotionError) -> None:
        """Show an error."""
        self.error, self.error_code = error.message, error.code
        self.hint = error.hint
        redraw()


status = Status()


def doing(armature: bpy.types.Object) -> tuple[int, ...]:
    """Return what stands for a character and the motion that it has."""
    data = armature.animation_data
    if data is None:
        return (armature.session_uid,)
    strips = [strip.action for track in data.nla_tracks for strip in track.strips]
    motions = [action.session_uid for action in [data.action, *strips] if action is not None]
    return (armature.session_uid, *motions)


def still_chosen(context: bpy.types.Context, of: tuple[int, ...]) -> str:
    """Return the name of the chosen character, "" unless it still does what an answer is of.

    Args:
        of: what `status.doing` gave when the answer was asked for.
    """
    try:
        armature = find_target(context)
    except MotionError:
        return ""
    return armature.name if of == doing(armature) else ""


def redraw() -> None:
    """Have the panels drawn again."""
    manager = getattr(bpy.context, "window_manager", None)
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "PREFERENCES"}:
                area.tag_redraw()
