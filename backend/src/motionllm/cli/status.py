"""One line on the terminal that tells how far the work is. Standard library only."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator


class Status:
    """One line on a terminal's stderr that is overwritten; silent where nobody watches."""

    def __init__(self) -> None:
        self._shown = False
        self.watched = sys.stderr is not None and sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Put text in place of what is there."""
        if self.watched:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
            self._shown = True

    def clear(self) -> None:
        """Leave an empty line, for other output."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._shown = False

    def tokens(self, stage: str) -> Callable[[int, int], None]:
        """Return a function for an engine's progress."""
        return lambda done, total: self.show(f"{stage} {100 * done // max(total, 1)} %")


@contextlib.contextmanager
def status_line() -> Iterator[Status]:
    """Return the line, cleared at the end."""
    status = Status()
    try:
        yield status
    finally:
        status.clear()
