"""Many prompts from a file to a folder of clips. numpy only; engines come in from outside.

Prompts are read a window of lines at a time and clips written as they come, so memory does not
grow with the file. A second run goes on where the first was stopped: a clip made from the same
request with the same pack is left as it is.
"""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from motionllm.batch.groups import Group, plan_groups
from motionllm.batch.prompt_list import Line, read_prompts
from motionllm.batch.worker import Result
from motionllm.errors import MotionError
from motionllm.files import write_whole
from motionllm.folder_lock import lock_folder
from motionllm.progress import say_nothing
from motionllm.requests import GenerateRequest

BATCH = 8  # prompts decoded together

Make = Callable[[Iterator[Group]], Generator[tuple[Group, list[Result]], None, None]]


@dataclass
class Outcome:
    """What a run did."""

    written: int = 0
    kept: int = 0  # there already, and still right
    bad: int = 0  # lines that gave no clip
    indices: array[int] = field(default_factory=lambda: array("Q"))  # of the prompts, and
    numbers: array[int] = field(default_factory=lambda: array("Q"))  # their lines in the file


def nothing_unsure(_text: str) -> str:
    """Find nothing unsure: the default of `unsure`."""
    return ""


def run_batch(
    lines: BinaryIO,
    folder: Path,
    defaults: GenerateRequest,
    pack: str,
    make: Make,
    report: Callable[[str], None] = say_nothing,
    outcome: Outcome | None = None,
    size: int = BATCH,
    unsure: Callable[[str], str] = nothing_unsure,
    form: str = "",
) -> Outcome:
    """Write a clip for every prompt.

    Args:
        lines, form: as `read_prompts` takes them.
        folder: where 0000.npz and so on go; made where missing.
        defaults: what a line does not say.
        pack: what tells the pack in use from others; clips of another are made anew.
        make: turns groups of prompts into clips, in any order: `processes.make_here`, or a cluster.
        report: gets a sentence on every line that failed and every batch that was written.
        outcome: counted up as the run goes on, for those who want to know after it was stopped.
        size: prompts decoded together.
        unsure: says of a text what about it was never learnt, "" if nothing; reported as well.

    Raises:
        MotionError: what every line would meet (no engine, no room on the disk, another run ...).
    """
    outcome = Outcome() if outcome is None else outcome

    def groups() -> Iterator[Group]:
        for group, done in plan_groups(
            _good(read_prompts(lines, defaults, form), outcome, note), folder, pack, size
        ):
            outcome.kept += done
            if group.missing:
                yield group

    def note(number: int, error: MotionError) -> None:
        outcome.bad += 1
        report(f"line {number}: {error}")

    with lock_folder(folder), contextlib.closing(make(groups())) as made:
        for group, results in made:
            for place, result in zip(group.missing, results, strict=True):
                line = group.prompts[place]
                if isinstance(result, MotionError):
                    note(line.number, result)
                    continue
                _write(line.path(folder), result)
                outcome.written += 1
                if warning := unsure(line.request.text):
                    report(f"line {line.number}: {' '.join(warning.splitlines())}")
            report(f"{outcome.written:,} clips written, {outcome.kept:,} kept")
    return outcome


def _good(
    lines: Iterable[Line | tuple[int, MotionError]], outcome: Outcome,
    note: Callable[[int, MotionError], None],
) -> Iterator[Line]:  # fmt: skip
    """Yield the lines that are of use, and note their places; the others are told of."""
    for line in lines:
        if isinstance(line, Line):
            outcome.indices.append(line.index)
            outcome.numbers.append(line.number)
            yield line
        else:
            note(*line)


def _write(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
    except MotionError as error:
        raise MotionError(
            error.code, error.message,
            "Put that right and run the same command again: it goes on where it stopped.",
        ) from error  # fmt: skip
