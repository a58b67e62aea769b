"""A result that is not where it belongs any more, kept until it is used or let go. May import bpy.

Its file was closed, or its character deleted: what took a while to make is not thrown away.
"""

from collections.abc import Callable

import bpy

from motionllm.errors import MotionError

from .status import redraw

HINT = "It is held back: choose a character and press Write Held Motion, or let it go."
Again = Callable[[object, bpy.types.Context], None]

_result: object = None
_again: Again | None = None


def keep(result: object, again: Again) -> None:
    """Hold a result back; the one before is let go.

    Args:
        again: uses it for what is chosen then.
    """
    global _result, _again
    _result, _again = result, again
    redraw()


def is_kept() -> bool:
    """Tell whether there is one."""
    return _again is not None


def write(context: bpy.types.Context) -> None:
    """Use it for what is chosen now, and let it go.

    Raises:
        MotionError: it cannot be used so; then it is still held back.
    """
    if _again is None:
        raise MotionError("bad_request", "No motion is held back.")
    _again(_result, context)
    drop()


def drop() -> None:
    """Let it go."""
    global _result, _again
    _result = _again = None
    redraw()
