"""`motionllm check`: which clauses of a sentence files show."""

import json

import numpy as np
import pytest

from motionllm.cli import main
from motionllm.motion.bvh import write_bvh
from motionllm.motion.clip import save_clip
from tests.helpers.puppet import Puppet, raise_arm

SENTENCE = "a person raises the left arm like a zebra"


@pytest.fixture
def files(tmp_path):
    """One who stands with the left arm raised, as .npz and .bvh, and one who walks."""
    puppet = Puppet(3)
    up = np.clip(puppet.time - 0.5, 0.0, 1.0)
    raised = raise_arm(puppet, "left", up).clip()
    save_clip(raised.labelled(text="a person walks"), tmp_path / "a.npz")
    write_bvh(tmp_path / "b.bvh", raised)
    save_clip(Puppet(3).go(1.0, 0).clip(), tmp_path / "c.npz")
    return tmp_path


def test_every_file_gets_a_line(files, capsys):
    assert main.main(["check", str(files), "--text", SENTENCE]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = "raises the left arm like a zebra"
    assert lines == [
        f"{files / 'a.npz'}: {told} ✓  (not checked: zebra)",
        f"{files / 'b.bvh'}: {told} ✓  (not checked: zebra)",
        f"{files / 'c.npz'}: {told} ✗  (not checked: zebra)",
    ]


def test_what_is_required_decides_the_exit_code(files, capsys):
    asked = ["--text", SENTENCE, "--require", "--json"]
    assert main.main(["check", str(files / "a.npz"), str(files / "b.bvh"), *asked]) == 0
    capsys.readouterr()
    assert main.main(["check", str(files), *asked]) == main.FAILED
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["holds"] for row in rows] == [True, True, False]
    assert rows[0]["unread"] == ["zebra"] and rows[0]["ticks"][0][2] is True


def test_without_a_text_it_is_the_clips_own(files, capsys):
    assert main.main(["check", str(files / "a.npz"), str(files / "c.npz")]) == main.FAILED
    said = capsys.readouterr()
    assert said.out == f"{files / 'a.npz'}: walks ✗\n"
    assert "c.npz: it names no sentence; give --text." in said.err


def test_what_cannot_be_read_is_told_and_the_others_go_on(files, capsys):
    asked = ["--text", "a person stands"]
    assert main.main(["check", str(files / "no.npz"), str(files / "b.bvh"), *asked]) == main.FAILED
    said = capsys.readouterr()
    assert "no.npz" in said.err and said.out == f"{files / 'b.bvh'}: stands ✓\n"
    assert main.main(["check", str(files / "a.npz"), "--text", "a zebra"]) == 0
    assert "nothing that can be checked  (not checked: zebra)" in capsys.readouterr().out
