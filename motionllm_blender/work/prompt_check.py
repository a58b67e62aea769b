"""What is to be said of a prompt before anything is drawn. May import bpy, motionllm."""

import functools
from pathlib import Path

import bpy

from motionllm.errors import MotionError
from motionllm.requests import GenerateRequest, loop_request

from . import extension, packs


def problem(text: str) -> str:
    """Return why a prompt cannot be used, and on a line of its own what to do; "" if it can."""
    try:
        GenerateRequest.from_table({"text": text})
    except MotionError as error:
        return f"{error.message}\n{error.hint}".strip()
    return ""


def end(context: bpy.types.Context) -> tuple[str, bool]:
    """Return what of the panel's end can be reached, "" for nothing, and whether it can be."""
    from motionllm.judge.foresee import foreseen

    from . import settings  # late: Blender starts without it

    panel = context.scene.motionllm
    if not (panel.use_turn or panel.use_place) or problem(panel.prompt):
        return "", True  # what is wrong with the prompt is told beside it
    try:
        request = settings.request_of(context)
        ahead = foreseen(loop_request(request) if panel.loop else request)
    except MotionError as error:
        return f"{error.message}\n{error.hint}".strip(), False
    return (ahead.text, ahead.possible) if ahead is not None else ("", True)


def doubt(text: str, pack_name: str) -> str:
    """Return what is to be said of words of a prompt that the pack never learnt; "" for none.

    An engine of the user's own command has packs that this machine may not know.
    """
    preferences = extension.preferences()
    if preferences is not None and preferences.engine == "COMMAND":
        return ""
    pack = packs.find_pack(pack_name)
    return _doubt(text, pack.folder / "words.txt") if pack is not None else ""


@functools.lru_cache(maxsize=64)  # panels ask at every redraw
def _doubt(text: str, words: Path) -> str:
    from motionllm.english import unknown

    known = _known(words)
    return unknown.doubt(text, known) if known else ""


@functools.lru_cache(maxsize=4)
def _known(words: Path) -> frozenset[str]:
    try:
        return frozenset(words.read_text("utf-8").split())
    except (OSError, UnicodeDecodeError):
        return frozenset()  # told by the engine, which refuses such a pack
