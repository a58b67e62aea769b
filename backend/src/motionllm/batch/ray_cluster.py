"""Batches on a Ray cluster: an engine a worker, one group of prompts a task. Imports ray on use.

Workers return bytes, and this process writes them, so nodes need no common disk. Every node needs
motionllm and the model (`motionllm doctor`): only requests and clips travel.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import socket
from collections.abc import Callable, Generator, Iterable, Iterator

from motionllm import advice
from motionllm.batch.groups import Group
from motionllm.batch.processes import MEMORY, ONE_THREAD
from motionllm.batch.worker import Result, Worker, received
from motionllm.engine.loaded import EngineChoice
from motionllm.errors import MotionError
from motionllm.progress import say_nothing

RETRIES = 3  # times that a group is tried again whose worker died
KNOCK = 10.0  # seconds to wait for a cluster's answer
WAITING = 2  # groups in the hands of each worker, so that none runs dry


def need_ray() -> None:
    """Make sure that Ray is installed.

    Raises:
        MotionError: "missing_dependency".
    """
    if importlib.util.find_spec("ray") is None:
        raise MotionError(
            "missing_dependency",
            "Ray is not installed.",
            f"Install it, here and on every node: {advice.install('ray')}",
        )


def make_on_ray(
    groups: Iterable[Group],
    choice: EngineChoice,
    workers: int | None = None,
    say: Callable[[str], None] = say_nothing,
) -> Generator[tuple[Group, list[Result]], None, None]:
    """Make groups on the cluster, and yield each when it is done.

    A worker that dies is started again and its groups with it, RETRIES times.

    Args:
        groups: read only as far ahead as the workers have to do.
        workers: how many; None: as many as there are free cores (or GPUs, for torch).
        say: gets a word on the cluster.

    Raises:
        MotionError: what every prompt would meet, or "backend_died" where the retries are used up.
    """
    groups = iter(groups)
    first = next(groups, None)
    if first is None:
        return  # all is done: no cluster is needed
    import ray
    import ray.exceptions

    with _connected(ray, say):
        crew = _hire(ray, choice, workers)
        say(f"{len(crew)} workers on {len(ray.nodes())} nodes")
        try:
            yield from _share_out(ray, crew, itertools.chain([first], groups))
        finally:
            for worker in crew:
                with contextlib.suppress(ray.exceptions.RayError, RuntimeError, ValueError):
                    ray.kill(worker)  # of a cluster that may be gone itself


@contextlib.contextmanager
def _connected(ray, say: Callable[[str], None]) -> Iterator[None]:
    """Join the cluster that RAY_ADDRESS names or that runs here, else start one for this run."""
    say("joining the cluster")
    _knock(os.environ.get("RAY_ADDRESS", ""))
    mine = not ray.is_initialized()
    try:
        if mine:
            ray.init(log_to_driver=False, logging_level="error", include_dashboard=False)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise MotionError(
            "backend_died",
            f"The Ray cluster cannot be reached: {first}",
            "Check RAY_ADDRESS and `ray status`.",
        ) from error
    try:
        yield
    finally:
        if mine:
            ray.shutdown()


def _knock(address: str) -> None:
    """Make sure that somebody listens at HOST:PORT; Ray itself goes on trying for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdecimal():
        return  # "", "auto" or "local"
    try:
        socket.create_connection((host, int(port)), KNOCK).close()
    except OSError as error:
        raise MotionError(
            "backend_died",
            f"The Ray cluster at {address} cannot be reached: {error.strerror or error}.",
            "Check RAY_ADDRESS and that the cluster runs (`ray status`).",
        ) from error


def _hire(ray, choice: EngineChoice, workers: int | None) -> list:
    free = ray.available_resources()
    on_gpu = choice.kind != "embedded" and choice.device != "cpu" and free.get("GPU", 0) >= 1
    if workers is None:
        fitting = free.get("GPU" if on_gpu else "CPU", 1)
        workers = max(1, int(min(fitting, free.get("memory", MEMORY) // MEMORY)))
    remote = ray.remote(Worker).options(
        num_cpus=1,
        num_gpus=1 if on_gpu else 0,
        max_restarts=RETRIES,
        max_task_retries=RETRIES,
        runtime_env={"env_vars": ONE_THREAD},
    )
    return [remote.remote(choice) for _ in range(workers)]


def _share_out(
    ray, crew: list, groups: Iterator[Group]
) -> Generator[tuple[Group, list[Result]], None, None]:
    open_tasks: dict = {}

    def give(worker) -> None:
        group = next(groups, None)
        if group is not None:
            open_tasks[worker.make.remote(group)] = (group, worker)

    for _ in range(WAITING):
        for worker in crew:
            give(worker)
    while open_tasks:
        (done,), _ = ray.wait(list(open_tasks), num_returns=1)
        group, worker = open_tasks.pop(done)
        try:
            answer = ray.get(done)
        except ray.exceptions.RayError as error:
            raise _gave_up(ray, error) from error
        give(worker)
        yield group, received(answer)


def _gave_up(ray, error: Exception) -> MotionError:
    text = str(error).strip()
    if "No module named" in text:
        return MotionError(
            "missing_dependency",
            f"A node of the cluster lacks a package: {text.splitlines()[-1]}.",
            f"Install it on every node: {advice.install('ray')}",
        )
    died = isinstance(error, ray.exceptions.RayActorError)
    what = f"ended the worker {1 + RETRIES} times" if died else "failed on the cluster"
    first = (text.splitlines() or [""])[0]
    return MotionError(
        "backend_died",
        f"The same prompts {what}: {first}",
        "See `ray status`, then run the same command again: it goes on where it stopped.",
    )
