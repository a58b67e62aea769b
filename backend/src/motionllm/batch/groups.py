"""Which prompts of a file are decoded together, and which are done already. numpy only.

Prompts of like length share a batch, as far as a window of lines allows. What is decoded together
depends on the file alone, never on what is on the disk: the last digits of a clip may depend on
its neighbours in the batch, and a run that was stopped must write what an unbroken one writes.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from motionllm.batch.prompt_list import Line
from motionllm.errors import MotionError
from motionllm.requests import GenerateRequest

WINDOW = 16  # batches whose lines are looked at together


@dataclass(frozen=True)
class Group:
    """Prompts decoded as one batch.

    Attributes:
        prompts: all of them, done or not.
        missing: places in `prompts` of those whose clips are wanted.
        recipes: what each clip says of how it was made.
    """

    prompts: list[Line]
    missing: list[int]
    recipes: list[str]


def plan_groups(
    prompts: Iterable[Line], folder: Path, pack: str, size: int
) -> Iterator[tuple[Group, int]]:
    """Yield every group, with the number of its prompts that are done already.

    Args:
        prompts: in order of their places; one window of them is held at a time.
        folder: where the clips are.
        pack: what tells the pack from others, see `pack_digest`.
        size: prompts of a batch.
    """
    for window in _windows(prompts, size * WINDOW):
        window.sort(key=_likeness)
        for start in range(0, len(window), size):
            chosen = window[start : start + size]
            recipes = [recipe(prompt.request, pack) for prompt in chosen]
            missing = [
                place for place, (prompt, wanted) in enumerate(zip(chosen, recipes, strict=True))
                if read_recipe(prompt.path(folder)) != wanted
            ]  # fmt: skip
            yield Group(chosen, missing, recipes), len(chosen) - len(missing)


def _windows(prompts: Iterable[Line], lines: int) -> Iterator[list[Line]]:
    """Cut by places, not by count: a bad line that is repaired leaves later windows alone."""
    window: list[Line] = []
    for prompt in prompts:
        if window and prompt.index // lines != window[0].index // lines:
            yield window
            window = []
        window.append(prompt)
    if window:
        yield window


def _likeness(prompt: Line) -> tuple:
    seconds = prompt.request.seconds
    return seconds is None, seconds or 0.0, len(prompt.request.text), prompt.index


def recipe(request: GenerateRequest, pack: str) -> str:
    """Return a short digest of all that decides a clip: request and pack."""
    content = json.dumps([pack, asdict(request)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def read_recipe(path: Path) -> str:
    """Return the recipe of a clip on disk; "" where there is none, or no whole file.

    Only the archive's directory, which is written last, and the one field are read.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open("recipe.npy") as field:
            return str(np.lib.format.read_array(field, allow_pickle=False))
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        return ""


def pack_digest(folder: Path) -> str:
    """Return what tells a model pack from every other, whatever its name.

    Raises:
        MotionError: "bad_pack", if a file of it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".json", ".safetensors"):
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
    except OSError as error:
        raise MotionError(
            "bad_pack", f"The model pack {folder.name} cannot be read: {error.strerror}."
        ) from error
    return digest.hexdigest()[:16]
