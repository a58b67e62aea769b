"""What becomes of captions: names, assets, markers, properties, a table. May import bpy."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import bpy

from motionllm.batch import captions
from motionllm.batch.captions import Piece
from motionllm.english.captions import label, tags
from motionllm.errors import MotionError
from motionllm.files import write_whole

from ..scene import assets, motions, read
from ..scene.ids import find_action
from ..scene.motions import Motion
from . import paths
from .caption_run import Described

PROPERTY = "motionllm_caption"
MARKER = 60  # bytes of a marker's name


@dataclass(frozen=True)
class Wishes:
    """Where the words go, as the panel says."""

    properties: bool = True
    names: bool = False
    assets: bool = False
    markers: bool = False
    csv_path: str = ""


def apply(described: Described, wishes: Wishes, scene: bpy.types.Scene) -> dict[str, str]:
    """Write what has been described; what cannot be written joins the failures.

    Returns:
        name -> sentence, in order; names are those of before.

    Raises:
        MotionError: code "output", if the table cannot be written; the rest is done by then.
    """
    sentences: dict[str, str] = {}
    several = len(described.pieces) > 1
    said: dict[str, list[str]] = {}
    for source, pieces in described.pieces.items():
        sentences[source.name] = captions.sentence(pieces)
        said.setdefault(source.action or source.name, []).append(_of_slot(source, pieces))
    renamed = []
    for source, pieces in described.pieces.items():
        try:
            whole = " ".join(said[source.action or source.name])
            renamed.append(_write(source, pieces, whole, wishes, scene, several))
        except MotionError as error:
            described.failures[source.name] = error
    if wishes.names:  # last: what has several slots is looked for by its name
        for thing, name in renamed:
            thing.name = name
    if wishes.csv_path:
        _write_table(described, paths.absolute(wishes.csv_path))
    return sentences


def _of_slot(source: Motion, pieces: list[Piece]) -> str:
    """Return a motion's sentence, with the slot's name where an action has several."""
    sentence = captions.sentence(pieces)
    return f"{source.slot[2:]}: {sentence}" if source.action and source.slot else sentence


def _write(
    source: Motion, pieces: list[Piece], sentence: str, wishes: Wishes, scene: bpy.types.Scene,
    several: bool,
) -> tuple[bpy.types.ID, str]:  # fmt: skip
    """Write what is described; return what gets a name and which.

    Args:
        sentence: of the motion, or of all slots of its action.
    """
    owner = motions.character_of(source)
    tried_on = find_action(source.what) if source.what is not None else None
    action = tried_on or _action_of(owner)
    thing = tried_on or owner
    linked = thing.library is not None or (action is not None and action.library is not None)
    if linked and (wishes.properties or wishes.names or wishes.assets):
        raise MotionError(
            "bad_request", f"{source.name!r} is linked from another file and cannot be changed.",
            "Make it local first.",
        )  # fmt: skip
    if wishes.markers:
        markers = tried_on.pose_markers if tried_on else scene.timeline_markers
        _mark(markers, source, pieces, read.scene_fps(scene), several and not tried_on)
    if wishes.properties:
        (action or owner)[PROPERTY] = sentence
    if wishes.assets and action is not None:
        assets.mark_asset(action, sentence, tags(sentence))
    return thing, label(captions.sentence(pieces))


def _action_of(armature: bpy.types.Object) -> bpy.types.Action | None:
    data = armature.animation_data
    return data.action if data is not None else None


def _mark(markers, source: Motion, pieces: list[Piece], fps: float, named: bool) -> None:
    """Add a marker a piece; those that are there already stay as they are."""
    there = {(marker.frame, marker.name) for marker in markers}
    for piece in pieces:
        frame = source.start + round(piece.start * fps)
        text = label(piece.caption, MARKER)
        if named:
            text = label(f"{source.character}: {text}", MARKER)
        if (frame, text) not in there:
            markers.new(text).frame = frame


def _write_table(described: Described, path: Path) -> None:
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(["name", "start", "end", "caption", "error"])
    for source, pieces in described.pieces.items():
        for piece in pieces:
            times = f"{piece.start:.2f}", f"{piece.end:.2f}"
            rows.writerow([source.name, *times, piece.caption, ""])
    for name, error in described.failures.items():
        rows.writerow([name, "", "", "", error.message])
    write_whole(path, text.getvalue().encode())
