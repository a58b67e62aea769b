"""What every selected character, or every action of the file, does in words. May import bpy."""

import bpy

from motionllm.errors import MotionError

from ..scene.ids import Ref, find_scene, remember
from . import caption_results, caption_sources, engine, jobs, paths
from .caption_results import Wishes
from .caption_run import CaptionRun, Described
from .status import status
from .undo import push_undo

SHOWN = 12  # sentences and failures in the panel


def begin(context: bpy.types.Context) -> None:
    """Begin to read and to ask; the words are put in place when all have come.

    Raises:
        MotionError: there is nothing to describe, nothing can be sent, or another job runs.
    """
    settings, scene = context.scene.motionllm_captions, remember(context.scene)
    all_actions = settings.source == "ACTIONS"
    if settings.csv_path:
        paths.absolute(settings.csv_path)  # better said now than when all are described
    find = caption_sources.all_actions if all_actions else caption_sources.selected
    sources, failures = find(context)
    if not sources:
        raise next(iter(failures.values()))
    client, pack = engine.client(), engine.pack_parameter(context)
    run = CaptionRun(
        sources, failures, settings.piecewise or settings.to_markers,
        lambda values: client.request("caption", values | pack),
    )  # fmt: skip
    wishes = _wishes(settings)
    jobs.begin("Describing", run, lambda _: finish(run.described, wishes, scene))


def _wishes(settings: bpy.types.PropertyGroup) -> Wishes:
    return Wishes(
        settings.to_properties, settings.to_names, settings.to_assets, settings.to_markers,
        settings.csv_path,
    )  # fmt: skip


def finish(described: Described, wishes: Wishes, asked: Ref) -> None:
    """Put the words in place as one undo step, and tell of those that have none.

    Raises:
        MotionError: what stopped the run, or kept the table from being written.
    """
    scene = find_scene(asked)
    if described.stopped is None and not described.pieces:
        raise next(iter(described.failures.values()))
    problem, sentences = described.stopped, {}
    try:
        sentences = caption_results.apply(described, wishes, scene)
    except MotionError as error:
        problem = problem or error
    if described.pieces:
        push_undo("MotionLLM: Describe All")
    count = len(described.pieces)
    lines = [f"{name}: {error}" for name, error in described.failures.items()]
    lines += [f"{name}: {sentence}" for name, sentence in sentences.items()]
    lines += [motion.note for motion in described.pieces if motion.note]
    if len(lines) > SHOWN:
        lines[SHOWN:] = [f"... and {len(lines) - SHOWN} more"]
    if problem is not None:
        told = f"{problem.hint} {count} were described.".strip() if count else problem.hint
        raise MotionError(problem.code, problem.message, told)
    failed = f", {len(described.failures)} could not be" if described.failures else ""
    status.message = f"{count} described{failed}"
    status.details = lines
