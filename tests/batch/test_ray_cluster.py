"""Batches on a real local Ray of two workers, one of which is killed in the middle."""

import os
import signal
import sys
import types

import pytest

from motionllm.batch import processes, ray_cluster
from motionllm.batch.groups import plan_groups
from motionllm.cli import main
from motionllm.errors import MotionError
from tests.helpers.batches import choice_of, prompts


@pytest.fixture(scope="module")
def local_ray():
    """Two workers on this machine, which run the sources of this tree."""
    ray = pytest.importorskip("ray", reason="ray is not installed")
    path = os.pathsep.join(filter(None, sys.path))
    ray.init(
        num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error",
        runtime_env={"env_vars": {"PYTHONPATH": path}},
        _system_config={"worker_niceness": 0},  # Ray's own 15 starves on a busy machine
    )  # fmt: skip
    yield ray
    ray.shutdown()


@pytest.mark.usefixtures("local_ray")
def test_one_is_killed_and_the_bytes_are_those_of_one_machine(random_pack, backbone_path, tmp_path):
    choice = choice_of(random_pack, backbone_path)

    def groups():
        return (group for group, _ in plan_groups(prompts(12), tmp_path, "pack", 2))

    here = {g.prompts[0].index: results for g, results in processes.make_here(groups(), choice, 1)}
    running = ray_cluster.make_on_ray(groups(), choice, 2)
    group, results = next(running)
    there = {group.prompts[0].index: results}
    victim = _pids_of_workers()[0]
    os.kill(victim, signal.SIGKILL)
    there |= {group.prompts[0].index: results for group, results in running}
    assert here == there and len(here) == 6


def _pids_of_workers():
    """Return the processes of Ray on this machine whose title is our worker's."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as line:
                title = line.read()
        except OSError:
            continue
        if title.startswith(b"ray::Worker"):
            found.append(int(name))
    assert len(found) == 2, found
    return found


@pytest.mark.usefixtures("local_ray")
def test_what_every_prompt_would_meet_ends_the_run(random_pack, tmp_path):
    groups = (group for group, _ in plan_groups(prompts(4), tmp_path, "pack", 2))
    choice = choice_of(random_pack, tmp_path / "nothing.gguf")
    with pytest.raises(MotionError) as caught:
        list(ray_cluster.make_on_ray(groups, choice, 1))
    assert caught.value.code == "no_backbone"


def test_a_finished_list_needs_no_cluster(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", types.SimpleNamespace())
    assert list(ray_cluster.make_on_ray(iter([]), None)) == []


def test_without_ray_one_sentence_says_what_to_install(monkeypatch, random_pack, tmp_path, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    prompts_file = tmp_path / "p.jsonl"
    prompts_file.write_text('{"text": "walk"}\n')
    arguments = ["generate", "--prompts", str(prompts_file), "--out", str(tmp_path / "out")]
    code = main.main([*arguments, "--pack", str(random_pack), "--cluster", "ray"])
    error = capsys.readouterr().err
    assert code == main.MISSING and "backend[ray]" in error and len(error.splitlines()) == 2
    assert not (tmp_path / "out").exists()


def test_a_cluster_that_is_not_there_is_told_at_once(monkeypatch, tmp_path):
    pytest.importorskip("ray", reason="ray is not installed")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    groups = (group for group, _ in plan_groups(prompts(2), tmp_path, "pack", 2))
    with pytest.raises(MotionError, match=r"127.0.0.1:9 cannot be reached"):
        list(ray_cluster.make_on_ray(groups, None))
