"""What was left of the last crowd or prompt list, so that it can go on. May import bpy."""

from collections.abc import Callable

import bpy

from . import jobs, rows

Resume = Callable[[bpy.types.Context], None]

_resume: Resume | None = None
_is_left: Callable[[], bool] | None = None


def keep(resume: Resume, is_left: Callable[[], bool]) -> None:
    """Remember how the newest work goes on, and how to see whether some of it is left."""
    global _resume, _is_left
    _resume, _is_left = resume, is_left


def can_resume() -> bool:
    """Tell whether something is left and nothing else runs."""
    return not jobs.busy() and _is_left is not None and _is_left()


def resume(context: bpy.types.Context) -> None:
    """Go on with it.

    Raises:
        MotionError: as the work itself.
    """
    if _resume is not None:
        _resume(context)


@bpy.app.handlers.persistent
def forget(*_: object) -> None:
    """Let go of it: another file was opened, which its characters are not in."""
    global _resume, _is_left
    _resume = _is_left = None
    rows.rows().clear()


def register() -> None:
    """Notice when another file is opened."""
    bpy.app.handlers.load_post.append(forget)


def unregister() -> None:
    """Undo `register`."""
    bpy.app.handlers.load_post.remove(forget)
