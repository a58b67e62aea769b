"""What the builder of a training set asks of a folder of motion, whatever its files are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

from motionllm.motion.clip import Clip

File = TypeVar("File")  # what a row's file is read as


class Fitted(Protocol):
    """How the skeleton of one family is read."""

    @property
    def from_rest(self) -> bool:
        """Tell whether its rest pose was used, rather than its motion."""
        ...


Fit = TypeVar("Fit", bound=Fitted)


class MotionFolder(Protocol[File, Fit]):
    """A folder of motion: rows as of a clips.csv, and a file for each."""

    def rows(self) -> list[dict[str, str]]:
        """Return its rows.

        Raises:
            MotionError: code "bad_file".
        """
        ...

    def read(self, row: dict[str, str], /) -> File:
        """Read a row's file.

        Raises:
            MotionError: code "bad_file".
        """
        ...

    def calibrate(self, samples: list[File], family: str, /) -> Fit:
        """Find how a skeleton family is read, from some of its files.

        Raises:
            MotionError: code "no_rig", if it is no humanoid.
        """
        ...

    def clip(self, file: File, fit: Fit, name: str, /) -> Clip:
        """Carry a file to the canonical skeleton, at its own frame rate.

        Raises:
            MotionError: code "no_rig", if it is no humanoid.
        """
        ...


def families(rows: list[dict[str, str]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Group rows by skeleton family, in order of first appearance."""
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(row["skeleton"], []).append(row)
    yield from groups.items()
