"""Operator: one sentence into the motions of several people."""

import dataclasses

import bpy

from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.motion.clip import clip_from_bytes
from motionllm.requests import PeopleRequest, check_people

from ..scene import bake, space
from ..work import engine as engines
from ..work import jobs
from ..work.takes import parameters
from . import outcome
from .generate import bake_options, context_of, request_of


class MOTIONLLM_OT_people(bpy.types.Operator):
    """Make several people do together what the prompt says: the selected characters, and new ones
    where there are too few"""

    bl_idname = "motionllm.people"
    bl_label = "Generate People"
    # No UNDO here: the step is made when the motions arrive, see `jobs.push_undo`.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        return context.scene is not None and not jobs.busy()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Send the request; the motions are applied when they arrive."""
        with outcome.starting():
            people = context.scene.motionllm.people
            wanted = check_people(PeopleRequest(request_of(context), people))
            found = space.chosen(context)[:people]
            for armature in found:
                space.home_of(armature, context)  # better now than after the wait
            pending = engines.client(context).request(
                "generate",
                parameters(wanted.request) | {"people": people} | engines.pack_parameter(context),
            )
            names, scene = [armature.name for armature in found], context.scene.name
            jobs.begin("Generating", pending, lambda result: _apply(result, names, scene))
        return outcome.follow_job(self)


def _apply(result: object, names: list[str], scene_name: str) -> None:
    """Write the motions that have arrived; the scene may have changed meanwhile."""
    clips = clips_of(result)
    scene = scene_called(scene_name)
    settings = scene.motionllm
    with context_of(scene):
        armatures = space.fill_up(
            [armature_called(name) for name in names], len(clips), bpy.context
        )
        source = space.home_of(armatures[0], bpy.context)
        start = scene.frame_current if settings.start == "CURRENT" else scene.frame_start
        written = space.write(
            clips, armatures, source, scene, start, provenance(result), people_options(settings)
        )
    if settings.new_seed:
        settings.seed = (settings.seed + 1) % (2**31 - 1)
    tell(result, clips, written, armatures)
    jobs.push_undo(f"MotionLLM: {written[0].name}")


def clips_of(result: object) -> list:
    """Return the clips of the engine's answer.

    Raises:
        MotionError: "protocol", if there are none.
    """
    if not isinstance(result, dict) or not result.get("clips"):
        raise MotionError("protocol", "The engine's answer holds no motion.")
    return [clip_from_bytes(protocol.unpack_bytes(text)) for text in result["clips"]]


def scene_called(name: str) -> bpy.types.Scene:
    """Return a scene by name.

    Raises:
        MotionError: "no_rig", if it is gone.
    """
    scene = bpy.data.scenes.get(name)
    if scene is None:
        raise MotionError("no_rig", f"The scene {name!r} was removed meanwhile.")
    return scene


def armature_called(name: str) -> bpy.types.Object:
    """Return a character by name.

    Raises:
        MotionError: "no_rig", if it is gone.
    """
    armature = bpy.data.objects.get(name)
    if armature is None or armature.type != "ARMATURE":
        raise MotionError("no_rig", f"The character {name!r} was removed meanwhile.")
    return armature


def provenance(result: dict) -> dict[str, object]:
    """Return custom properties for the actions: the engine, and how the people came together."""
    engine = f"{result.get('engine', '')} {result.get('device', '')}".strip()
    return {"engine": engine, "people": str(result.get("how", ""))}


def people_options(settings: bpy.types.PropertyGroup) -> bake.Options:
    """Return how to write motions that share a space: in place they would not."""
    options = bake_options(settings)
    if options.root_motion == "IN_PLACE":
        options = dataclasses.replace(options, root_motion="AS_IS")
    return options


def tell(result: dict, clips: list, written: list, armatures: list) -> None:
    """Say in the panel what was made."""
    jobs.status.message = written[0].name
    took = result.get("took")
    jobs.status.details = [
        str(result.get("why", "")),
        f"{clips[-1].seconds:.1f} s on {', '.join(armature.name for armature in armatures)}"
        + (f", made in {took:.1f} s" if isinstance(took, (int, float)) else ""),
        f"Pack {clips[-1].pack}: {clips[-1].licence}",
        *filter(None, result.get("warnings", [])),
        *dict.fromkeys(
            note for action in written for note in action.get("motionllm_notes", "").splitlines()
        ),
    ]
