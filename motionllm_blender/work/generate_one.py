"""A sentence into an action of one character. May import bpy, motionllm and the scene."""

import bpy

from motionllm.errors import MotionError
from motionllm.motion.loop import close
from motionllm.requests import loop_request

from ..scene import bake, character, loops, rigs, state
from ..scene.target import find_target
from . import engine, jobs, same_take, settings
from .answers import armature_called, read_answer, scene_called
from .status import status
from .undo import context_of, push_undo


def begin(context: bpy.types.Context) -> None:
    """Send what the panel asks for; the motion is written when it arrives.

    Raises:
        MotionError: nothing can be sent, or another job runs.
    """
    target = _target(context)
    asked = same_take.key_of(context, bpy.data.objects[target] if target else None)
    request = settings.request_of(context)
    loop = context.scene.motionllm.loop
    wanted = request.seconds
    if loop:
        request = loop_request(request)
    pending = engine.client().request(
        "generate", request.to_table() | engine.pack_parameter(context)
    )
    scene = context.scene.name
    jobs.begin(
        "Generating", pending, lambda result: apply(result, target, scene, loop, wanted, asked)
    )


def _target(context: bpy.types.Context) -> str:
    """Return the name of the armature to animate, "" where the character is to be added."""
    try:
        armature = find_target(context)
    except MotionError:
        if any(thing.type == "ARMATURE" for thing in context.scene.objects):
            raise
        return ""  # a scene without characters gets one
    state.check_ready(armature)
    rigs.match(armature, rigs.read_rig(armature))  # better now than after the wait
    return armature.name


def apply(
    result: object, target: str, scene_name: str, loop: bool = False,
    seconds: float | None = None, asked: str = "",
) -> None:  # fmt: skip
    """Write the motion that has arrived; the scene may have changed meanwhile.

    Args:
        target: name of the armature; "" adds the character.
        loop: make it a loop, of so many seconds where they are given.
        asked: from what it was made, see `same_take`.

    Raises:
        MotionError: the character or the scene is gone, or the answer is no clip.
    """
    made = read_answer(result)
    clip = close(made.clips[0], seconds) if loop else made.clips[0]
    scene = scene_called(scene_name)
    if target:
        armature = armature_called(target)
    else:
        with context_of(scene):
            armature = character.add_character(bpy.context)
        scene.motionllm.target = armature
    start = settings.first_frame(scene)
    write = loops.bake_loop if loop else bake.bake
    options = settings.bake_options(scene.motionllm)
    known = {"engine": made.engine} | ({"asked": asked} if asked else {})
    action = write(clip, armature, scene, start, known, options)
    scene.frame_end = max(scene.frame_end, int(action.frame_end))
    settings.count_seed_up(scene.motionllm)
    status.message = action.name
    status.details = [
        f"{clip.seconds:.1f} s on {armature.name}, seed {clip.seed}"
        + (f", made in {made.took:.1f} s ({made.engine})" if made.took is not None else ""),
        f"Pack {clip.pack}: {clip.licence}",
        *made.warnings,
        *action.get("motionllm_notes", "").splitlines(),
    ]
    push_undo(f"MotionLLM: {action.name}")
