"""What the builder of a training set asks of a folder of motion, whatever its files are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

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

    def notes(self, file: File, /) -> tuple[str, ...]:
        """Return what was assumed or left out of a file, a sentence each without its end."""
        ...

    def alike(self, one: File, other: File, /) -> bool:
        """Tell whether two files are of one skeleton, so that one fit reads both.

        Raises:
            MotionError: code "no_rig", if one is no humanoid.
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


class Fits(Generic[File, Fit]):
    """How the files of one family are read: a fit for each skeleton that goes by its name."""

    def __init__(
        self, folder: MotionFolder[File, Fit], family: str, samples: Iterable[File]
    ) -> None:
        """Fit the skeletons of some files of a family.

        Raises:
            MotionError: code "no_rig", if the first is no humanoid; "bad_file".
        """
        self._folder, self._family = folder, family
        groups: list[list[File]] = []
        for sample in samples:
            group = next((one for one in groups if folder.alike(one[0], sample)), None)
            if group is None:
                groups.append([sample])
            else:
                group.append(sample)
        self._fits = [(group[0], folder.calibrate(group, family)) for group in groups]

    @property
    def found(self) -> list[Fit]:
        """The fits so far, one a skeleton."""
        return [fit for _, fit in self._fits]

    def of(self, file: File) -> Fit:
        """Return the fit that reads a file, from the file itself if none of the samples is alike.

        Raises:
            MotionError: code "no_rig", if it is no humanoid; "bad_file".
        """
        for one, fit in self._fits:
            if self._folder.alike(one, file):
                return fit
        fit = self._folder.calibrate([file], self._family)
        self._fits.append((file, fit))
        return fit


def families(rows: list[dict[str, str]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Group rows by skeleton family, in order of first appearance."""
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(row["skeleton"], []).append(row)
    yield from groups.items()
