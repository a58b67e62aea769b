"""One sentence into the motions of several people. May import bpy, motionllm and the scene."""

import bpy

from motionllm.motion.clip import Clip
from motionllm.requests import PeopleRequest, check_people

from ..scene import space, state
from ..scene.target import chosen
from . import engine, jobs, settings
from .answers import Made, armature_called, read_answer, scene_called
from .status import status
from .undo import context_of, push_undo


def begin(context: bpy.types.Context) -> None:
    """Send what the panel asks for; the motions are written when they arrive.

    Raises:
        MotionError: nothing can be sent, or another job runs.
    """
    people = context.scene.motionllm.people
    wanted = check_people(PeopleRequest(settings.request_of(context), people))
    found = chosen(context)[:people]
    for armature in found:
        state.check_ready(armature)  # better now than after the wait
        space.upright_home(armature, context)
    pending = engine.client().request(
        "generate",
        wanted.to_table() | engine.pack_parameter(context),
    )
    names, scene = [armature.name for armature in found], context.scene.name
    jobs.begin("Generating", pending, lambda result: _apply(result, names, scene))


def _apply(result: object, names: list[str], scene_name: str) -> None:
    """Write the motions that have arrived; the scene may have changed meanwhile."""
    made = read_answer(result)
    scene = scene_called(scene_name)
    with context_of(scene):
        armatures = space.fill_up(
            [armature_called(name) for name in names], len(made.clips), bpy.context
        )
        source = space.upright_home(armatures[0], bpy.context)
        written = space.write(
            made.clips, armatures, source, scene, settings.first_frame(scene), provenance(made),
            settings.shared_options(scene.motionllm),
        )  # fmt: skip
    settings.count_seed_up(scene.motionllm)
    tell(made, made.clips[-1], written, armatures)
    push_undo(f"MotionLLM: {written[0].name}")


def provenance(made: Made) -> dict[str, object]:
    """Return custom properties for the actions: the engine, and how the people came together."""
    return {"engine": made.engine, "people": made.how}


def tell(
    made: Made, clip: Clip, written: list[bpy.types.Action], armatures: list[bpy.types.Object]
) -> None:
    """Say in the panel what was made.

    Args:
        clip: one of those that were written.
        armatures: whom they were written to.
    """
    status.message = written[0].name
    status.details = [
        made.why,
        f"{clip.seconds:.1f} s on {', '.join(armature.name for armature in armatures)}"
        + (f", made in {made.took:.1f} s" if made.took is not None else ""),
        f"Pack {clip.pack}: {clip.licence}",
        *made.warnings,
        *dict.fromkeys(
            note for action in written for note in action.get("motionllm_notes", "").splitlines()
        ),
    ]
