"""Engines side by side on this machine, one process and one thread each.

Engines in processes of their own use the cores better than one whose threads wait for each other,
and, every sum being added up by one thread, give the same bytes however many they are. Standard
library at import: a new process imports this module before it has said that BLAS gets one thread.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from multiprocessing import connection
from typing import TYPE_CHECKING

from motionllm.engine.loaded import EngineChoice
from motionllm.errors import MotionError
from motionllm.progress import say_nothing

if TYPE_CHECKING:
    from motionllm.batch.groups import Group
    from motionllm.batch.worker import Result

ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                 "VECLIB_MAXIMUM_THREADS")
}  # fmt: skip
MEMORY = 1.2e9  # bytes that an engine needs, about
MOST = 8  # engines, where nobody asked for more
RETRIES = 2  # times that a group is tried again whose process died


def make_here(
    groups: Iterable[Group],
    choice: EngineChoice,
    workers: int | None = None,
    say: Callable[[str], None] = say_nothing,
) -> Generator[tuple[Group, list[Result]], None, None]:
    """Make groups in processes of this machine, and yield each when it is done.

    A process that dies is started again, and its group tried again.

    Args:
        groups: read only as far ahead as there are workers.
        workers: how many; None: one a core, as memory allows, or one for a GPU.
        say: gets a word on what is being waited for.

    Raises:
        MotionError: what every prompt would meet; "backend_died", if a group ends its process
            again and again.
    """
    groups = iter(groups)
    crew: list[_Process] = []
    try:
        most = workers
        for group in groups:
            most = most or fitting(choice)
            crew.append(_Process(choice, group))
            if len(crew) == most:
                break
        say(f"loading the model in {len(crew)} processes")
        while crew:
            ready = connection.wait([process.pipe for process in crew])
            for process in [process for process in crew if process.pipe in ready]:
                group, results = process.group, process.receive()
                if results is None:
                    continue  # it died; another one tries
                following = next(groups, None)
                if following is None:
                    crew.remove(process)
                    process.end()
                else:
                    process.give(following)
                yield group, results
    finally:
        for process in crew:
            process.end()


def fitting(choice: EngineChoice) -> int:
    """Return how many engines suit this machine."""
    from motionllm.engine.choose import torch_pays

    if choice.kind != "embedded" and torch_pays(choice.device):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(MOST, cores or 1, int(_free_memory() // MEMORY)))


def _free_memory() -> float:
    """Return bytes, as far as the system tells; else as much as four engines need."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            found = next(line for line in lines if line.startswith("MemAvailable"))
        return int(found.split()[1]) * 1024.0
    except (OSError, StopIteration, ValueError, IndexError):
        return 4 * MEMORY


class _Process:
    """A process with an engine, and the group it works on."""

    def __init__(self, choice: EngineChoice, group: Group) -> None:
        self._choice = choice
        self._start()
        self.give(group)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, self._choice), daemon=True)
        self._process.start()
        theirs.close()  # so that the end of the process ends the pipe

    def give(self, group: Group) -> None:
        self.group = group
        self._tries = 0
        self.pipe.send(group)

    def receive(self) -> list[Result] | None:
        """Return the group's results, or None where the process died and the group starts anew."""
        from motionllm.batch.worker import received

        try:
            return received(self.pipe.recv())
        except (EOFError, OSError):
            self._process.join()
            self._tries += 1
            if self._tries > RETRIES:
                raise self._died() from None
            self.end()
            self._start()
            self.pipe.send(self.group)
            return None

    def end(self) -> None:
        self._process.terminate()
        self._process.join()
        self.pipe.close()

    def _died(self) -> MotionError:
        lines = sorted(prompt.number for prompt in self.group.prompts)
        return MotionError(
            "backend_died",
            f"The engine's process ended {self._tries} times over the lines {lines[0]} to "
            f"{lines[-1]} (exit code {self._process.exitcode}), perhaps for want of memory.",
            "Try fewer --workers or a smaller --batch-size; what is done is kept.",
        )


def _work(pipe: connection.Connection, choice: EngineChoice) -> None:
    """Answer groups until the other side is gone; the main function of a worker's process."""
    os.environ.update(ONE_THREAD)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it ends us
    from motionllm.batch.worker import Worker

    worker = Worker(choice)
    try:
        for group in _received(pipe):
            pipe.send(worker.make(group))
    except (EOFError, OSError):
        sys.exit(0)


def _received(pipe: connection.Connection) -> Iterator[Group]:
    while True:
        yield pipe.recv()
