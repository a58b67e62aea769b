"""The panel's settings as requests, prompts and options. May import bpy, motionllm, the scene."""

import math
from dataclasses import replace

import bpy

from motionllm.batch.prompt_list import Line
from motionllm.errors import MotionError
from motionllm.requests import GenerateRequest, check_request

from ..scene import bake, read


def request_of(context: bpy.types.Context) -> GenerateRequest:
    """Return what the panel asks for, checked."""
    settings = context.scene.motionllm
    own = settings.own_sampling
    return check_request(
        GenerateRequest(
            settings.prompt,
            settings.seconds if settings.use_seconds else None,
            settings.seed,
            temperature=settings.temperature if own else None,
            guidance=settings.guidance if own else None,
            cleanup=settings.cleanup,
            best_of=settings.best_of,
            turn=math.degrees(settings.turn) if settings.use_turn else None,
            ahead=settings.ahead if settings.use_place else None,
            left=settings.left if settings.use_place else None,
        )
    )


def lines_of(context: bpy.types.Context) -> list[Line]:
    """Return the prompt list, checked.

    Raises:
        MotionError: "bad_request", if it is empty or a prompt is of no use; the line is named.
    """
    settings = context.scene.motionllm
    own = settings.own_sampling
    lines = []
    for number, row in enumerate(context.scene.motionllm_crowd.prompts, start=1):
        try:
            request = check_request(
                GenerateRequest(
                    row.text,
                    row.seconds if row.use_seconds else None,
                    row.seed if row.use_seed else 0,
                    temperature=settings.temperature if own else None,
                    guidance=settings.guidance if own else None,
                    cleanup=settings.cleanup,
                )
            )
        except MotionError as error:
            raise MotionError(
                "bad_request", f"Prompt {number}: {error.message}", error.hint
            ) from error
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
        asset=settings.as_asset,
        mute=settings.mute_constraints,
        ik=settings.ik_limbs,
    )


def shared_options(settings: bpy.types.PropertyGroup) -> bake.Options:
    """Return how to write motions that share a space or a floor: in place they would not."""
    options = bake_options(settings)
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
