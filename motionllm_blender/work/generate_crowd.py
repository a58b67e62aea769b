"""A crowd: who is in it, where it may be, what each does. May import bpy, motionllm, the scene."""

import bpy

from motionllm.batch.prompt_list import Line
from motionllm.crowd import cast
from motionllm.crowd.area import Area
from motionllm.crowd.members import Rules
from motionllm.errors import MotionError
from motionllm.motion.axes import floor_from_blender
from motionllm.motion.features import FPS
from motionllm.requests import MAX_SECONDS

from ..scene import area, joints, place, read, ready, space
from ..scene.ids import remember
from ..scene.target import armatures_of
from . import engine, jobs, resume, rows, settings
from .crowd_run import Crowd, CrowdRun, Person
from .status import status


def begin(context: bpy.types.Context) -> None:
    """Ask for the motions; they are placed and written when they are there.

    Raises:
        MotionError: nothing can be sent, or another job runs.
    """
    crowd = read_crowd(context)
    resume.keep(lambda now: make(now, crowd), lambda: bool(crowd.left))
    make(context, crowd)


def make(context: bpy.types.Context, crowd: Crowd) -> None:
    """Make what is left of a crowd.

    Raises:
        MotionError: nothing can be sent, or another job runs.
    """
    client, pack = engine.client(), engine.pack_parameter(context)
    run = CrowdRun(crowd, lambda values: client.request("generate", values | pack))
    jobs.begin("Making the crowd", run, lambda _: _show(crowd))


def read_crowd(context: bpy.types.Context) -> Crowd:
    scene, panel = context.scene, context.scene.motionllm_crowd
    if panel.area is not None:
        ground, floor = area.read_area(panel.area)
    else:
        ground, floor = area.rectangle_around(scene, panel.width, panel.depth)
    ready.check_scene(scene)
    start = settings.first_frame(scene)
    with place.at_frame(scene, start):
        people, problems = _read_people(context, ground)
    if not people:
        raise problems[0][1] if problems else _nobody(panel.who)
    lines = settings.lines_of(context) if panel.use_list else [Line(settings.request_of(context))]
    seconds = _seconds(scene, start)
    requests, roles = cast.cast(
        lines, len(people), seconds, panel.seed, panel.loop,
        panel.takes if panel.share else 0,
    )  # fmt: skip
    for person, role in zip(people, roles, strict=True):
        person.role = role
    names = [person.who.name if person.who else "New" for person in people]
    entries = [
        (name, requests[person.role.take].text) for name, person in zip(names, people, strict=True)
    ]
    rows.fill(entries + [(name, "") for name, _ in problems])
    for number, (_, error) in enumerate(problems, start=len(people)):
        rows.fail(number, error)
    # In place they would not go where there is room for them.
    options = settings.shared_options(scene.motionllm)
    rules = _rules(panel, ground, seconds)
    there = {person.who.name for person in people if person.who}
    others = joints.read_others(scene, there, start, rules.frames)
    return Crowd(remember(scene), people, requests, rules, floor, start, options, others)


def _seconds(scene: bpy.types.Scene, start: int) -> float:
    """Return how long the crowd moves.

    Raises:
        MotionError: "bad_request", if the scene's end is not within a minute behind the start.
    """
    panel = scene.motionllm_crowd
    if not panel.to_end:
        return panel.seconds
    seconds = (scene.frame_end - start + 1) / read.scene_fps(scene)
    if not 1.0 <= seconds <= MAX_SECONDS:
        raise MotionError(
            "bad_request",
            f"From frame {start} to the scene's end it is {seconds:.1f} s; a crowd moves for 1 to "
            f"{MAX_SECONDS:g} s.",
            "Change the scene's end, or set the crowd's seconds.",
        )
    return seconds


def _rules(panel: bpy.types.PropertyGroup, ground: Area, seconds: float) -> Rules:
    facing = None
    if panel.facing is not None:
        facing = floor_from_blender(panel.facing.matrix_world.translation)
    frames = round(seconds * FPS)
    return Rules(ground, frames, panel.distance, facing, panel.loop, FPS, panel.seed)


def _read_people(
    context: bpy.types.Context, ground: Area
) -> tuple[list[Person], list[tuple[str, MotionError]]]:
    """Return who is to be animated, and whom that cannot be done with and why."""
    panel = context.scene.motionllm_crowd
    nothing = cast.Role(0, False)
    if panel.who == "ADD":
        return [Person(row, nothing) for row in range(panel.count)], []
    if panel.who == "COLLECTION":
        things = panel.collection.all_objects if panel.collection else ()
    else:
        things = context.selected_objects
    people, problems = [], []
    for armature in armatures_of(things, context.scene):  # a body stands for its armature
        try:
            ready.check_ready(armature)
            home = space.home_of(armature, context)
            fixed = None
            if panel.keep_places:
                area.need_place(ground, home.place, armature.name)
                fixed = (home.place, home.heading)
            people.append(Person(len(people), nothing, remember(armature), home.size, fixed))
        except MotionError as error:
            problems.append((armature.name, error))
    return people, problems


def _nobody(who: str) -> MotionError:
    what = "in the collection" if who == "COLLECTION" else "selected"
    return MotionError(
        "no_rig", f"No armature is {what}.", "Choose some, or let the crowd add new characters."
    )


def _show(crowd: Crowd) -> None:
    done = sum(person.written for person in crowd.people)
    status.message = f"{done} of {len(rows.rows())} characters"
    details = []
    if crowd.spacing is not None:
        details.append(
            f"Closest {crowd.spacing.closest:.2f} m over all frames, "
            f"{crowd.spacing.outside} outside; feet slide {crowd.skate:.1f} cm/s"
        )
    if told := rows.told():
        details.append(told)
    details += crowd.notes
    failed = rows.count("FAILED")
    if failed:
        details.append(f"{failed} failed: the queue says why. Resume tries them again.")
    status.details = details
