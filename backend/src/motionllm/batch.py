"""Many prompts from a file to a folder of clips. numpy only; engines come in from outside.

Prompts are read line by line and clips written as they come, so memory does not grow with the
file. A second run goes on where the first was stopped: a clip whose text, seconds, seed and pack
agree with its line is left as it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from motionllm.clip import load_clip, save_clip
from motionllm.engine import Engine, GenerateRequest, Progress, check_request, no_progress
from motionllm.errors import MotionError

LINE_LIMIT = 1 << 16  # bytes; a prompt has at most 1,000 characters
BATCH = 8  # prompts decoded together
_KEYS = {"text", "seconds", "seed", "temperature", "top_p", "guidance", "cleanup"}
# Errors that the next line would meet as well.
_HOPELESS = {"cancelled", "no_pack", "bad_pack", "no_backbone", "no_engine", "output"}


@dataclass(frozen=True)
class Prompt:
    """One line of the file: its number from 1, its place in the output from 0, its request."""

    line: int
    index: int
    request: GenerateRequest

    def path(self, folder: Path) -> Path:
        """Return the file its clip goes to."""
        return folder / f"{self.index:04d}.npz"


@dataclass
class Outcome:
    """What a run did."""

    written: int = 0
    kept: int = 0  # there already, and still right
    bad: list[tuple[int, MotionError]] = field(default_factory=list)  # line number and reason


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
        for name in ("seconds", "temperature", "top_p", "guidance", "cleanup")
    }
    seed = defaults.seed + index if seed is None else seed
    return check_request(GenerateRequest(value["text"], seed=seed, **chosen))


def run_batch(
    lines: BinaryIO,
    folder: Path,
    defaults: GenerateRequest,
    pack: str,
    open_engine: Callable[[], Engine],
    report: Callable[[str], None] = lambda text: None,
    progress: Progress = no_progress,
    size: int = BATCH,
) -> Outcome:
    """Write a clip for every prompt.

    Args:
        lines: as `read_prompts` takes them.
        folder: where 0000.npz and so on go; made where missing.
        defaults: what a line does not say.
        pack: name of the pack in use; clips of another are made anew.
        open_engine: called when the first prompt needs it, not if all is done.
        report: gets a sentence on every line that failed and every batch that was written.
        progress: tokens of the current batch.
        size: prompts decoded together.

    Raises:
        MotionError: what every line would meet (no engine, no room on the disk ...).
    """
    check_folder(folder)
    outcome = Outcome()
    waiting: list[Prompt] = []

    def flush() -> None:
        if waiting:
            _write_batch(open_engine(), waiting, folder, outcome, report, progress)
            waiting.clear()

    for prompt in read_prompts(lines, defaults):
        if not isinstance(prompt, Prompt):
            _note(outcome, report, *prompt)
        elif is_done(prompt, folder, pack):
            outcome.kept += 1
        else:
            waiting.append(prompt)
            if len(waiting) >= size:
                flush()
    flush()
    return outcome


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


def is_done(prompt: Prompt, folder: Path, pack: str) -> bool:
    """Tell whether the clip on disk is the one that this prompt asks for."""
    path, request = prompt.path(folder), prompt.request
    if not path.exists():
        return False
    try:
        clip = load_clip(path)
    except MotionError:
        return False  # cut off, or not ours: made anew
    # A token is 0.2 s, so the clip's length is the request's to within half of that.
    right_length = request.seconds is None or abs(clip.seconds - request.seconds) < 0.11
    return (
        right_length
        and clip.text == request.text
        and clip.seed == request.seed
        and clip.pack == pack
    )


def _write_batch(
    engine: Engine,
    prompts: list[Prompt],
    folder: Path,
    outcome: Outcome,
    report: Callable[[str], None],
    progress: Progress,
) -> None:
    try:
        clips = engine.generate([prompt.request for prompt in prompts], progress)
    except MotionError as error:
        if error.code in _HOPELESS:
            raise
        if len(prompts) == 1:
            _note(outcome, report, prompts[0].line, error)
            return
        for prompt in prompts:  # one of them spoilt it: each by itself, then
            _write_batch(engine, [prompt], folder, outcome, report, progress)
        return
    for prompt, clip in zip(prompts, clips, strict=True):
        save_clip(clip, prompt.path(folder))
        outcome.written += 1
    report(f"{outcome.written + outcome.kept} clips done")


def _note(outcome: Outcome, report: Callable[[str], None], line: int, error: MotionError) -> None:
    outcome.bad.append((line, error))
    report(f"line {line}: {error}")
