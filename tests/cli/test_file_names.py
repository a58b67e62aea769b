"""Wildcards as Windows hands them over: expanded by every command that takes files."""

import pytest

from motionllm.cli import main
from motionllm.cli.file_names import file_named, files_named
from motionllm.cli.retarget import _pairs
from motionllm.errors import MotionError
from motionllm.motion.clip import save_clip
from tests.helpers.scripted_engine import PACK, ScriptedEngine, swaying


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("b.npz", "a.npz", "c.txt", "deep/d.npz", "take[1].npz"):
        save_clip(swaying(seconds=1.0), tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("*.npz", ["a.npz", "b.npz", "take[1].npz"]),
        ("?.npz", ["a.npz", "b.npz"]),
        ("[ab].*", ["a.npz", "b.npz"]),
        ("**/*.npz", ["a.npz", "b.npz", "deep/d.npz", "take[1].npz"]),
        ("*/d.npz", ["deep/d.npz"]),
        ("d*p", ["deep"]),
        ("a.npz", ["a.npz"]),
        ("none.npz", ["none.npz"]),
        ("take[1].npz", ["take[1].npz"]),  # a file of this name is there
    ],
)
def test_what_a_name_stands_for(folder, name, found):
    assert files_named(str(folder / name)) == [folder / one for one in found]


def test_one_file_is_one(folder):
    assert file_named(str(folder / "a*")) == folder / "a.npz"
    with pytest.raises(MotionError, match="stands for 3 files"):
        file_named(str(folder / "*.npz"))
    with pytest.raises(MotionError, match="No file has a name like .*none"):
        file_named(str(folder / "none*"))


def test_the_commands_expand_them(folder, monkeypatch, capsys):
    engine = ScriptedEngine()
    monkeypatch.setattr("motionllm.engine.loaded.LoadedEngines._open", lambda *_: engine)
    monkeypatch.setattr("motionllm.pack.pack.load_pack", lambda *_: PACK)
    assert main.main(["caption", str(folder / "?.npz"), str(folder / "d*")]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [folder / "a.npz", folder / "b.npz", folder / "deep/d.npz"]
    assert [line.split(": ")[0] for line in lines] == [str(name) for name in names]
    assert main.main(["caption", str(folder / "*.bvh")]) == main.USAGE
    assert "No file has a name like" in capsys.readouterr().err
    out = folder / "out"
    pairs = _pairs(str(folder / "?.npz"), out, "bvh")
    assert pairs == [(folder / f"{name}.npz", out / f"{name}.bvh") for name in "ab"]
    (folder / "prompts.txt").write_text("{}\n")
    asked = ["generate", "--prompts", str(folder / "pr*"), "--out", str(out)]
    assert main.main(asked) == main.FAILED
    assert "line 1" in capsys.readouterr().err
