"""The panel's settings as requests, prompts and options. May import bpy, motionllm, the scene."""

import math
from dataclasses import replace

import bpy

from motionllm.batch.prompt_list import Line
from motionllm.errors import MotionError
from motionllm.requests import FIELDS, GenerateRequest

from ..scene import bake, read

# The panel has a setting for every field of a request, by the field's name but for these, ...
NAMES = {"text": "prompt"}
# ... left to the model unless this is switched on, ...
SWITCHES = {
    "seconds": "use_seconds", "turn": "use_turn", "ahead": "use_place", "left": "use_place",
    "temperature": "own_sampling", "top_p": "own_sampling", "guidance": "own_sampling",
}  # fmt: skip
# ... in Blender's unit.
UNITS = {"turn": math.degrees}
# What a prompt of a list says itself, and what is for a single motion only.
OF_A_LINE = ("text", "seconds", "seed")
ALONE = ("best_of", "turn", "ahead", "left")


def table_of(settings: bpy.types.PropertyGroup) -> dict[str, object]:
    """Return what the panel asks for, by the fields of a request."""
    table: dict[str, object] = {}
    for field in FIELDS:
        switch = SWITCHES.get(field)
        if switch is None or getattr(settings, switch):
            value = getattr(settings, NAMES.get(field, field))
            table[field] = UNITS[field](value) if field in UNITS else value
    return table


def request_of(context: bpy.types.Context) -> GenerateRequest:
    """Return what the panel asks for, checked."""
    return GenerateRequest.from_table(table_of(context.scene.motionllm))


def lines_of(context: bpy.types.Context) -> list[Line]:
    """Return the prompt list, checked.

    Raises:
        MotionError: "bad_request", if it is empty or a prompt is of no use; the line is named.
    """
    lines = []
    for line in read_lines(context):
        if isinstance(line, MotionError):
            raise line
        lines.append(line)
    return lines


def read_lines(context: bpy.types.Context) -> list[Line | MotionError]:
    """Return the prompt list, a line that is of no use as what is wrong with it; it is named.

    Raises:
        MotionError: "bad_request", if the list is empty.
    """
    shared = {
        field: value for field, value in table_of(context.scene.motionllm).items()
        if field not in (*OF_A_LINE, *ALONE)
    }  # fmt: skip
    lines: list[Line | MotionError] = []
    for number, row in enumerate(context.scene.motionllm_crowd.prompts, start=1):
        own = {
            "text": row.text,
            "seconds": row.seconds if row.use_seconds else None,
            "seed": row.seed if row.use_seed else None,
        }
        try:
            request = GenerateRequest.from_table(shared | own)
        except MotionError as error:
            what = f"Prompt {number}: {error.message}"
            lines.append(MotionError("bad_request", what, error.hint))
            continue
        lines.append(Line(request, row.weight, row.use_seconds, row.use_seed))
    if not lines:
        raise MotionError("bad_request", "The prompt list is empty.", "Add or import prompts.")
    return lines


def bake_options(settings: bpy.types.PropertyGroup) -> bake.Options:
    """Return how the panel says to write a motion."""
    return bake.Options(
        root_motion=settings.root_motion,
        lock_feet=settings.lock_feet,
        thin=settings.thin_keys,
        degrees=settings.thin_degrees,
        millimetres=settings.thin_millimetres,
        strip=settings.as_strip,
        go_on=settings.go_on,
        asset=settings.as_asset,
        mute=settings.mute_constraints,
        ik=settings.ik_limbs,
    )


def shared_options(settings: bpy.types.PropertyGroup) -> bake.Options:
    """Return how to write motions that share a space or a floor: in place they would not.

    Each has its place there, wherever earlier strips have led.
    """
    options = replace(bake_options(settings), go_on=False)
    if options.root_motion == "IN_PLACE":
        options = replace(options, root_motion="AS_IS")
    return options


def first_frame(scene: bpy.types.Scene) -> int:
    """Return the frame at which a motion is to begin."""
    return scene.frame_current if scene.motionllm.start == "CURRENT" else scene.frame_start


def described_frames(armature: bpy.types.Object, scene: bpy.types.Scene) -> tuple[int, int]:
    """Return the first and last frame of what a character does that is to be described."""
    settings = scene.motionllm
    if settings.use_range:
        return settings.frame_start, settings.frame_end
    return read.action_range(armature, scene)


def count_seed_up(settings: bpy.types.PropertyGroup) -> None:
    """Let the next motion be another one, where the panel says so."""
    if settings.new_seed:
        settings.seed = (settings.seed + 1) % (2**31 - 1)  # as large as Blender's integers are
