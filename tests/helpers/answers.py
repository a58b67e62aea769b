"""Answers beside the recorded ones: byte by byte on the same machine, elsewhere as near as can be.

Another processor rounds the last digits of a sum otherwise, so there clips are compared by their
sketches and numbers by the hundredth.
"""

import json
import re

import numpy as np
import pytest

from tests.recorded import record

# What a slow machine says in between.
MEANWHILE = re.compile(r"^motionllm: .* kept after \d+ min\n", re.MULTILINE)
NEAR = 0.01  # metres, and whatever else a number may mean


class Recorded:
    """What was recorded of one kind.

    Attributes:
        answers: by name, as record.py stores them.
    """

    def __init__(self, which: str) -> None:
        self.answers = json.loads(record.path_of(which).read_text("utf-8"))
        machine = self.answers.pop("machine")
        here = record.machine()
        if which == "blender":  # each version has a numpy of its own, and all were recorded in turn
            machine, here = machine.partition(", numpy")[0], here.partition(", numpy")[0]
        self.same = machine == here
        self._where = f"recorded on {machine!r}, and this is {here!r}"

    def check_clip(self, found: dict, known: dict) -> None:
        """Compare two sketches of a clip."""
        assert found["frames"] == known["frames"], self._where
        apart = np.abs(np.array(found["places"]) - np.array(known["places"])).max()
        assert apart <= NEAR, f"{apart:.3f} m apart; {self._where}"
        if self.same:
            assert found["digest"] == known["digest"], f"{apart:.3f} m apart; {self._where}"

    def check_said(self, found, known) -> None:
        """Compare exit code, what was printed (or a table of it) and what was told."""
        code, out, told = found
        found = [code, out, MEANWHILE.sub("", told)]
        if self.same:
            assert found == known, self._where
        else:
            assert _alike(found, known), f"{found!r} for {known!r}; {self._where}"

    def check_files(self, found: dict[str, str], known: dict[str, str]) -> None:
        """Compare digests of files, by name; elsewhere their names."""
        assert found.keys() == known.keys()
        if self.same:
            assert found == known, self._where


def _alike(found, known) -> bool:
    if isinstance(known, dict):
        return found.keys() == known.keys() and all(_alike(found[k], known[k]) for k in known)
    if isinstance(known, list):
        return len(found) == len(known) and all(map(_alike, found, known))
    if isinstance(known, float):
        return found == pytest.approx(known, abs=NEAR)
    return found == known
