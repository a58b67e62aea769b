"""Prompt lists: JSON Lines files, a prompt a line. numpy only."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from motionllm.errors import MotionError
from motionllm.requests import GenerateRequest, check_request

LINE_LIMIT = 1 << 16  # bytes; a prompt has at most 1,000 characters
# A "weight" is a share of a crowd (`motionllm crowd`): known, so that one list serves both.
_KEYS = {"text", "seconds", "seed", "temperature", "top_p", "guidance", "cleanup", "best_of",
         "turn", "ahead", "left", "weight"}  # fmt: skip


def read_prompts(
    lines: BinaryIO, defaults: GenerateRequest
) -> Iterator[Prompt | tuple[int, MotionError]]:
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
            yield Prompt(number, index, _parse(line, defaults, index))
        except MotionError as error:
            yield number, error
        index += 1


def _parse(line: bytes, defaults: GenerateRequest, index: int) -> GenerateRequest:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MotionError("bad_request", "The line is not UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise MotionError("bad_request", "The line is not JSON.") from error
    if not isinstance(value, dict) or "text" not in value:
        raise MotionError("bad_request", 'The line is not an object with a "text".')
    unknown = sorted(set(value) - _KEYS)
    if unknown:
        raise MotionError(
            "bad_request", f"There is no field {unknown[0]!r}.", "Known: " + ", ".join(_KEYS) + "."
        )
    seed = value.get("seed")
    chosen = {
        name: value[name] if value.get(name) is not None else getattr(defaults, name)
        for name in (
            "seconds",
            "temperature",
            "top_p",
            "guidance",
            "cleanup",
            "best_of",
            "turn",
            "ahead",
            "left",
        )  # fmt: skip
    }
    seed = defaults.seed + index if seed is None else seed
    return check_request(GenerateRequest(value["text"], seed=seed, **chosen))


@dataclass(frozen=True)
class Prompt:
    """One line of the file: its number from 1, its place in the output from 0, its request."""

    line: int
    index: int
    request: GenerateRequest

    def path(self, folder: Path) -> Path:
        """Return the file its clip goes to."""
        return folder / f"{self.index:04d}.npz"


@dataclass(frozen=True)
class Line:
    """A prompt of a list; `weight` is its share among the others."""

    request: GenerateRequest
    weight: float = 1.0
    own_seconds: bool = False  # its line says how long; else the crowd does
    own_seed: bool = False


def read_lines(file: BinaryIO, defaults: GenerateRequest) -> list[Line]:
    """Read prompts as `motionllm generate --prompts` does; a line may have a "weight" as well.

    Raises:
        MotionError: "bad_request", for the first line that is wrong: its number is said.
    """
    lines = []
    for number, raw in enumerate(file, start=1):
        if raw.strip(b" \t\r\n\xef\xbb\xbf"):
            try:
                lines.append(_read_line(raw, defaults))
            except MotionError as error:
                raise MotionError(
                    "bad_request", f"Line {number}: {error.message}", error.hint
                ) from error
    if not lines:
        raise MotionError("bad_request", "The file holds no prompts.")
    return lines


def _read_line(raw: bytes, defaults: GenerateRequest) -> Line:
    value, weight = None, 1.0
    with contextlib.suppress(ValueError, RecursionError):  # said by the reader below
        value = json.loads(raw.decode("utf-8-sig")) if len(raw) <= LINE_LIMIT else None
    if isinstance(value, dict) and "weight" in value:
        weight = value["weight"]
        good = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not good or not 0.0 <= weight <= 1e6:
            raise MotionError(
                "bad_request", f"weight must be a number of zero or more, not {weight!r}."
            )
    (found,) = read_prompts(io.BytesIO(raw), defaults)
    if isinstance(found, tuple):
        raise found[1]
    return Line(
        found.request, float(weight),
        value.get("seconds") is not None, value.get("seed") is not None,
    )  # fmt: skip


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
