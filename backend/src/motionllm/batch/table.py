"""What the clips of a prompt list show of their sentences, as a table. numpy only."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionllm.batch.prompt_list import path_of
from motionllm.files import write_whole
from motionllm.judge.clause import Verdict

NAME = "checked.csv"  # in the folder of the clips
COLUMNS = ("line", "file", "text", "seed", "shown", "asked", "clauses", "not checked")


@dataclass(frozen=True)
class Row:
    """What a clip shows.

    Attributes:
        line: of its prompt in the list, from 1.
        file: its name.
    """

    line: int
    file: str
    text: str
    seed: int
    verdict: Verdict


def rows(folder: Path, places: Iterable[tuple[int, int]]) -> Iterator[Row]:
    """Yield what the clips in a folder show, in their order; who is not there is left out.

    Args:
        places: of each clip, and the line of its prompt.
    """
    for index, line in sorted(places):
        path = path_of(folder, index)
        try:
            with zipfile.ZipFile(path) as archive:
                text, seed = (_field(archive, name) for name in ("text", "seed"))
                ticks = _field(archive, "ticks") if "ticks.npy" in archive.namelist() else ""
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
            continue
        yield Row(line, path.name, text, int(seed), Verdict.from_json(ticks))


def _field(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(f"{name}.npy") as field:
        return str(np.lib.format.read_array(field, allow_pickle=False))


def write_table(folder: Path, found: Iterable[Row]) -> None:
    """Write the table into the clips' folder.

    Raises:
        MotionError: code "output", if it cannot be written.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in found:
        said = row.verdict
        table.writerow([
            row.line, row.file, row.text, row.seed, said.shown, len(said.ticks), said.told(),
            ", ".join(said.unread),
        ])  # fmt: skip
    write_whole(folder / NAME, text.getvalue().encode())
