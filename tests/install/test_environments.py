"""Environments: which Python is taken, what an interrupted or changed one leads to, the locks."""

import os
import re
import sys
from pathlib import Path

import environments
import pytest
import system

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
LOCKS = sorted(environments.LOCKS.glob("*.txt"))


@pytest.fixture(autouse=True)
def forget_pythons():
    """Look for Pythons anew in every test."""
    environments.find_python.cache_clear()
    environments._version_of.cache_clear()
    yield
    environments.find_python.cache_clear()
    environments._version_of.cache_clear()


@pytest.fixture
def lock(tmp_path, monkeypatch):
    """Return an environment whose lock is a file of the test's own."""
    monkeypatch.setattr(environments, "LOCKS", tmp_path)
    (tmp_path / "small.txt").write_text("# nothing\n")
    return environments.Environment("small", VERSION)


@pytest.fixture
def pip_calls(monkeypatch):
    """Record pip's arguments instead of running it."""
    calls = []
    monkeypatch.setattr(environments, "pip", lambda _python, args, _say: calls.append(args))
    return calls


def launcher(folder, name, text):
    """Write an executable script and return its folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)
    return folder


def test_a_launcher_that_does_not_run_counts_as_not_found(tmp_path, monkeypatch):
    shims = launcher(tmp_path / "shims", "python3.99", "echo not chosen >&2; exit 127")
    monkeypatch.setenv("PATH", str(shims))
    assert environments.find_python("3.99") is None


def test_a_working_one_behind_it_is_found(tmp_path, monkeypatch):
    shims = launcher(tmp_path / "shims", "python3.99", "exit 127")
    works = launcher(tmp_path / "works", "python3.99", "echo 3.99")
    monkeypatch.setenv("PATH", os.pathsep.join([str(shims), str(works)]))
    assert environments.find_python("3.99") == works / "python3.99"


def test_the_running_python_is_preferred(monkeypatch):
    monkeypatch.setenv("PATH", "")
    found = environments.find_python(VERSION)
    assert found is not None and found.samefile(sys.executable)


def test_an_environment_is_made_once(tmp_path, lock, pip_calls):
    folder = tmp_path / "venv"
    python = environments.ensure(lock, folder, lambda *_: None)
    assert python.exists() and len(pip_calls) == 1
    assert "--require-hashes" in pip_calls[0]
    environments.ensure(lock, folder, lambda *_: None)
    assert len(pip_calls) == 1
    lock.lock.write_text("# other\n")
    environments.ensure(lock, folder, lambda *_: None)
    assert len(pip_calls) == 2


def test_an_interrupted_one_is_made_anew(tmp_path, lock, monkeypatch):
    folder = tmp_path / "venv"

    def interrupted(*_):
        (folder / "half-made").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(environments, "pip", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environments.ensure(lock, folder, lambda *_: None)
    assert (folder / "half-made").exists()
    monkeypatch.setattr(environments, "pip", lambda *_: None)
    environments.ensure(lock, folder, lambda *_: None)
    assert not (folder / "half-made").exists()
    assert not (folder / environments.MAKING).exists()


def test_a_missing_python_is_named_with_the_package_that_brings_it(tmp_path, lock, monkeypatch):
    monkeypatch.setattr(environments, "find_python", lambda *_: None)
    with pytest.raises(system.SetupError, match=f"python{VERSION}-venv"):
        environments.ensure(lock, tmp_path / "venv")


def test_a_cuda_build_of_torch_is_never_taken():
    text = (environments.LOCKS / "torch.txt").read_text()
    assert "nvidia" not in text and "cuda" not in text and "triton" not in text
    assert re.search(r'^torch==[\d.]+\+cpu ; sys_platform == "linux"', text, re.MULTILINE)


def test_a_missing_cpu_build_of_torch_is_explained():
    error = environments.PipFailed(["install"], ["No matching distribution for torch==2.13.0+cpu"])
    assert "CPU build of torch" in str(error)


def test_every_environment_has_a_lock():
    names = {path.stem for path in LOCKS}
    assert names == set(environments.ENVIRONMENTS)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_locks_are_exact_hashed_and_name_no_host(path):
    text = path.read_text()
    assert "//" not in text and "--index" not in text
    entries = re.sub(r"\\\n", " ", text).splitlines()
    for entry in entries:
        if not entry.startswith("#"):
            assert re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_locks_hold_what_was_asked_for(path):
    locked = dict(re.findall(r"^([\w.-]+)==([^\s+]+)", path.read_text(), re.MULTILINE))
    for line in path.with_suffix(".in").read_text().splitlines():
        wanted = line.partition("#")[0].strip()
        if wanted:
            name, _, version = wanted.partition("==")
            name = re.split(r"[<>=]", name)[0]
            assert name in locked
            assert not version or locked[name] == version


def test_missing_system_libraries_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(system, "missing_libraries", lambda *_: ["libXi.so.6", "libGL.so.1"])
    monkeypatch.setattr(system.shutil, "which", lambda *_: None)
    with pytest.raises(system.SetupError, match="apt-get install .*libgl1 libxi6"):
        system.need_bpy_libraries(tmp_path)


def test_an_unknown_system_library_is_named_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(system, "missing_libraries", lambda *_: ["libnever.so.3"])
    with pytest.raises(system.SetupError, match="libnever.so.3"):
        system.need_bpy_libraries(tmp_path)


def test_nothing_is_missing_for_python_itself():
    assert system.missing_libraries(Path(sys.executable)) == []
