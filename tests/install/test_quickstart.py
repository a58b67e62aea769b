"""The quickstart's own decisions; install/test.py runs the whole of it."""

import ast

import environments
import pytest
import quickstart
import supported_python
import system

OLD = (3, 7)


@pytest.mark.parametrize("name", ["quickstart.py", "supported_python.py"])
def test_an_old_python_can_read_it_and_be_told(name):
    ast.parse((environments.ROOT / "install" / name).read_text(), feature_version=OLD)


def test_a_python_too_old_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(supported_python.sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="3.11 or newer is needed, this is 3.9.*apt-get install"):
        supported_python.restart_if_too_old()


def test_another_python_is_used_where_this_one_is_too_old(tmp_path, monkeypatch):
    started = []
    (tmp_path / "python3.13").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "python3.13").chmod(0o755)
    monkeypatch.setattr(supported_python.sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(supported_python.os, "execv", lambda *call: started.append(call) or exit())
    with pytest.raises(SystemExit):
        supported_python.restart_if_too_old()
    assert started[0][0] == str(tmp_path / "python3.13")


@pytest.mark.parametrize(("found", "chosen"), [("3.11", "4.5"), ("3.13", "5.2")])
def test_blender_goes_with_the_python_there_is(monkeypatch, found, chosen):
    monkeypatch.setattr(
        environments, "find_python", lambda version: "python" if version == found else None
    )
    assert quickstart.choose_environment().name == f"quickstart-{chosen}"


def test_without_either_the_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(environments, "find_python", lambda *_: None)
    with pytest.raises(system.SetupError, match="3.11 and 3.13.*apt-get install"):
        quickstart.choose_environment()


@pytest.mark.parametrize(
    ("prompt", "stem"),
    [
        ("a person walks forward and waves", "a_person_walks_forward_and_waves"),
        ("../../etc: it's 2 o'clock!", "etc_it_s_2_o_clock"),
        ("一个人走路", "一个人走路"),
        ("🕺", "clip"),
        ("x" * 300, "x" * 60),
    ],
)
def test_files_are_named_after_the_prompt(prompt, stem):
    assert quickstart.file_stem(prompt) == stem
