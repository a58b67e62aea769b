"""The partner of a character that is animated already. May import bpy, motionllm and the scene."""

import bpy
import numpy as np

from motionllm.link import protocol
from motionllm.motion.clip import clip_to_bytes
from motionllm.motion.root import placed, put_to, roots_of

from ..scene import motions, place, read, ready, space
from ..scene.ids import Ref, find_armature, find_scene, remember
from ..scene.target import chosen
from . import engine, jobs, settings, whom
from .answers import read_answer
from .generate_people import provenance, tell
from .undo import context_of, push_undo


def begin(context: bpy.types.Context) -> None:
    """Read the active character's motion and send it; the partner's is written when it arrives.

    Raises:
        MotionError: nothing can be sent, or another job runs.
    """
    leader, *others = chosen(context)
    ready.check_scene(context.scene)
    motion = motions.of_character(leader, context.scene)
    with place.at_frame(context.scene, motion.start):
        source = space.upright_home(leader, context)
    for armature in others[:1]:
        ready.check_ready(armature)
        space.upright_home(armature, context)
    with motions.wearing(leader, motion):
        clip, root = read.read_with_root(leader, context, motion.start, motion.end)
    pending = engine.client().request(
        "generate",
        settings.request_of(context).to_table()
        | {"leader": protocol.pack_bytes(clip_to_bytes(clip))}
        | engine.pack_parameter(context),
    )
    refs = whom.remembered([leader, *others[:1]])
    scene = remember(context.scene)

    def finish(result: object) -> None:
        _apply(result, refs, scene, source, root, motion.start)

    jobs.begin("Generating", pending, finish)


def _apply(
    result: object, refs: list[Ref], asked: Ref, source: space.Home, root: np.ndarray,
    start: int,
) -> None:  # fmt: skip
    """Write the partner's motion, where the leader's has it.

    Args:
        refs: the leader and, where one was chosen, the partner.
        asked: the scene.
        source: where the leader stands.
        root: (3,) of the leader's first frame, in its own space.
        start: first frame of the leader's motion.
    """
    made = read_answer(result)
    scene = find_scene(asked)
    # The leader was sent from the origin: back to where its motion begins.
    clip = made.clips[-1]
    clip = placed(clip, put_to(root, roots_of(clip)[0]))
    with context_of(scene):
        found = [find_armature(ref) for ref in refs]
        partner = space.fill_up(found, 2, bpy.context)[1:]
        written = space.write(
            [clip], partner, source, scene, start, provenance(made),
            settings.shared_options(scene.motionllm),
        )  # fmt: skip
    tell(made, clip, written, partner)
    push_undo(f"MotionLLM: {written[0].name}")
