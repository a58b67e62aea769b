"""Options that the program's own words name are options of the command that says them."""

import re

import pytest

from motionllm.cli import main
from motionllm.motion.bvh import write_bvh
from motionllm.motion.clip import save_clip
from tests.helpers.scripted_engine import swaying


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a .bvh of two people, Hips and B_Hips."""
    monkeypatch.chdir(tmp_path)
    write_bvh(tmp_path / "one.bvh", swaying(seconds=2.0))
    text = (tmp_path / "one.bvh").read_text()
    head, motion = text.split("MOTION")
    more = re.sub(r"(ROOT|JOINT) ", r"\1 B_", head.removeprefix("HIERARCHY\n"))
    count, time, *rows = motion.strip().splitlines()
    rows = [f"{row} {row}" for row in rows]
    (tmp_path / "two.bvh").write_text(
        "\n".join([head.rstrip(), more + "MOTION", count, time, *rows])
    )
    save_clip(swaying("a person sways", seconds=2.0), tmp_path / "a.npz")
    (tmp_path / "rig.blend").write_bytes(b"BLENDER")
    return tmp_path


def options_of(command):
    parsers = main.build_parser()._subparsers._group_actions[0].choices
    return set(parsers[command]._option_string_actions)


COMMANDS = [
    "caption two.bvh --armature nobody",
    "caption scene.blend",
    "check two.bvh",
    "check two.bvh --armature nobody --text walk",
    "retarget two.bvh --onto rig.blend --out out.blend",
    "retarget a.npz --onto rig.blend --out rig.blend",
    "crowd walk --count 2 --area 3x3 --out crowd.blend",
]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_option_named_is_there(line, folder, monkeypatch, capsys):
    monkeypatch.delenv("MOTIONLLM_BLENDER", raising=False)
    monkeypatch.setenv("PATH", str(folder))  # no Blender
    main.main(line.split())
    said = "".join(capsys.readouterr())
    named = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", said))
    assert said and named <= options_of(line.split()[0]), said


@pytest.mark.usefixtures("folder")
def test_a_partner_is_chosen(monkeypatch, capsys):
    """The note on two people in a file names what chooses among them, and that does."""
    monkeypatch.setattr("motionllm.people.generate.generate_people", stop)
    command = ["generate", "two people walk", "--partner-of", "two.bvh", "--out", "out.npz"]
    monkeypatch.setattr("motionllm.engine.loaded.LoadedEngines.get", stop)
    assert main.main(command) == main.INTERRUPTED
    said = capsys.readouterr().err
    assert "1 of 2 motions read" in said and "--action NAME reads another: B_" in said
    other = re.search(r"another: (\S+?)\.?$", said.splitlines()[0])[1]
    assert main.main([*command, "--action", other]) == main.INTERRUPTED
    assert "1 of 2" not in capsys.readouterr().err
    assert main.main([*command, "--action", "nobody"]) == main.USAGE
    assert "holds nobody called 'nobody'" in capsys.readouterr().err


def stop(*_, **__):
    raise KeyboardInterrupt
