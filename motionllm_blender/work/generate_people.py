"""One sentence into the motions of several people. May import bpy, motionllm and the scene."""

import bpy

from motionllm.motion.clip import Clip
from motionllm.requests import PeopleRequest, check_people

from ..scene import bake, place, ready, space
from ..scene.ids import find_scene, remember
from ..scene.target import chosen
from . import engine, jobs, settings, whom
from .answers import Made, read_answer
from .status import status
from .undo import context_of, push_undo


def begin(context: bpy.types.Context) -> None:
    """Send what the panel asks for; the motions are written when they arrive.

    Raises:
        MotionError: nothing can be sent, or another job runs.
    """
    people = context.scene.motionllm.people
    wanted = check_people(PeopleRequest(settings.request_of(context), people))
    found = _ready(context, people)
    pending = engine.client().request(
        "generate",
        wanted.to_table() | engine.pack_parameter(context),
    )
    asked, refs = remember(context.scene), whom.remembered(found)
    start, options = _how(context.scene)

    def finish(result: object) -> None:
        there = find_scene(asked)
        _apply(result, there, whom.found_again(refs)[0], start, options)

    def again(result: object, now: bpy.types.Context) -> None:
        _apply(result, now.scene, _ready(now, people), *_how(now.scene))

    jobs.begin("Generating", pending, finish, again)


def _how(scene: bpy.types.Scene) -> tuple[int, bake.Options]:
    """Return the frame at which the panel lets motions begin, and how it says to write them."""
    return settings.first_frame(scene), settings.shared_options(scene.motionllm)


def _ready(context: bpy.types.Context, people: int) -> list[bpy.types.Object]:
    """Return the chosen characters, so many at most, all of which can be animated."""
    ready.check_scene(context.scene)
    found = chosen(context)[:people]
    for armature in found:
        ready.check_ready(armature)  # better now than after the wait
        space.upright_home(armature, context)
    return found


def _apply(
    result: object, scene: bpy.types.Scene, found: list[bpy.types.Object], start: int,
    options: bake.Options,
) -> None:  # fmt: skip
    """Write the motions that have arrived; who is missing is added."""
    made = read_answer(result)
    with context_of(scene):
        armatures = space.fill_up(found, len(made.clips), bpy.context)
        with place.at_frame(scene, start):
            source = space.upright_home(armatures[0], bpy.context)
        written = space.write(
            made.clips, armatures, source, scene, start, provenance(made), options
        )
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
