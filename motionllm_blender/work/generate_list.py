"""Every prompt of the list as an action of one character. May import bpy, motionllm, the scene."""

from dataclasses import dataclass, replace

import bpy

from motionllm.motion.clip import Clip
from motionllm.motion.loop import close
from motionllm.requests import GenerateRequest, loop_request

from ..scene import bake, loops, ready, rigs
from ..scene.ids import Ref, find_armature, find_scene, remember
from ..scene.target import find_target
from . import engine, jobs, resume, rows, settings
from .list_run import ListRun
from .status import status


@dataclass
class _List:
    """The prompts that have not been written yet, by row, and for whom they are."""

    left: dict[int, GenerateRequest]
    scene: Ref
    character: Ref
    loop: bool


def begin(context: bpy.types.Context) -> None:
    """Ask for the motions; each is written when it arrives.

    Raises:
        MotionError: nothing can be sent, or another job runs.
    """
    work = _read_list(context)
    resume.keep(lambda now: _begin(now, work), lambda: bool(work.left))
    _begin(context, work)


def _read_list(context: bpy.types.Context) -> _List:
    panel = context.scene.motionllm
    ready.check_scene(context.scene)
    armature = find_target(context)
    ready.check_ready(armature)
    rigs.match(armature, rigs.read_rig(armature))  # better now than after the wait
    lines = settings.lines_of(context)
    seconds = panel.seconds if panel.use_seconds else None
    requests = {
        row: replace(
            line.request,
            seconds=line.request.seconds if line.own_seconds else seconds,
            seed=line.request.seed if line.own_seed else panel.seed + row,
        )
        for row, line in enumerate(lines)
    }
    rows.fill([(armature.name, line.request.text) for line in lines])
    return _List(requests, remember(context.scene), remember(armature), panel.loop)


def _begin(context: bpy.types.Context, work: _List) -> None:
    client, pack = engine.client(), engine.pack_parameter(context)
    requests = {
        row: loop_request(request) if work.loop else request for row, request in work.left.items()
    }
    run = ListRun(
        requests, lambda values: client.request("generate", values | pack),
        lambda row, clip: _apply(row, clip, work),
    )  # fmt: skip
    jobs.begin("Generating the list", run, lambda written: _show(written, work))


def _apply(row: int, clip: Clip, work: _List) -> bpy.types.Action:
    scene, armature = find_scene(work.scene), find_armature(work.character)
    write = bake.bake
    if work.loop:
        clip, write = close(clip, work.left[row].seconds), loops.bake_loop
    options = settings.bake_options(scene.motionllm)
    action = write(clip, armature, scene, settings.first_frame(scene), options=options)
    action.use_fake_user = True  # the next one takes its place on the character
    scene.frame_end = max(scene.frame_end, int(action.frame_end))
    del work.left[row]
    return action


def _show(written: object, work: _List) -> None:
    status.message = f"{written} actions on {find_armature(work.character).name}"
    failed = rows.count("FAILED")
    if failed:
        status.details = [f"{failed} failed: the queue says why. Resume tries them again."]
