"""Results: tables of figures with intervals, kept as JSON and shown as Markdown. Standard library.

A results file belongs to one pack. Parts are measured one by one and replace only themselves, as
long as the pack is the same; figures of another state of it are dropped.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path

from motionllm.files import write_whole
from motionllm.pack.pack import Pack

Cell = str | float | tuple[float, float, float]  # a figure alone, or with its interval


@dataclass
class Table:
    """Rows of figures.

    Attributes:
        title: heading.
        columns: names; the first is that of the rows.
        note: what a reader must know, may be empty.
        rows: name and cells; fewer cells than columns leave the rest empty.
    """

    title: str
    columns: list[str]
    note: str = ""
    rows: list[list[Cell]] = field(default_factory=list)

    def add(self, name: str, *cells: Cell) -> None:
        """Append a row."""
        self.rows.append([name, *cells])

    def markdown(self) -> str:
        """Return the table for people."""
        lines = [f"### {self.title}", ""]
        if self.note:
            lines += [self.note, ""]
        lines.append("| " + " | ".join(self.columns) + " |")
        lines.append("|---" + "|---:" * (len(self.columns) - 1) + "|")
        for row in self.rows:
            cells = [_shown(cell) for cell in row] + [""] * (len(self.columns) - len(row))
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"


def _shown(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell.replace("|", "/")
    if isinstance(cell, (list, tuple)):
        value, low, high = cell
        if value is None or not math.isfinite(value):
            return "-"
        return f"{_number(value)} ({_number(low)} to {_number(high)})"
    return _number(cell)


def _number(value: float) -> str:
    if value is None or not math.isfinite(value):
        return "-"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value)}"
    digits = 1 if abs(value) >= 20 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"


def fingerprint(pack: Pack) -> str:
    """Return a short hash of a pack's trained arrays."""
    digest = hashlib.sha256()
    for path in sorted(pack.folder.rglob("*.safetensors")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class Results:
    """The results file of one pack: `FOLDER/NAME.json`, shown in `FOLDER/NAME.md`."""

    def __init__(self, folder: Path, pack: Pack) -> None:
        self._path = folder / f"{pack.name}.json"
        self._content = {"pack": pack.name, "arrays": fingerprint(pack), "parts": {}}
        try:
            stored = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return
        if stored.get("arrays") == self._content["arrays"]:
            self._content = stored

    def put(self, part: str, tables: list[Table], command: str) -> None:
        """Replace a part's tables and write both files."""
        parts = self._content["parts"]
        parts[part] = {"command": command, "tables": [asdict(table) for table in tables]}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(_plain(self._content), indent=1)
        write_whole(self._path, text.encode())
        write_whole(self._path.with_suffix(".md"), self.markdown().encode())

    def markdown(self) -> str:
        """Return everything measured so far."""
        lines = [f"# Figures of the pack {self._content['pack']}", ""]
        lines.append(
            f"Arrays {self._content['arrays']}. Written by the commands given below; each part is "
            "measured anew when its command is run again. Brackets hold 95 % intervals by the "
            "bootstrap."
        )
        for part, content in self._content["parts"].items():
            lines += ["", f"## {part.capitalize()}", "", f"`{content['command']}`", ""]
            lines += [Table(**table).markdown() for table in content["tables"]]
        return "\n".join(lines)


def _plain(value):
    """Replace numbers that JSON cannot hold by null, and numpy's by Python's."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, str) or value is None:
        return value
    number = float(value)
    return number if math.isfinite(number) else None
