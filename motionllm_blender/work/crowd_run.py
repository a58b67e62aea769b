"""A crowd on its way: motions from the engine, places on a thread, then keys. May import bpy.

In the shape of a job for `jobs`: `poll` is called on the main thread, does a little and returns.
What was reached is kept, so that a crowd that was stopped, or of which some failed, can go on.
"""

import time
from dataclasses import dataclass, field

import bpy
import numpy as np

from motionllm.crowd import spacing as bodies
from motionllm.crowd.cast import Role
from motionllm.crowd.members import Member, Placed, Rules
from motionllm.crowd.plan import plan
from motionllm.errors import MotionError
from motionllm.link.client import Event
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.motion.physics import measure
from motionllm.requests import GenerateRequest

from ..scene import bake, read
from ..scene import crowd as crowd_scene
from . import jobs, resume, rows
from .takes import Send, TakeQueue
from .thread import ThreadTask

SLICE = 0.08  # seconds of writing before the window gets its turn


@dataclass
class Person:
    """A character of the crowd; `name` is empty until it is added."""

    row: int  # of the queue
    role: Role
    name: str = ""
    size: float = 1.0
    fixed: tuple[np.ndarray, float] | None = None
    placed: Placed | None = None
    written: bool = False


@dataclass
class Crowd:
    """What is to be made, and what has been reached."""

    scene: str
    people: list[Person]
    requests: list[GenerateRequest]
    rules: Rules
    floor: float
    start: int  # frame of the scene
    options: bake.Options
    others: list[np.ndarray]  # joints (F, 22, 3) of people who are no part of it
    clips: dict[int, Clip] = field(default_factory=dict)
    skate: float = float("nan")  # cm/s
    spacing: bodies.Spacing | None = None

    @property
    def left(self) -> list[Person]:
        """Who is not animated yet."""
        return [person for person in self.people if not person.written]


