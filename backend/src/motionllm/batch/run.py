"""Many prompts from a file to a folder of clips. numpy only; engines come in from outside.

Prompts are read a window of lines at a time and clips written as they come, so memory does not
grow with the file. A second run goes on where the first was stopped: a clip made from the same
request with the same pack is left as it is.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from motionllm.batch.folder_lock import lock_folder
from motionllm.batch.groups import Group, Prompt, plan_groups
from motionllm.batch.worker import Result
from motionllm.engine.interface import GenerateRequest, check_request
from motionllm.errors import MotionError
from motionllm.motion.clip import write_whole

LINE_LIMIT = 1 << 16  # bytes; a prompt has at most 1,000 characters
BATCH = 8  # prompts decoded together
# A "weight" is a share of a crowd (`motionllm crowd`): known, so that one list serves both.
_KEYS = {"text", "seconds", "seed", "temperature", "top_p", "guidance", "cleanup", "best_of",
         "turn", "ahead", "left", "weight"}  # fmt: skip

Make = Callable[[Iterator[Group]], Generator[tuple[Group, list[Result]], None, None]]


@dataclass
class Outcome:
    """What a run did."""

    written: int = 0
    kept: int = 0  # there already, and still right
    bad: int = 0  # lines that gave no clip


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


def run_batch(
    lines: BinaryIO,
    folder: Path,
    defaults: GenerateRequest,
    pack: str,
    make: Make,
    report: Callable[[str], None] = lambda text: None,
    outcome: Outcome | None = None,
    size: int = BATCH,
    unsure: Callable[[str], str] = lambda text: "",
) -> Outcome:
    """Write a clip for every prompt.

    Args:
        lines: as `read_prompts` takes them.
        folder: where 0000.npz and so on go; made where missing.
        defaults: what a line does not say.
        pack: what tells the pack in use from others; clips of another are made anew.
        make: turns groups of prompts into clips, in any order: `making.make_here`, or a cluster.
        report: gets a sentence on every line that failed and every batch that was written.
        outcome: counted up as the run goes on, for those who want to know after it was stopped.
        size: prompts decoded together.
        unsure: says of a text what about it was never learnt, "" if nothing; reported as well.

    Raises:
        MotionError: what every line would meet (no engine, no room on the disk, another run ...).
    """
    outcome = Outcome() if outcome is None else outcome

    def prompts() -> Iterator[Prompt]:
        for prompt in read_prompts(lines, defaults):
            if isinstance(prompt, Prompt):
                yield prompt
            else:
                _note(outcome, report, *prompt)

    def groups() -> Iterator[Group]:
        for group, done in plan_groups(prompts(), folder, pack, size):
            outcome.kept += done
            if group.missing:
                yield group

    with lock_folder(folder), contextlib.closing(make(groups())) as made:
        for group, results in made:
            for place, result in zip(group.missing, results, strict=True):
                prompt = group.prompts[place]
                if isinstance(result, MotionError):
                    _note(outcome, report, prompt.line, result)
                else:
                    _write(prompt.path(folder), result)
                    outcome.written += 1
                    if warning := unsure(prompt.request.text):
                        report(f"line {prompt.line}: {warning}")
            report(f"{outcome.written:,} clips written, {outcome.kept:,} kept")
    return outcome


def _write(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
    except MotionError as error:
        raise MotionError(
            error.code, error.message,
            "Put that right and run the same command again: it goes on where it stopped.",
        ) from error  # fmt: skip


def _note(outcome: Outcome, report: Callable[[str], None], line: int, error: MotionError) -> None:
    outcome.bad += 1
    report(f"line {line}: {error}")


def check_folder(folder: Path) -> None:
    """Make the folder and make sure that it takes files, before anything slow begins.

    Raises:
        MotionError: "output".
    """
    probe = folder / f".motionllm-{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise MotionError(
            "output",
            f"The folder {folder} cannot be written to: {error.strerror or error}.",
            "Choose another folder.",
        ) from error
