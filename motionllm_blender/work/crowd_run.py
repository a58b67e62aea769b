"""A crowd on its way: motions from the engine, places on a thread, then keys. May import bpy.

In the shape of a job for `jobs`: `poll` is called on the main thread, does a little and returns.
What was reached is kept, so that a crowd that was stopped, or of which some failed, can go on.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import bpy
import numpy as np

from motionllm.crowd.cast import Role
from motionllm.crowd.members import Member, Placed, Rules
from motionllm.crowd.plan import plan
from motionllm.crowd.spacing import Spacing, spacing
from motionllm.errors import MotionError
from motionllm.link.client import Event
from motionllm.motion import physics
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.requests import GenerateRequest

from ..scene import bake, read
from ..scene.crowd import Writer, add_characters
from ..scene.ids import Gone, Ref, find_armature, find_scene, remember
from . import rows, whom
from .takes import Send, TakeQueue
from .thread import Progress, ThreadTask
from .undo import context_of, push_undo

SLICE = 0.08  # seconds of writing before the window gets its turn


@dataclass
class Person:
    """A character of the crowd; `who` is None until it is added."""

    row: int  # of the queue
    role: Role
    who: Ref | None = None
    size: float = 1.0
    fixed: tuple[np.ndarray, float] | None = None
    placed: Placed | None = None
    written: bool = False


@dataclass
class Crowd:
    """What is to be made, and what has been reached."""

    scene: Ref
    people: list[Person]
    requests: list[GenerateRequest]
    rules: Rules
    floor: float
    start: int  # frame of the scene
    options: bake.Options
    others: list[np.ndarray]  # joints (F, 22, 3) of people who are no part of it
    clips: dict[int, Clip] = field(default_factory=dict)
    skate: float = float("nan")  # cm/s
    spacing: Spacing | None = None
    notes: list[str] = field(default_factory=list)  # on those who do not do their motion

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
        self._changed = False
        self._lost: dict[int, MotionError] = {}  # motions that could not be made
        self._task: ThreadTask | None = None
        self._found: list[Placed | MotionError] = []  # by the thread
        self._writing: list[tuple[Person, Placed]] | None = None
        self._writer: Writer | None = None
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
        """Do a little; return news, at last that all is over or why it stopped."""
        try:
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
            return self._place(self._task)
        return self._write(self._writing)

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

    def _plan(self, progress: Progress, cancelled: Callable[[], bool]) -> None:
        crowd = self._crowd
        done = [one.placed.joints for one in crowd.people if one.written and one.placed]
        there = [*crowd.others, *done]
        people = self._to_place()
        members = [
            Member(crowd.clips[person.role.take], person.size, person.fixed, person.role.shared)
            for person in people
        ]  # fmt: skip
        self._found = plan(
            members, crowd.rules, there,
            lambda done, total: progress("Placing", done, total), cancelled,
        )  # fmt: skip
        good = [placed for placed in self._found if isinstance(placed, Placed)]
        if good:
            progress("Measuring", 1, 1)
            skates = [physics.figures(placed.clip)["skate_cm_s"] for placed in good]
            crowd.skate = float(np.mean(skates))
            joints = np.stack([*there, *(placed.joints for placed in good)])
            crowd.spacing = spacing(joints, crowd.rules.area)

    def _to_place(self) -> list[Person]:
        return [person for person in self._crowd.left if person.role.take in self._crowd.clips]

    def _place(self, task: ThreadTask) -> list[Event]:
        events = []
        for event in task.poll():
            if event.error is not None:
                raise event.error
            if event.kind == "progress":
                events.append(event)
                continue
            self._writing = []
            for person, placed in zip(self._to_place(), self._found, strict=True):
                if isinstance(placed, MotionError):
                    rows.fail(person.row, placed)
                else:
                    person.placed = placed
                    self._writing.append((person, placed))
        return events

    def _write(self, waiting: list[tuple[Person, Placed]]) -> list[Event]:
        scene = find_scene(self._crowd.scene)
        if self._writer is None:
            self._writer = self._prepare(scene, [person for person, _ in waiting])
        deadline = time.perf_counter() + SLICE
        while waiting and time.perf_counter() < deadline:
            person, placed = waiting.pop(0)
            share = person.role.take if person.role.shared else None
            try:
                armature = find_armature(_added(person))
                action = self._writer.write(armature, placed, self._crowd.floor, share)
                person.written = True
                ticks = self._crowd.clips[person.role.take].ticks
                rows.done(person.row, armature, action, self._crowd.start, ticks)
            except MotionError as error:
                rows.fail(person.row, error)
        if waiting:
            total = len(self._crowd.people)
            done = total - len(self._crowd.left)
            return [Event("progress", "Writing", done, total)]
        self._crowd.notes = self._writer.notes()
        self._end()
        return [Event("result")]

    def _prepare(self, scene: bpy.types.Scene, people: list[Person]) -> Writer:
        """Lengthen the scene and add those who are to be written and are not there yet."""
        crowd = self._crowd
        self._changed = True
        frames = round(crowd.rules.frames * read.scene_fps(scene) / FPS)
        scene.frame_end = max(scene.frame_end, crowd.start + frames - 1)
        new = [person for person in people if person.who is None]
        if new:
            like = None
            written = [_added(one) for one in crowd.people if one.written]
            with contextlib.suppress(Gone):  # then nobody is left who could be copied
                like = next(iter(whom.found_again(written)[0]), None)
            with context_of(scene):
                added = add_characters(bpy.context, len(new), like)
                bpy.context.view_layer.update()
            for person, armature in zip(new, added, strict=True):
                person.who = remember(armature)
                rows.rename(person.row, armature.name)
        return Writer(scene, crowd.start, crowd.options)

    def _end(self) -> None:
        """Make what was written one undo step."""
        if self._changed:
            self._changed = False
            push_undo("MotionLLM: Crowd")


def _added(person: Person) -> Ref:
    assert person.who is not None  # before the first is written all are there
    return person.who
