"""Prompt lists, a prompt a line: JSON Lines, plain text or a table. Standard library only."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

from motionllm.errors import MotionError
from motionllm.requests import FIELDS, GenerateRequest, wish_of

LINE_LIMIT = 1 << 16  # bytes; a prompt has at most 1,000 characters
# A "weight" is a share of a crowd (`motionllm crowd`): known, so that one list serves both.
KNOWN = (*FIELDS, "weight")
MAX_WEIGHT = 1e6
KINDS: dict[str, type] = {one.name: wish_of(one).kind for one in fields(GenerateRequest)} | {
    "weight": float
}
SUFFIXES = (".jsonl", ".txt", ".csv")


@dataclass(frozen=True)
class Line:
    """One prompt of a list.

    Attributes:
        request: what is asked for, with what the line does not say filled in.
        weight: its share among the others of a crowd.
        own_seconds, own_seed: whether the line says how long, and from which seed.
        number: of the line in its file, from 1.
        index: its place in the output, from 0.
    """

    request: GenerateRequest
    weight: float = 1.0
    own_seconds: bool = False
    own_seed: bool = False
    number: int = 0
    index: int = 0

    def path(self, folder: Path) -> Path:
        """Return the file its clip goes to."""
        return path_of(folder, self.index)


def path_of(folder: Path, index: int) -> Path:
    """Return the file of the clip at a place of a list."""
    return folder / f"{index:04d}.npz"


def read_prompts(
    lines: BinaryIO, defaults: GenerateRequest, form: str = ""
) -> Iterator[Line | tuple[int, MotionError]]:
    """Yield each line's prompt, or its number with what is wrong with it.

    Empty lines count as lines, but take no place in the output. A line without a seed gets the
    default's plus its place, so that equal prompts give different clips.

    Args:
        lines: an open file, UTF-8.
        defaults: what a line does not say; its text is not used.
        form: the file's suffix. ".txt": a prompt a line, as it stands. ".csv": a table with a
            column "text" and any of KNOWN beside it. Else JSON Lines, {"text": ..., "seed": ...}.

    Raises:
        MotionError: "bad_request", if a table has no usable head.
    """
    tables = {".txt": _texts, ".csv": _rows}.get(form.lower(), _objects)
    for index, (number, table) in enumerate(tables(lines)):
        try:
            if isinstance(table, MotionError):
                raise table
            yield _line(table, defaults, number, index)
        except MotionError as error:
            yield number, error


def read_all(lines: BinaryIO, defaults: GenerateRequest, form: str = "") -> list[Line]:
    """Return every prompt of a list that is of use as a whole or not at all.

    Args:
        lines, defaults, form: as `read_prompts` takes them.

    Raises:
        MotionError: "bad_request", for the first line that is wrong: its number is said.
    """
    found = []
    for line in read_prompts(lines, defaults, form):
        if not isinstance(line, Line):
            number, error = line
            raise MotionError(
                "bad_request", f"Line {number}: {error.message}", error.hint
            ) from error
        found.append(line)
    if not found:
        raise MotionError("bad_request", "The file holds no prompts.")
    return found


Tables = Iterator[tuple[int, dict[str, Any] | MotionError]]  # number of the line, what it holds


def _numbered(lines: BinaryIO) -> Iterator[tuple[int, bytes | MotionError]]:
    """Yield the lines that are not empty, none longer than LINE_LIMIT, with their numbers."""
    number = 0
    while line := lines.readline(LINE_LIMIT + 1):
        number += 1
        too_long = len(line) > LINE_LIMIT
        while too_long and line and not line.endswith(b"\n"):
            line = lines.readline(LINE_LIMIT)
        if too_long:
            what = f"The line is longer than {LINE_LIMIT:,} bytes."
            yield number, MotionError("bad_request", what)
        elif line.strip(b" \t\r\n\xef\xbb\xbf"):
            yield number, line


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MotionError("bad_request", "The line is not UTF-8.") from error


def _objects(lines: BinaryIO) -> Tables:
    for number, line in _numbered(lines):
        try:
            yield number, line if isinstance(line, MotionError) else _object(_text(line))
        except MotionError as error:
            yield number, error


def _texts(lines: BinaryIO) -> Tables:
    for number, line in _numbered(lines):
        try:
            yield number, line if isinstance(line, MotionError) else {"text": _text(line)}
        except MotionError as error:
            yield number, error


def _rows(lines: BinaryIO) -> Tables:
    """Yield the rows of a table; commas, semicolons or tabs lie between its columns."""
    data = lines.read()
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise MotionError(
            "bad_request", "The table is not UTF-8.", "Save it as CSV UTF-8."
        ) from error
    head = text.partition("\n")[0]
    comma = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=comma)
    names = [name.strip().lower() for name in next(reader, [])]
    if "text" not in names:
        raise MotionError(
            "bad_request", 'The table has no column "text".',
            "Its first line names the columns: " + ", ".join(KNOWN) + "; only text is needed.",
        )  # fmt: skip
    _only_known(name for name in names if name)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield reader.line_num, MotionError("bad_request", f"The line is no row: {error}.")
            continue
        if row is None:
            return
        if any(cell.strip() for cell in row):
            cells = zip(names, row, strict=False)
            yield (
                reader.line_num,
                {name: _value(name, cell.strip(), comma) for name, cell in cells if name},
            )


def _value(name: str, cell: str, comma: str) -> object:
    """Return a cell as its field's kind of value; what is none of it is refused by the check."""
    kind = KINDS[name]
    if kind is str or not cell:
        return cell if name == "text" else None
    if kind is bool:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(
            cell.lower(), cell
        )
    try:  # where semicolons part the columns, numbers have a comma
        return kind(cell if comma == "," else cell.replace(",", "."))
    except ValueError:
        return cell


def _object(line: str) -> dict[str, Any]:
    """Return the object that a line holds, checked as far as its fields' names go."""
    try:
        table = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise MotionError("bad_request", "The line is not JSON.") from error
    if not isinstance(table, dict) or "text" not in table:
        raise MotionError("bad_request", 'The line is not an object with a "text".')
    _only_known(table)
    return table


def _only_known(names: Iterable[str]) -> None:
    unknown = sorted(set(names) - set(KNOWN))
    if unknown:
        raise MotionError(
            "bad_request", f"There is no field {unknown[0]!r}.", "Known: " + ", ".join(KNOWN) + "."
        )


def _line(table: dict[str, Any], defaults: GenerateRequest, number: int, index: int) -> Line:
    weight = 1.0 if table.get("weight") is None else table["weight"]
    plain = isinstance(weight, (int, float)) and not isinstance(weight, bool)
    if not plain or not 0.0 <= weight <= MAX_WEIGHT:
        raise MotionError(
            "bad_request", f"weight must be a number of zero or more, not {weight!r}."
        )
    own_seconds, own_seed = (table.get(name) is not None for name in ("seconds", "seed"))
    counted = {} if own_seed else {"seed": defaults.seed + index}
    request = GenerateRequest.from_table(table | counted, defaults)
    return Line(request, float(weight), own_seconds, own_seed, number, index)


def line_text(text: str, seconds: float | None, seed: int | None, weight: float = 1.0) -> str:
    """Return one line of such a file, without its end."""
    value: dict[str, object] = {"text": text}
    if seconds is not None:
        value["seconds"] = round(seconds, 3)
    if seed is not None:
        value["seed"] = seed
    if weight != 1.0:
        value["weight"] = round(weight, 3)
    return json.dumps(value, ensure_ascii=False)
