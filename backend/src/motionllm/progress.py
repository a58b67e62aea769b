"""How long work tells how far it is, and asks whether to stop. Standard library only."""

from collections.abc import Callable

Progress = Callable[[int, int], None]  # done and total, in whatever is counted
Cancelled = Callable[[], bool]  # true from when the work is not wanted any more


def no_progress(_done: int, _total: int) -> None:
    """Report nothing: the default of `progress`."""


def never_cancelled() -> bool:
    """Return False: the default of `cancelled`."""
    return False


def say_nothing(_text: str) -> None:
    """Tell nobody: the default of what is told in words."""
