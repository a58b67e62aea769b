"""What a take did not show of its sentence, drawn again. May import bpy, motionllm, the scene.

Further seeds are drawn, some at a time. A motion takes the take's place only if it shows all that
the take shows, and more. Each of them is what Generate makes of the same words with its seed.
"""

import json
from dataclasses import replace
from typing import Any

from motionllm.errors import MotionError
from motionllm.judge.clause import Verdict

from ..scene.ids import find_action, find_armature, find_scene
from . import engine, generate_one, jobs, rows
from .answers import Made, read_answer
from .asked import TICKS, Take, missed
from .status import status

SEEDS = 4  # drawn at a time
TRIED = "motionllm_tried"  # of an action: the last seed that was drawn to replace it


def begin(take: Take) -> None:
    """Ask for motions of further seeds; the best of them is written where it is better.

    Raises:
        MotionError: the take is gone, nothing can be sent, or another job runs.
    """
    action, asked = find_action(take.action), take.asked
    first = int(action.get(TRIED, asked.request.seed)) + 1
    values = replace(asked.request, seed=first).to_table() | asked.pack
    pending = engine.client().request("generate", values | {"count": SEEDS})
    jobs.begin("Drawing again", pending, lambda result: _apply(result, take, first))


def _apply(result: Any, take: Take, first: int) -> None:
    clips = read_answer(result).clips
    scene, armature = find_scene(take.scene), find_armature(take.character)
    action, asked = find_action(take.action), take.asked
    before = Verdict.from_json(action[TICKS])
    number = better([Verdict.from_json(clip.ticks) for clip in clips], before)
    if number is None:
        last = first + len(clips) - 1
        action[TRIED] = str(last)
        status.message = action.name
        status.details = [f"Nothing better was drawn with the seeds {first} to {last}."]
        status.verdict, status.missed = before, take
        return
    seed = clips[number].seed
    drawn = replace(
        asked, request=replace(asked.request, seed=seed), key=_with_seed(asked.key, seed)
    )
    (new,) = generate_one.write(_alone(result, number), scene, [armature], drawn, [])
    if take.row >= 0:
        new.use_fake_user = True  # as the list's other takes
        rows.done(take.row, armature, new, int(new.frame_start), clips[number].ticks)
        rows.keep_missed(take.row, missed(drawn, scene, armature, new, take.row))


def better(verdicts: list[Verdict], before: Verdict) -> int | None:
    """Return which of some motions shows most, of those that are better; None if none is."""
    found = [number for number, one in enumerate(verdicts) if one.improves(before)]
    return max(
        found, key=lambda number: (verdicts[number].shown, verdicts[number].degree), default=None
    )


def _alone(result: Any, number: int) -> Made:
    """Return one of the motions that an engine made, with its own warning."""
    one = slice(number, number + 1)
    lists = {name: result.get(name, [])[one] for name in ("clips", "warnings")}
    return read_answer(result | lists)


def _with_seed(key: str, seed: int) -> str:
    """Return what a take was made from, with another seed, see `same_take`."""
    if not key:
        return ""
    table = json.loads(key)
    table["request"]["seed"] = seed
    return json.dumps(table, sort_keys=True, ensure_ascii=False)


def needed(row: int, shown: Take | None) -> Take:
    """Return the take that lacks something: a row's of the queue, or with -1 the one shown.

    Raises:
        MotionError: code "bad_request", if there is none.
    """
    take = rows.missed(row) if row >= 0 else shown
    if take is None:
        raise MotionError("bad_request", "No take is shown here that lacks something.")
    return take
