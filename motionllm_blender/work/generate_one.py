"""A sentence into an action of the chosen characters. May import bpy, motionllm and the scene."""

from dataclasses import dataclass

import bpy

from motionllm.judge.clause import Verdict
from motionllm.motion.clip import Clip
from motionllm.motion.loop import close
from motionllm.requests import loop_request

from ..scene import bake, character, loops
from ..scene.free_place import free_place
from ..scene.ids import find_scene, remember
from . import engine, jobs, same_take, settings, whom
from .answers import read_answer
from .status import status
from .undo import context_of, push_undo


@dataclass(frozen=True)
class Wish:
    """How the panel said to write the motion when it was asked for.

    Attributes:
        start: the frame it begins at.
        loop: make it a loop, of so many seconds where they are given.
    """

    options: bake.Options
    start: int
    loop: bool
    seconds: float | None


def begin(context: bpy.types.Context) -> None:
    """Send what the panel asks for; the motion is written when it arrives.

    Raises:
        MotionError: nothing can be sent, or another job runs.
    """
    scene, armatures = context.scene, whom.ready_targets(context)
    key = same_take.key_of(context, armatures[0] if len(armatures) == 1 else None)
    request = settings.request_of(context)
    wish = wish_of(scene, request.seconds)
    if wish.loop:
        request = loop_request(request)
    pending = engine.client().request(
        "generate", request.to_table() | engine.pack_parameter(context)
    )
    asked, refs = remember(scene), whom.remembered(armatures)

    def finish(result: object) -> None:
        there = find_scene(asked)
        found, lost = whom.found_again(refs)
        apply(result, there, found, wish, lost, key)

    def again(result: object, now: bpy.types.Context) -> None:
        found = whom.ready_targets(now)
        apply(result, now.scene, found, wish_of(now.scene, wish.seconds, wish.loop), [])

    jobs.begin("Generating", pending, finish, again)


def wish_of(scene: bpy.types.Scene, seconds: float | None = None, loop: bool | None = None) -> Wish:
    """Return how the panel says to write a motion now.

    Args:
        seconds: of a loop.
        loop: whether it is one; absent: as the panel says.
    """
    panel = scene.motionllm
    loop = panel.loop if loop is None else loop
    return Wish(settings.bake_options(panel), settings.first_frame(scene), loop, seconds)


def apply(
    result: object, scene: bpy.types.Scene, armatures: list[bpy.types.Object], wish: Wish,
    notes: list[str], key: str = "",
) -> None:  # fmt: skip
    """Write the motion that has arrived, the same to each character; without any one is added.

    Args:
        notes: further sentences for the panel.
        key: from what it was made, see `same_take`.

    Raises:
        MotionError: the answer is no clip, or it cannot be written.
    """
    made = read_answer(result)
    clip = close(made.clips[0], wish.seconds) if wish.loop else made.clips[0]
    if not armatures:
        with context_of(scene):
            place = free_place(bpy.context)
            armatures = [character.add_character(bpy.context, place=place)]
    known: dict[str, object] = {"engine": made.engine}
    if key:
        known["asked"] = key
    write = loops.bake_loop if wish.loop else bake.bake
    actions = [
        write(clip, armature, scene, wish.start, known, wish.options) for armature in armatures
    ]
    scene.frame_end = max([scene.frame_end, *(int(action.frame_end) for action in actions)])
    settings.count_seed_up(scene.motionllm)
    status.message = actions[0].name
    notes = notes + made.warnings
    for action in actions:
        notes += action.get("motionllm_notes", "").splitlines()
    verdict = Verdict.from_json(clip.ticks)
    status.details = [
        *([verdict.told() + verdict.left_out()] if verdict.ticks else []),
        *([f"A recording: {clip.source}"] if clip.source else []),
        _summary(clip, armatures, made.took, made.engine),
        f"Pack {clip.pack}: {clip.licence}",
        *dict.fromkeys(notes),
    ]
    push_undo(f"MotionLLM: {actions[0].name}")


def _summary(
    clip: Clip, armatures: list[bpy.types.Object], took: float | None, engine_name: str
) -> str:
    names = ", ".join(armature.name for armature in armatures)
    how = f", made in {took:.1f} s ({engine_name})" if took is not None else ""
    return f"{clip.seconds:.1f} s on {names}, seed {clip.seed}{how}"
