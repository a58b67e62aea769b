"""Operator: a sentence into an action."""

import math

import bpy

from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.motion import loop as loops
from motionllm.motion.clip import clip_from_bytes
from motionllm.requests import GenerateRequest, check_request, request_for

from ..scene import bake, character, rigs
from ..scene import loops as cycles
from ..work import engine as engines
from ..work import jobs
from ..work.takes import parameters
from . import outcome


class MOTIONLLM_OT_generate(bpy.types.Operator):
    """Make the character do what the prompt says, as a new action"""

    bl_idname = "motionllm.generate"
    bl_label = "Generate"
    # No UNDO here: the step is made when the motion arrives, see `jobs.push_undo`.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        return context.scene is not None and not jobs.busy()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Send the request; the motion is applied when it arrives."""
        with outcome.starting():
            target = _target(context)
            request = request_of(context)
            loop = context.scene.motionllm.loop
            wanted = request.seconds
            if loop:
                request = request_for(request)
            pending = engines.client(context).request(
                "generate", parameters(request) | engines.pack_parameter(context)
            )
            scene = context.scene.name
            jobs.begin(
                "Generating", pending, lambda result: _apply(result, target, scene, loop, wanted)
            )
        return outcome.follow_job(self)


def _target(context: bpy.types.Context) -> str:
    """Return the name of the armature to animate, "" where the character is to be added."""
    try:
        armature = rigs.find_target(context)
    except MotionError:
        if any(thing.type == "ARMATURE" for thing in context.scene.objects):
            raise
        return ""  # a scene without characters gets one
    rigs.match(armature, rigs.read_rig(armature))  # better now than after the wait
    return armature.name


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


def _apply(
    result: object, target: str, scene_name: str, loop: bool = False, seconds: float | None = None
) -> None:
    """Write the motion that has arrived; the scene may have changed meanwhile.

    Args:
        loop: make it a loop, of so many seconds where they are given.

    Raises:
        MotionError: the character or the scene is gone, or the answer is no clip.
    """
    if not isinstance(result, dict) or not result.get("clips"):
        raise MotionError("protocol", "The engine's answer holds no motion.")
    clip = clip_from_bytes(protocol.unpack_bytes(result["clips"][0]))
    if loop:
        clip = loops.close(clip, seconds)
    scene = bpy.data.scenes.get(scene_name)
    if scene is None:
        raise MotionError("no_rig", f"The scene {scene_name!r} was removed meanwhile.")
    if target:
        armature = bpy.data.objects.get(target)
        if armature is None or armature.type != "ARMATURE":
            raise MotionError("no_rig", f"The character {target!r} was removed meanwhile.")
    else:
        with context_of(scene):
            armature = character.add_character(bpy.context)
        scene.motionllm.target = armature
    settings = scene.motionllm
    start = scene.frame_current if settings.start == "CURRENT" else scene.frame_start
    engine = f"{result.get('engine', '')} {result.get('device', '')}".strip()
    write = cycles.bake_loop if loop else bake.bake
    action = write(clip, armature, scene, start, {"engine": engine}, bake_options(settings))
    scene.frame_end = max(scene.frame_end, int(action.frame_end))
    if settings.new_seed:
        settings.seed = (settings.seed + 1) % (2**31 - 1)
    jobs.status.message = action.name
    took = result.get("took")
    jobs.status.details = [
        f"{clip.seconds:.1f} s on {armature.name}, seed {clip.seed}"
        + (f", made in {took:.1f} s ({engine})" if isinstance(took, (int, float)) else ""),
        f"Pack {clip.pack}: {clip.licence}",
        *filter(None, result.get("warnings", [])),
        *action.get("motionllm_notes", "").splitlines(),
    ]
    jobs.push_undo(f"MotionLLM: {action.name}")


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


def context_of(scene: bpy.types.Scene):
    """Return a context in which objects are added to this scene."""
    windows = bpy.context.window_manager.windows
    if bpy.context.window is not None or not len(windows):
        return bpy.context.temp_override(scene=scene)
    return bpy.context.temp_override(window=windows[0], scene=scene)
