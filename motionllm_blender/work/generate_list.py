"""Every prompt of the list on one character: an action each, or one after the other in one.

May import bpy, motionllm, the scene.
"""

from dataclasses import dataclass, field, replace

import bpy

from motionllm.errors import MotionError
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.motion.loop import close
from motionllm.requests import GenerateRequest, loop_request

from ..scene import bake, loops, read, ready, rigs
from ..scene.ids import Ref, find_armature, find_scene, remember
from ..scene.target import find_target
from . import engine, jobs, resume, rows, settings
from .asked import Asked, Wish, missed
from .list_run import ListRun
from .status import status


@dataclass
class _List:
    """The prompts that have not been written yet, by row, and for whom they are.

    Attributes:
        sequence: all go into one action, each where the one before ends.
        pack: the messages' parameter.
        clips: of a sequence, what has come so far, by row.
    """

    left: dict[int, GenerateRequest]
    scene: Ref
    character: Ref
    loop: bool
    sequence: bool
    clips: dict[int, Clip] = field(default_factory=dict)
    pack: dict[str, str] = field(default_factory=dict)


def begin(context: bpy.types.Context) -> None:
    """Ask for the motions; each is written when it arrives, a sequence when all have.

    A prompt that is of no use is told of in the queue, and the others go on.

    Raises:
        MotionError: nothing can be sent, or another job runs.
    """
    work = _read_list(context)
    resume.keep(lambda now: _begin(now, work), lambda: bool(work.left))
    _begin(context, work)


def _read_list(context: bpy.types.Context) -> _List:
    scene, panel = context.scene, context.scene.motionllm
    ready.check_scene(scene)
    armature = find_target(context)
    ready.check_ready(armature)
    rigs.match(armature, rigs.read_rig(armature))  # better now than after the wait
    lines = settings.read_lines(context)
    seconds = panel.seconds if panel.use_seconds else None
    requests = {
        row: replace(
            line.request,
            seconds=line.request.seconds if line.own_seconds else seconds,
            seed=line.request.seed if line.own_seed else panel.seed + row,
        )
        for row, line in enumerate(lines) if not isinstance(line, MotionError)
    }  # fmt: skip
    if not requests:
        raise next(line for line in lines if isinstance(line, MotionError))
    texts = [row.text for row in scene.motionllm_crowd.prompts]
    rows.fill([(armature.name, text) for text in texts])
    for row, line in enumerate(lines):
        if isinstance(line, MotionError):
            rows.fail(row, line)
    sequence = scene.motionllm_crowd.in_sequence
    loop = panel.loop and not sequence
    return _List(requests, remember(scene), remember(armature), loop, sequence)


def _begin(context: bpy.types.Context, work: _List) -> None:
    client, work.pack = engine.client(), engine.pack_parameter(context)
    requests = {
        row: loop_request(request) if work.loop else request
        for row, request in work.left.items() if row not in work.clips
    }  # fmt: skip
    run = ListRun(
        requests, lambda values: client.request("generate", values | work.pack),
        lambda row, clip: (_keep if work.sequence else _write)(row, clip, work),
        (lambda: _write_sequence(work)) if work.sequence else None,
    )  # fmt: skip
    jobs.begin("Generating the list", run, lambda written: _show(written, work))


def _write(row: int, clip: Clip, work: _List) -> None:
    scene, armature = find_scene(work.scene), find_armature(work.character)
    request = work.left[row]
    wish = Wish(_options(scene), settings.first_frame(scene), work.loop, request.seconds)
    write = bake.bake
    if work.loop:
        clip, write = close(clip, request.seconds), loops.bake_loop
        request = loop_request(request)
    action = write(clip, armature, scene, wish.start, options=wish.options)
    action.use_fake_user = True  # the next one takes its place on the character
    scene.frame_end = max(scene.frame_end, int(action.frame_end))
    rows.done(row, armature, action, int(action.frame_start), clip.ticks)
    take = missed(Asked(request, wish, work.pack, ""), scene, armature, action, row)
    rows.keep_missed(row, take)
    del work.left[row]


def _keep(row: int, clip: Clip, work: _List) -> None:
    work.clips[row] = clip
    rows.set_state(row, "PLACING")


def _write_sequence(work: _List) -> None:
    """Write what has come as one action, in the list's order, with a marker where each begins."""
    from motionllm.motion.join import join

    if not work.clips:
        return
    scene, armature = find_scene(work.scene), find_armature(work.character)
    parts = dict(sorted(work.clips.items()))
    clips = [clip.at_rate(FPS) for clip in parts.values()]
    first = clips[0]
    texts = ", then ".join(clip.text for clip in clips)
    whole = join(clips).labelled(texts, first.seed, first.pack, first.licence)
    action = bake.bake(
        whole, armature, scene, settings.first_frame(scene), options=_options(scene)
    )  # fmt: skip
    action.use_fake_user = True
    scene.frame_end = max(scene.frame_end, int(action.frame_end))
    at, rate = 0.0, read.scene_fps(scene) / FPS
    for row, clip in zip(parts, clips, strict=True):
        frame = int(action.frame_start) + round(at * rate)
        marker = action.pose_markers.new(clip.text[:60])
        marker.frame = frame
        rows.done(row, armature, action, frame, clip.ticks)
        work.left.pop(row, None)
        at += clip.frames


def _options(scene: bpy.types.Scene) -> bake.Options:
    return settings.bake_options(scene.motionllm)


def _show(written: object, work: _List) -> None:
    failed = rows.count("FAILED")
    name = find_armature(work.character).name
    if work.sequence:
        status.message = f"One action of {len(work.clips)} motions on {name}"
        if find_scene(work.scene).motionllm.loop:
            status.details.append("A sequence is not repeated: Seamless loop was left out.")
    else:
        status.message = f"{written} actions on {name}"
    if told := rows.told():
        status.details.append(told)
    if failed:
        status.details.append(f"{failed} failed: the queue says why. Resume tries them again.")
