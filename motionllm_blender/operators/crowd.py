"""Operator: fill the scene with a crowd."""

from dataclasses import replace

import bpy
import numpy as np

from motionllm.batch.prompt_list import Line
from motionllm.crowd import cast
from motionllm.crowd.area import Area
from motionllm.crowd.members import Rules
from motionllm.errors import MotionError
from motionllm.motion.features import FPS
from motionllm.requests import MAX_SECONDS

from ..scene import crowd as crowd_scene
from ..scene import joints, read, rigs
from ..work import engine, jobs, resume
from ..work import rows as queue_rows
from ..work.crowd_run import Crowd, CrowdRun, Person
from . import generate, outcome
from .prompt_list import lines_of


class MOTIONLLM_OT_crowd(bpy.types.Operator):
    """Give every character of the crowd a motion and a place: all inside the area, none too near"""

    bl_idname = "motionllm.crowd"
    bl_label = "Make Crowd"
    # No UNDO here: the step is made when the crowd stands, see `jobs.push_undo`.
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        return context.scene is not None and not jobs.busy()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask for the motions; they are placed and written when they are there."""
        with outcome.starting():
            crowd = _read_crowd(context)
            resume.keep(lambda now: _begin(now, crowd), lambda: bool(crowd.left))
            _begin(context, crowd)
        return outcome.follow_job(self)


def _begin(context: bpy.types.Context, crowd: Crowd) -> None:
    client, pack = engine.client(context), engine.pack_parameter(context)
    run = CrowdRun(crowd, lambda values: client.request("generate", values | pack))
    jobs.begin("Making the crowd", run, _show)


def _read_crowd(context: bpy.types.Context) -> Crowd:
    scene, settings, panel = context.scene, context.scene.motionllm_crowd, context.scene.motionllm
    if settings.area is not None:
        area, floor = crowd_scene.read_area(settings.area)
    else:
        area, floor = crowd_scene.rectangle_around(scene, settings.width, settings.depth)
    people, problems = _read_people(context, area)
    if not people:
        raise problems[0][1] if problems else _nobody(settings.who)
    lines = lines_of(context) if settings.use_list else [Line(generate.request_of(context))]
    start = scene.frame_current if panel.start == "CURRENT" else scene.frame_start
    seconds = _seconds(scene, start)
    requests, roles = cast.cast(
        lines, len(people), seconds, settings.seed, settings.loop,
        settings.takes if settings.share else 0,
    )  # fmt: skip
    for person, role in zip(people, roles, strict=True):
        person.role = role
    rows = [(person.name or "New", requests[person.role.take].text) for person in people]
    queue_rows.fill(rows + [(name, "") for name, _ in problems])
    for number, (_, error) in enumerate(problems, start=len(people)):
        queue_rows.fail(number, error)
    options = generate.bake_options(panel)
    if options.root_motion == "IN_PLACE":  # they would not go where there is room for them
        options = replace(options, root_motion="AS_IS")
    rules = _rules(settings, area, seconds)
    names = {person.name for person in people}
    others = joints.read_others(scene, names, start, rules.frames)
    return Crowd(scene.name, people, requests, rules, floor, start, options, others)


def _seconds(scene: bpy.types.Scene, start: int) -> float:
    """Return how long the crowd moves.

    Raises:
        MotionError: "bad_request", if the scene's end is not within a minute behind the start.
    """
    settings = scene.motionllm_crowd
    if not settings.to_end:
        return settings.seconds
    seconds = (scene.frame_end - start + 1) / read.scene_fps(scene)
    if not 1.0 <= seconds <= MAX_SECONDS:
        raise MotionError(
            "bad_request",
            f"From frame {start} to the scene's end it is {seconds:.1f} s; a crowd moves for 1 to "
            f"{MAX_SECONDS:g} s.",
            "Change the scene's end, or set the crowd's seconds.",
        )
    return seconds


def _rules(settings: bpy.types.PropertyGroup, area: Area, seconds: float) -> Rules:
    facing = None
    if settings.facing is not None:
        at = settings.facing.matrix_world.translation
        facing = np.array([at.x, -at.y])
    frames = round(seconds * FPS)
    return Rules(area, frames, settings.distance, facing, settings.loop, FPS, settings.seed)


def _read_people(
    context: bpy.types.Context, area: Area
) -> tuple[list[Person], list[tuple[str, MotionError]]]:
    """Return who is to be animated, and whom that cannot be done with and why."""
    settings = context.scene.motionllm_crowd
    nothing = cast.Role(0, False)
    if settings.who == "ADD":
        return [Person(row, nothing) for row in range(settings.count)], []
    if settings.who == "COLLECTION":
        things = settings.collection.all_objects if settings.collection else ()
    else:
        things = context.selected_objects
    armatures = (rigs.armature_of(thing) for thing in things)  # a body stands for its armature
    people, problems = [], []
    for thing in dict.fromkeys(found for found in armatures if found is not None):
        try:
            stance = crowd_scene.read_stance(thing)
            fixed = None
            if settings.keep_places:
                crowd_scene.need_place(area, stance.place, thing.name)
                fixed = (stance.place, stance.heading)
            people.append(Person(len(people), nothing, thing.name, stance.size, fixed))
        except MotionError as error:
            problems.append((thing.name, error))
    return people, problems


def _nobody(who: str) -> MotionError:
    what = "in the collection" if who == "COLLECTION" else "selected"
    return MotionError(
        "no_rig", f"No armature is {what}.", "Choose some, or let the crowd add new characters."
    )


def _show(result: object) -> None:
    crowd: Crowd = result
    done = sum(person.written for person in crowd.people)
    jobs.status.message = f"{done} of {len(queue_rows.rows())} characters"
    details = []
    if crowd.spacing is not None:
        details.append(
            f"Closest {crowd.spacing.closest:.2f} m over all frames, "
            f"{crowd.spacing.outside} outside; feet slide {crowd.skate:.1f} cm/s"
        )
    failed = queue_rows.count("FAILED")
    if failed:
        details.append(f"{failed} failed: the queue says why. Resume tries them again.")
    jobs.status.details = details
