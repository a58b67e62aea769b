"""Operator: every prompt of the list as an action of the character."""

from dataclasses import dataclass, replace

import bpy

from motionllm.errors import MotionError
from motionllm.motion import loop as loops
from motionllm.motion.clip import Clip
from motionllm.requests import GenerateRequest, request_for

from ..scene import bake, rigs
from ..scene import loops as cycles
from ..work import engine, jobs, resume, rows
from ..work.list_run import QueueRun
from . import outcome
from .generate import bake_options
from .prompt_list import lines_of


class MOTIONLLM_OT_queue(bpy.types.Operator):
    """Make an action of the character for every prompt of the list"""

    bl_idname = "motionllm.queue"
    bl_label = "Generate List"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        return context.scene is not None and not jobs.busy()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask for the motions; each is written when it arrives."""
        with outcome.starting():
            work = _read_list(context)
            resume.keep(lambda now: _begin(now, work), lambda: bool(work.left))
            _begin(context, work)
        return outcome.follow_job(self)


@dataclass
class _List:
    """The prompts that have not been written yet, by row, and for whom they are."""

    left: dict[int, GenerateRequest]
    scene: str
    character: str
    loop: bool


def _read_list(context: bpy.types.Context) -> _List:
    settings = context.scene.motionllm
    armature = rigs.find_target(context)
    rigs.match(armature, rigs.read_rig(armature))  # better now than after the wait
    lines = lines_of(context)
    seconds = settings.seconds if settings.use_seconds else None
    requests = {
        row: replace(
            line.request,
            seconds=line.request.seconds if line.own_seconds else seconds,
            seed=line.request.seed if line.own_seed else settings.seed + row,
        )
        for row, line in enumerate(lines)
    }
    rows.fill([(armature.name, line.request.text) for line in lines])
    return _List(requests, context.scene.name, armature.name, settings.loop)


def _begin(context: bpy.types.Context, work: _List) -> None:
    client, pack = engine.client(context), engine.pack_parameter(context)
    requests = {
        row: request_for(request) if work.loop else request for row, request in work.left.items()
    }
    run = QueueRun(
        requests, lambda values: client.request("generate", values | pack),
        lambda row, clip: _apply(row, clip, work),
    )  # fmt: skip
    jobs.begin("Generating the list", run, lambda written: _show(written, work))


def _apply(row: int, clip: Clip, work: _List) -> bpy.types.Action:
    scene, armature = bpy.data.scenes.get(work.scene), bpy.data.objects.get(work.character)
    if scene is None or armature is None or armature.type != "ARMATURE":
        raise MotionError("no_rig", f"The character {work.character!r} was removed meanwhile.")
    settings = scene.motionllm
    start = scene.frame_current if settings.start == "CURRENT" else scene.frame_start
    write = bake.bake
    if work.loop:
        clip, write = loops.close(clip, work.left[row].seconds), cycles.bake_loop
    action = write(clip, armature, scene, start, options=bake_options(settings))
    action.use_fake_user = True  # the next one takes its place on the character
    scene.frame_end = max(scene.frame_end, int(action.frame_end))
    del work.left[row]
    return action


def _show(written: object, work: _List) -> None:
    jobs.status.message = f"{written} actions on {work.character}"
    failed = rows.count("FAILED")
    if failed:
        jobs.status.details = [f"{failed} failed: the queue says why. Resume tries them again."]
