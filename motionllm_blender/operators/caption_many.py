"""Operator: what every selected character, or every action of the file, does in words."""

import bpy

from motionllm.errors import MotionError

from ..work import caption_results, caption_sources, engine, jobs
from ..work.caption_results import Wishes
from ..work.caption_run import CaptionRun, Described
from . import outcome

SHOWN = 12  # sentences and failures in the panel


class MOTIONLLM_OT_caption_many(bpy.types.Operator):
    """Describe every selected character, or every action in the file"""

    bl_idname = "motionllm.caption_many"
    bl_label = "Describe All"
    # No UNDO here: the step is made when the sentences have come, see `jobs.push_undo`.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        return context.scene is not None and not jobs.busy()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin to read and to ask; the words are put in place when all have come."""
        settings, scene = context.scene.motionllm_captions, context.scene.name
        with outcome.starting():
            all_actions = settings.source == "ACTIONS"
            find = caption_sources.all_actions if all_actions else caption_sources.selected
            sources, failures = find(context)
            if not sources:
                raise next(iter(failures.values()))
            client, pack = engine.client(context), engine.pack_parameter(context)
            run = CaptionRun(
                sources, failures, settings.piecewise or settings.to_markers,
                lambda values: client.request("caption", values | pack),
            )  # fmt: skip
            wishes = _wishes(settings)
            jobs.begin("Describing", run, lambda described: _finish(described, wishes, scene))
        return outcome.follow_job(self)


def _wishes(settings: bpy.types.PropertyGroup) -> Wishes:
    return Wishes(
        settings.to_properties, settings.to_names, settings.to_assets, settings.to_markers,
        settings.csv_path,
    )  # fmt: skip


def _finish(described: Described, wishes: Wishes, scene_name: str) -> None:
    """Put the words in place as one undo step, and tell of those that have none.

    Raises:
        MotionError: what stopped the run, or kept the table from being written.
    """
    scene = bpy.data.scenes.get(scene_name)
    if scene is None:
        raise MotionError("no_rig", f"The scene {scene_name!r} was removed meanwhile.")
    if described.stopped is None and not described.pieces:
        raise next(iter(described.failures.values()))
    problem, sentences = described.stopped, {}
    try:
        sentences = caption_results.apply(described, wishes, scene)
    except MotionError as error:
        problem = problem or error
    if described.pieces:
        jobs.push_undo("MotionLLM: Describe All")
    count = len(described.pieces)
    lines = [f"{name}: {error}" for name, error in described.failures.items()]
    lines += [f"{name}: {sentence}" for name, sentence in sentences.items()]
    if len(lines) > SHOWN:
        lines[SHOWN:] = [f"... and {len(lines) - SHOWN} more"]
    if problem is not None:
        told = f"{problem.hint} {count} were described.".strip() if count else problem.hint
        raise MotionError(problem.code, problem.message, told)
    failed = f", {len(described.failures)} could not be" if described.failures else ""
    jobs.status.message = f"{count} described{failed}"
    jobs.status.details = lines
