"""Prompt lists: JSON Lines files, a prompt a line. numpy only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from motionllm.errors import MotionError
from motionllm.requests import FIELDS, GenerateRequest

LINE_LIMIT = 1 << 16  # bytes; a prompt has at most 1,000 characters
# A "weight" is a share of a crowd (`motionllm crowd`): known, so that one list serves both.
KNOWN = (*FIELDS, "weight")
MAX_WEIGHT = 1e6


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
        return folder / f"{self.index:04d}.npz"


def read_prompts(
    lines: BinaryIO, defaults: GenerateRequest
) -> Iterator[Line | tuple[int, MotionError]]:
    """Yield each line's prompt, or its number with what is wrong with it.

    Empty lines count as lines, but take no place in the output. A line without a seed gets the
    default's plus its place, so that equal prompts give different clips.

    Args:
        lines: an open JSON Lines file, UTF-8: {"text": ..., "seconds": ..., "seed": ...}.
        defaults: what a line does not say; its text is not used.
    """
    index = number = 0
    while line := lines.readline(LINE_LIMIT + 1):
        number += 1
        too_long = len(line) > LINE_LIMIT
        while too_long and line and not line.endswith(b"\n"):
            line = lines.readline(LINE_LIMIT)
        if not too_long and not line.strip(b" \t\r\n\xef\xbb\xbf"):
            continue
        try:
            if too_long:
                raise MotionError("bad_request", f"The line is longer than {LINE_LIMIT:,} bytes.")
            yield _line(_table(line), defaults, number, index)
        except MotionError as error:
            yield number, error
        index += 1


def read_all(lines: BinaryIO, defaults: GenerateRequest) -> list[Line]:
    """Return every prompt of a list that is of use as a whole or not at all.

    Raises:
        MotionError: "bad_request", for the first line that is wrong: its number is said.
    """
    found = []
    for line in read_prompts(lines, defaults):
        if not isinstance(line, Line):
            number, error = line
            raise MotionError(
                "bad_request", f"Line {number}: {error.message}", error.hint
            ) from error
        found.append(line)
    if not found:
        raise MotionError("bad_request", "The file holds no prompts.")
    return found


def _table(line: bytes) -> dict[str, Any]:
    """Return the object that a line holds, checked as far as its fields' names go."""
    try:
        table = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MotionError("bad_request", "The line is not UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise MotionError("bad_request", "The line is not JSON.") from error
    if not isinstance(table, dict) or "text" not in table:
        raise MotionError("bad_request", 'The line is not an object with a "text".')
    unknown = sorted(set(table) - set(KNOWN))
    if unknown:
        raise MotionError(
            "bad_request", f"There is no field {unknown[0]!r}.", "Known: " + ", ".join(KNOWN) + "."
        )
    return table


def _line(table: dict[str, Any], defaults: GenerateRequest, number: int, index: int) -> Line:
    weight = table.get("weight", 1.0)
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
