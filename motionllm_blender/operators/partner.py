"""Operator: the partner of a character that is animated already."""

import bpy

from motionllm.link import protocol
from motionllm.motion.clip import clip_to_bytes
from motionllm.motion.root import placed, put_to, roots_of

from ..scene import read, space
from ..work import engine, jobs
from ..work.takes import parameters
from . import outcome
from .generate import context_of, request_of
from .people import armature_called, clips_of, people_options, provenance, scene_called, tell


class MOTIONLLM_OT_partner(bpy.types.Operator):
    """Make a partner for the active character's motion, as the prompt says: another selected
    character, or a new one"""

    bl_idname = "motionllm.partner"
    bl_label = "Generate Partner"
    # No UNDO here: the step is made when the motion arrives, see `jobs.push_undo`.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time, and somebody to answer to."""
        return not jobs.busy() and bool(space.chosen(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Read the character's motion and send it."""
        with outcome.starting():
            leader, *others = space.chosen(context)
            source = space.home_of(leader, context)
            for armature in others[:1]:
                space.home_of(armature, context)
            start, end = read.action_range(leader, context.scene)
            clip, root = read.read_with_root(leader, context, start, end)
            pending = engine.client(context).request(
                "generate",
                parameters(request_of(context))
                | {"leader": protocol.pack_bytes(clip_to_bytes(clip))}
                | engine.pack_parameter(context),
            )
            names = [armature.name for armature in (leader, *others[:1])]
            scene = context.scene.name

            def finish(result: object) -> None:
                _apply(result, names, scene, source, root, start)

            jobs.begin("Generating", pending, finish)
        return outcome.follow_job(self)


def _apply(
    result: object, names: list[str], scene_name: str, source: space.Home, root, start: int
) -> None:
    """Write the partner's motion, where the leader's has it.

    Args:
        names: of the leader and, where one was chosen, the partner.
    """
    clip = clips_of(result)[-1]
    scene = scene_called(scene_name)
    # The leader was sent from the origin: back to where its motion begins.
    clip = placed(clip, put_to(root, roots_of(clip)[0]))
    with context_of(scene):
        found = [armature_called(name) for name in names]
        partner = space.fill_up(found, 2, bpy.context)[1:]
        written = space.write(
            [clip], partner, source, scene, start, provenance(result),
            people_options(scene.motionllm),
        )  # fmt: skip
    tell(result, [clip], written, partner)
    jobs.push_undo(f"MotionLLM: {written[0].name}")
