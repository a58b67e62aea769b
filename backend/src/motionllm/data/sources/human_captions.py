"""Captions that people wrote for recordings, joined to clips by recording and seconds.

Standard library only. HumanCaptions reads the file humanml3d_captions.csv.xz of a captions folder.
"""

from __future__ import annotations

import csv
import io
import lzma
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from motionllm.errors import MotionError

FILE = "humanml3d_captions.csv.xz"
# CMU takes whose copies run at another rate than the recording, or whose timing nothing confirms.
DOUBTFUL = frozenset({"85_03", "85_12", "85_14", "135_01", "135_02"})
CMU_NAME = re.compile(r"\d+_\d+")
SHARED = 0.7  # of a caption's stretch and of a piece that must lie in each other


@dataclass(frozen=True)
class Sentence:
    """One caption and the seconds of the recording that it is about."""

    start: float
    end: float
    text: str


class Captions:
    """Captions by people of the clips of a training set, whatever file they come from."""

    def sentences(self, row: dict) -> list[Sentence]:
        """Every caption of the recording of a clips.csv row, times as in the recording."""
        raise NotImplementedError

    def human(self, row: dict, start: float, end: float) -> list[str]:
        """Captions about a piece of a clip, in seconds of the clip.

        A caption counts when its stretch covers 70 % of the piece and the piece 70 % of it.
        """
        found: dict[str, None] = {}
        for begin, stop, text in self._of_clip(row):
            if alike(begin, stop, start, end):
                found.setdefault(text)
        return list(found)

    def stretches(self, row: dict) -> list[tuple[float, float]]:
        """The stretches that captions are about, in seconds of the clip; some lie outside it."""
        return sorted({(begin, stop) for begin, stop, _ in self._of_clip(row)})

    def _of_clip(self, row: dict) -> list[tuple[float, float, str]]:
        """Captions with their times in the clip, which may begin later than the recording."""
        try:
            offset = float(row.get("start_s") or 0)
        except ValueError:
            offset = 0.0
        return [(s.start - offset, s.end - offset, s.text) for s in self.sentences(row)]


def alike(a: float, b: float, c: float, d: float) -> bool:
    """Tell whether a..b and c..d are about the same stretch of time."""
    shared = min(b, d) - max(a, c)
    return shared >= SHARED * (b - a) and shared >= SHARED * (d - c)


class HumanCaptions(Captions):
    """Human captions of a captions folder.

    Raises MotionError("bad_file") when the folder holds no readable caption file.
    """

    def __init__(self, folder: str | Path):
        self._takes: dict[str, list[Sentence]] = defaultdict(list)
        path = Path(folder) / FILE
        try:
            with lzma.open(path) as stream:
                for row in csv.DictReader(io.TextIOWrapper(stream, "utf8")):
                    self._add(row)
        except (OSError, lzma.LZMAError, UnicodeDecodeError, KeyError, ValueError) as error:
            raise MotionError(
                "bad_file", f"The captions in {path} cannot be read: {error}.",
                "Give the folder that holds " + FILE + ".",
            ) from error  # fmt: skip

    def _add(self, row: dict) -> None:
        start, end = float(row["start_s"]), float(row["end_s"])
        first, last = row["from_s"], row["to_s"]
        if first and last and float(last) > 0:
            start, end = start + float(first), min(end, start + float(last))
        sentence = Sentence(start, end, " ".join(row["caption"].split()))
        path = re.sub(r"_poses$", "", row["amass_path"])
        self._takes[path].append(sentence)
        if row["dataset"] == "CMU":
            self._takes["CMU " + row["clip"]].append(sentence)

    def sentences(self, row: dict) -> list[Sentence]:
        """Every caption of the recording of a clips.csv row, times as in the recording."""
        notes = row.get("notes") or ""
        if named := re.search(r"amass_path=([^;]+)", notes):
            if "amass length differs" in notes:
                return []
            return self._takes.get(re.sub(r"_poses$", "", named[1].strip()), [])
        name = Path(row.get("path") or "").stem
        if not (row.get("source") or "").startswith("cmu") or not CMU_NAME.fullmatch(name):
            return []
        return [] if name in DOUBTFUL else self._takes.get("CMU " + name, [])
