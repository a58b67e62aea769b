"""Batches in processes of this machine: real engines, one of them killed, the same bytes."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from motionllm.batch import processes
from motionllm.batch.groups import plan_groups, read_recipe
from motionllm.batch.worker import make_group
from motionllm.errors import MotionError
from motionllm.motion.clip import clip_from_bytes
from tests.helpers.batches import choice_of, prompts


def groups(folder, count):
    return (group for group, _ in plan_groups(prompts(count), folder, "pack", 2))


def made(results):
    """Return place in the output -> bytes."""
    found = {}
    for group, answers in results:
        for place, answer in zip(group.missing, answers, strict=True):
            found[group.prompts[place].index] = answer
    return found


def test_one_or_two_and_one_that_is_killed_give_the_same_bytes(
    random_pack, backbone_path, tmp_path
):
    choice = choice_of(random_pack, backbone_path)
    alone = made(processes.make_here(groups(tmp_path, 8), choice, 1))
    running = processes.make_here(groups(tmp_path, 8), choice, 2)
    first = [next(running)]
    victim = multiprocessing.active_children()[0]
    os.kill(victim.pid, signal.SIGKILL)
    together = made([*first, *running])
    assert alone == together and len(alone) == 8
    clip = clip_from_bytes(alone[3])
    assert (clip.text, clip.seed) == ("a person walks 3", 3) and np.isfinite(clip.joints).all()
    assert not multiprocessing.active_children()


def test_what_every_prompt_would_meet_ends_the_run(random_pack, tmp_path):
    choice = choice_of(random_pack, tmp_path / "nothing.gguf")
    with pytest.raises(MotionError) as caught:
        list(processes.make_here(groups(tmp_path, 4), choice, 2))
    assert caught.value.code == "no_backbone"
    assert not multiprocessing.active_children()


def test_a_group_that_ends_every_process_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "_work", _die)
    with pytest.raises(MotionError, match=r"ended 3 times over the lines 1 to 2 .*--workers"):
        list(processes.make_here(groups(tmp_path, 2), None, 1))


def _die(pipe, _choice):
    pipe.recv()
    os._exit(9)


def test_processes_end_with_their_parent(random_pack, backbone_path, tmp_path):
    script = (
        "import os, sys, pathlib, multiprocessing\n"
        "from motionllm.batch import processes\n"
        "from motionllm.batch.groups import plan_groups\n"
        "from tests.helpers.batches import choice_of, prompts\n"
        "if __name__ == '__main__':\n"
        "    groups = (g for g, _ in plan_groups(prompts(8), pathlib.Path('.'), 'pack', 2))\n"
        "    choice = choice_of(*map(pathlib.Path, sys.argv[1:]))\n"
        "    next(running := processes.make_here(groups, choice, 1))\n"
        "    print(multiprocessing.active_children()[0].pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py"), str(random_pack), str(backbone_path)],
        capture_output=True, text=True, timeout=60, check=False,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))),
    )  # fmt: skip
    child = int(done.stdout)
    deadline = time.monotonic() + 20
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _runs(child), done.stderr


def _runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_blas_gets_its_one_thread_before_it_is_there():
    code = "import sys, motionllm.batch.processes; print([m for m in sys.modules if m == 'numpy'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_whole_group_is_decoded_and_the_missing_part_comes_back(tmp_path):
    from tests.helpers.scripted_engine import PACK, swaying

    class Engine:
        asked, pack = (), PACK

        def generate(self, requests, *_):
            self.asked = [request.text for request in requests]
            return [swaying(request.text, request.seed) for request in requests]

    (group,) = groups(tmp_path, 2)
    engine = Engine()
    results = make_group(engine, type(group)(group.prompts, [1], group.recipes))
    assert len(engine.asked) == 2 and len(results) == 1
    (tmp_path / "a.npz").write_bytes(results[0])
    assert read_recipe(tmp_path / "a.npz") == group.recipes[1]
