"""Captions that people wrote for recordings, joined to clips by recording and seconds.

Standard library only. Reads the file humanml3d_captions.csv.xz of a captions folder.
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


@dataclass(frozen=True)
class Sentence:
    """One caption and the seconds of the recording that it is about."""

    start: float
    end: float
    text: str
    split: str


class HumanCaptions:
    """Human captions of a captions folder; `folder` None: every question is answered with None.

    Raises MotionError("bad_file") when the folder holds no readable caption file.
    """

    def __init__(self, folder: str | Path | None):
        self.folder = folder
        self._takes: dict[str, list[Sentence]] = defaultdict(list)
        if folder is None:
            return
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
        sentence = Sentence(start, end, " ".join(row["caption"].split()), row["split"])
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

    def human(self, row: dict, piece_start_s: float, piece_end_s: float) -> list[str] | None:
        """Captions about a piece of a clip, in seconds of the clip; None without a folder.

        A caption counts when its stretch covers 70 % of the piece and the piece 70 % of it.
        """
        if self.folder is None:
            return None
        try:
            offset = float(row.get("start_s") or 0)
        except ValueError:
            offset = 0.0
        a, b = piece_start_s + offset, piece_end_s + offset
        found: dict[str, None] = {}
        for sentence in self.sentences(row):
            shared = min(b, sentence.end) - max(a, sentence.start)
            if shared >= 0.7 * (b - a) and shared >= 0.7 * (sentence.end - sentence.start):
                found.setdefault(sentence.text)
        return list(found)