class CrowdRun:
    """Makes what is left of a crowd."""

    def __init__(self, crowd: Crowd, send: Send) -> None:
        """Ask for the motions that are missing."""
        self._crowd = crowd
        self._cancelled = False
        self._file = resume.files
        self._changed = False
        self._lost: dict[int, MotionError] = {}  # motions that could not be made
        self._task: ThreadTask | None = None
        self._writing: list[Person] | None = None
        self._writer: crowd_scene.Writer | None = None
        takes = dict.fromkeys(person.role.take for person in crowd.left)
        missing = {take: crowd.requests[take] for take in takes if take not in crowd.clips}
        self._takes = TakeQueue(missing, send)
        self._asked = len(missing)
        for person in crowd.left:
            rows.set_state(person.row, "WAITING")

    def cancel(self) -> None:
        """Stop; what has been reached stays."""
        self._cancelled = True
        self._takes.cancel()
        if self._task is not None:
            self._task.cancel()

    def poll(self) -> list[Event]:
        """Do a little; return news, at last the result or why it stopped."""
        try:
            resume.check_file(self._file)
            if self._cancelled:
                raise MotionError("cancelled", "Cancelled.", "Resume goes on from here.")
            return self._step()
        except MotionError as error:
            self.cancel()  # whatever is still under way
            self._end()
            for person in self._crowd.left:
                if not self._has_failed(person):
                    rows.set_state(person.row, "WAITING")
            return [Event("error", error=error)]

    def _has_failed(self, person: Person) -> bool:
        table = rows.rows()
        return person.row < len(table) and table[person.row].state == "FAILED"

    def _step(self) -> list[Event]:
        if self._task is None:
            return self._generate()
        if self._writing is None:
            return self._place()
        return self._write()

    def _generate(self) -> list[Event]:
        come = self._takes.poll()
        for take, result in come.items():
            if isinstance(result, MotionError):
                self._lost[take] = result
            else:
                self._crowd.clips[take] = result
        asked, left = set(self._takes.under_way), self._takes.left
        for person in self._crowd.left:
            take = person.role.take
            if take in self._lost:
                rows.fail(person.row, self._lost[take])
            elif take in self._crowd.clips:
                rows.set_state(person.row, "PLACING")
            elif take in asked:
                rows.set_state(person.row, "GENERATING")
        if not left:
            self._task = ThreadTask(self._plan)
        stage = self._takes.stage
        return [Event("progress", stage, self._asked - len(left), max(self._asked, 1))]

    def _plan(self, progress, cancelled) -> list[Placed | MotionError]:
        crowd = self._crowd
        done = [person.placed.joints for person in crowd.people if person.written]
        there = [*crowd.others, *done]
        people = self._to_place()
        members = [
            Member(crowd.clips[person.role.take], person.size, person.fixed, person.role.shared)
            for person in people
        ]  # fmt: skip
        placed = plan(
            members, crowd.rules, there,
            lambda done, total: progress("Placing", done, total), cancelled,
        )  # fmt: skip
        good = [person for person in placed if isinstance(person, Placed)]
        if good:
            progress("Measuring", 1, 1)
            crowd.skate = float(np.mean([measure(person.clip)["skate_cm_s"] for person in good]))
            joints = np.stack([*there, *(person.joints for person in good)])
            crowd.spacing = bodies.measure(joints, crowd.rules.area)
        return placed

    def _to_place(self) -> list[Person]:
        return [person for person in self._crowd.left if person.role.take in self._crowd.clips]

    def _place(self) -> list[Event]:
        events = []
        for event in self._task.poll():
            if event.kind == "error":
                raise event.error
            if event.kind == "progress":
                events.append(event)
                continue
            self._writing = []
            for person, placed in zip(self._to_place(), event.result, strict=True):
                if isinstance(placed, MotionError):
                    rows.fail(person.row, placed)
                else:
                    person.placed = placed
                    self._writing.append(person)
        return events

    def _write(self) -> list[Event]:
        scene = bpy.data.scenes.get(self._crowd.scene)
        if scene is None:
            raise MotionError("no_rig", f"The scene {self._crowd.scene!r} was removed meanwhile.")
        if self._writer is None:
            self._prepare(scene)
        deadline = time.perf_counter() + SLICE
        while self._writing and time.perf_counter() < deadline:
            person = self._writing.pop(0)
            try:
                self._write_one(person)
                person.written = True
                rows.set_state(person.row, "DONE")
            except MotionError as error:
                rows.fail(person.row, error)
        if self._writing:
            total = len(self._crowd.people)
            done = total - len(self._crowd.left)
            return [Event("progress", "Writing", done, total)]
        self._end()
        return [Event("result", result=self._crowd)]

    def _prepare(self, scene: bpy.types.Scene) -> None:
        crowd = self._crowd
        self._changed = True
        self._writer = crowd_scene.Writer(scene, crowd.start, crowd.options)
        frames = round(crowd.rules.frames * read.scene_fps(scene) / FPS)
        scene.frame_end = max(scene.frame_end, crowd.start + frames - 1)
        new = [person for person in self._writing if not person.name]
        if not new:
            return
        like = next(
            (bpy.data.objects.get(person.name) for person in crowd.people if person.written), None
        )
        with jobs.context_of(scene):
            added = crowd_scene.add_characters(bpy.context, len(new), like)
            bpy.context.view_layer.update()
        for person, armature in zip(new, added, strict=True):
            person.name = armature.name
            rows.rename(person.row, armature.name)

    def _write_one(self, person: Person) -> None:
        armature = bpy.data.objects.get(person.name)
        if armature is None or armature.type != "ARMATURE":
            raise MotionError("no_rig", f"The character {person.name!r} was removed meanwhile.")
        share = person.role.take if person.role.shared else None
        self._writer.write(
            armature, crowd_scene.read_stance(armature), person.placed, self._crowd.floor, share
        )

    def _end(self) -> None:
        """Make what was written one undo step."""
        if self._changed:
            self._changed = False
            jobs.push_undo("MotionLLM: Crowd")
