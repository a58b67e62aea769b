"""A sentence into an action of the chosen characters. May import bpy, motionllm and the scene."""

from dataclasses import replace

import bpy

from motionllm.judge.clause import Verdict
from motionllm.motion.clip import Clip
from motionllm.motion.loop import close

from ..scene import bake, character, loops
from ..scene.free_place import free_place
from ..scene.ids import find_scene, remember
from . import engine, jobs, same_take, settings, whom
from .answers import Made, read_answer
from .asked import Asked, asked_of, missed, wish_of
from .status import status
from .undo import context_of, push_undo


def begin(context: bpy.types.Context) -> None:
    """Send what the panel asks for; the motion is written when it arrives.

    Raises:
        MotionError: nothing can be sent, or another job runs.
    """
    scene, armatures = context.scene, whom.ready_targets(context)
    key = same_take.key_of(context, armatures[0] if len(armatures) == 1 else None)
    asked = asked_of(context, key)
    pending = engine.client().request("generate", asked.request.to_table() | asked.pack)
    there, refs = remember(scene), whom.remembered(armatures)

    def finish(result: object) -> None:
        found, lost = whom.found_again(refs)
        apply(result, find_scene(there), found, asked, lost)

    def again(result: object, now: bpy.types.Context) -> None:
        wish = wish_of(now.scene, asked.wish.seconds, asked.wish.loop)
        apply(result, now.scene, whom.ready_targets(now), replace(asked, wish=wish, key=""), [])

    jobs.begin("Generating", pending, finish, again)


def apply(
    result: object, scene: bpy.types.Scene, armatures: list[bpy.types.Object], asked: Asked,
    notes: list[str],
) -> None:  # fmt: skip
    """Write the motion that has arrived, the same to each character; without any one is added.

    Args:
        notes: further sentences for the panel.

    Raises:
        MotionError: the answer is no clip, or it cannot be written.
    """
    made = read_answer(result)
    if not armatures:
        with context_of(scene):
            place = free_place(bpy.context)
            armatures = [character.add_character(bpy.context, place=place)]
    write(made, scene, armatures, asked, notes)
    settings.count_seed_up(scene.motionllm)


def write(
    made: Made, scene: bpy.types.Scene, armatures: list[bpy.types.Object], asked: Asked,
    notes: list[str],
) -> list[bpy.types.Action]:  # fmt: skip
    """Write the motion that was made, and show it in the panel; one undo step.

    Returns:
        An action for each character.

    Raises:
        MotionError: it cannot be written.
    """
    wish = asked.wish
    clip = close(made.clips[0], wish.seconds) if wish.loop else made.clips[0]
    known: dict[str, object] = {"engine": made.engine}
    if asked.key:
        known["asked"] = asked.key
    bake_ = loops.bake_loop if wish.loop else bake.bake
    actions = [
        bake_(clip, armature, scene, wish.start, known, wish.options) for armature in armatures
    ]
    scene.frame_end = max([scene.frame_end, *(int(action.frame_end) for action in actions)])
    status.message = actions[0].name
    notes = notes + made.warnings
    for action in actions:
        notes += action.get("motionllm_notes", "").splitlines()
    status.verdict = Verdict.from_json(clip.ticks)
    status.details = [
        *([f"A recording: {clip.source}"] if clip.source else []),
        _summary(clip, armatures, made.took, made.engine),
        f"Pack {clip.pack}: {clip.licence}",
        *dict.fromkeys(notes),
    ]
    if len(armatures) == 1:
        status.missed = missed(asked, scene, armatures[0], actions[0])
    push_undo(f"MotionLLM: {actions[0].name}")
    return actions


def _summary(
    clip: Clip, armatures: list[bpy.types.Object], took: float | None, engine_name: str
) -> str:
    names = ", ".join(armature.name for armature in armatures)
    how = f", made in {took:.1f} s ({engine_name})" if took is not None else ""
    return f"{clip.seconds:.1f} s on {names}, seed {clip.seed}{how}"
