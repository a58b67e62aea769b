"""`motionllm caption`: folders, tables, pieces; what cannot be read is named, the rest goes on."""

import csv
import json

import pytest

from motionllm.batch import captions
from motionllm.cli import caption, clip_files, main
from motionllm.cli.clip_files import Read
from motionllm.errors import MotionError
from motionllm.motion.bvh import bvh_text, write_bvh
from motionllm.motion.clip import save_clip
from motionllm.motion.join import join
from tests.helpers.scripted_engine import PACK, ScriptedEngine, swaying
from tests.helpers.synthetic import make_steps, moving


class Captioner(ScriptedEngine):
    """Tells how long a clip is, and does not take those of less than half a second."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def caption(self, clips, *_):
        self.asked.append(len(clips))
        if any(clip.seconds < 0.5 for clip in clips):
            raise MotionError("bad_request", "The motion is too short to describe.")
        return [f"a person moves for {clip.seconds:.1f} s." for clip in clips]


@pytest.fixture
def engine(monkeypatch):
    made = Captioner()
    monkeypatch.setattr("motionllm.engine.loaded.LoadedEngines._open", lambda *_: made)
    monkeypatch.setattr("motionllm.pack.pack.load_pack", lambda *_: PACK)
    return made


@pytest.fixture
def library(tmp_path):
    """A folder of five clips, two of them of no use, and things that are no clips."""
    folder = tmp_path / "library"
    (folder / "deep").mkdir(parents=True)
    save_clip(swaying(seconds=1.0), folder / "a.npz")
    write_bvh(folder / "b.BVH", swaying(seconds=2.0))
    (folder / "c.bvh").write_text("no such thing")
    save_clip(swaying(seconds=0.2), folder / "d.npz")
    save_clip(swaying(seconds=3.0), folder / "deep" / "e.npz")
    (folder / "notes.txt").write_text("")
    (folder / ".hidden.npz").write_text("")
    return folder


def test_a_folder_prints_a_line_a_file_and_names_the_others(engine, library, capsys):
    assert main.main(["caption", str(library)]) == main.FAILED
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"{library}/a.npz: a person moves for 1.0 s",
        f"{library}/b.BVH: a person moves for 2.0 s",
        f"{library}/deep/e.npz: a person moves for 3.0 s",
    ]
    assert f"{library}/c.bvh, line 1" in said.err and "too short" in said.err
    assert len(said.err.splitlines()) == 2
    (library / "c.bvh").unlink()
    (library / "d.npz").unlink()
    engine.asked.clear()
    assert main.main(["caption", str(library)]) == 0
    assert engine.asked == [3]  # together


@pytest.mark.usefixtures("engine")
def test_a_table_holds_failures_too(library, tmp_path, capsys):
    out = tmp_path / "out.csv"
    assert main.main(["caption", str(library), "--csv", str(out)]) == main.FAILED
    assert "3 described, 2 could not be" in capsys.readouterr().out
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert len(rows) == 5 and sum(bool(row["error"]) for row in rows) == 2
    assert [row["end"] for row in rows if row["caption"]] == ["1.00", "2.00", "3.00"]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.csv"]


def test_a_table_that_cannot_be_written_is_told_before_the_work(engine, library, capsys):
    assert main.main(["caption", str(library), "--csv", "/no/such/x.csv"]) == main.FAILED
    assert "cannot be written" in capsys.readouterr().err and engine.asked == []


def test_a_table_does_not_take_the_place_of_a_motion(engine, library, capsys):
    before = (library / "a.npz").read_bytes()
    words = ["caption", str(library), "--csv", str(library / "deep" / ".." / "a.npz")]
    assert main.main(words) == main.USAGE
    assert "would be overwritten" in capsys.readouterr().err and engine.asked == []
    assert (library / "a.npz").read_bytes() == before


@pytest.mark.usefixtures("engine")
def test_a_stopped_table_says_where_its_lines_are(library, tmp_path, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(caption._Table, "described", stop)
    out = tmp_path / "out.csv"
    out.write_text("the one before")
    assert main.main(["caption", str(library), "--csv", str(out)]) == main.INTERRUPTED
    assert "out.csv.part" in capsys.readouterr().err
    assert out.read_text() == "the one before" and (tmp_path / "out.csv.part").exists()


@pytest.mark.usefixtures("engine")
def test_pieces_have_start_and_end(tmp_path, capsys):
    clip = join([moving(4), moving(5, speed=1.3)])
    save_clip(clip, tmp_path / "two.npz")
    assert main.main(["caption", str(tmp_path / "two.npz"), "--pieces", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 2 and abs(rows[0]["end"] - 4.0) < 0.5
    assert rows[0]["end"] == rows[1]["start"] and rows[1]["end"] == round(clip.seconds, 2)
    main.main(["caption", str(tmp_path / "two.npz"), "--pieces"])
    assert capsys.readouterr().out.startswith("0.0-")


@pytest.mark.usefixtures("engine")
def test_one_line_for_a_long_motion_of_several_actions(tmp_path, capsys):
    clip = join([moving(6), moving(6, speed=1.3)])
    save_clip(clip, tmp_path / "long.npz")
    assert main.main(["caption", str(tmp_path / "long.npz")]) == 0
    assert capsys.readouterr().out.count(", then moves") == 1


@pytest.mark.usefixtures("engine")
def test_an_empty_folder_is_told(tmp_path, capsys):
    assert main.main(["caption", str(tmp_path)]) == main.USAGE
    assert "holds no motion" in capsys.readouterr().err


def test_no_more_than_a_batch_is_read_ahead(engine):
    read = []

    def motions():
        for number in range(100):
            read.append(number)
            yield number, swaying(seconds=1.0)

    found = captions.describe(motions(), engine, size=4)
    assert next(found)[0] == 0 and len(read) == 5
    assert len(list(found)) == 99 and max(engine.asked) == 4


@pytest.mark.usefixtures("engine")
def test_a_reader_that_breaks_costs_one_file(library, monkeypatch, capsys):
    monkeypatch.setattr("motionllm.motion.bvh.read_bvh", lambda *_: 1 / 0)
    assert main.main(["caption", str(library)]) == main.FAILED
    said = capsys.readouterr()
    assert "b.BVH: It cannot be read (ZeroDivisionError" in said.err
    assert len(said.out.splitlines()) == 2


def motions_in(path, action="", armature=""):
    """Stand in for Blender: a file with three animations, one of which cannot be read."""
    assert path.suffix == ".glb" and (action, armature) in (("", ""), ("w*", "Hero"))
    walk = Read(swaying(seconds=1.0), ("1 of 2 characters read",), "walk")
    wave = Read(swaying(seconds=2.0), (), "wave")
    return [walk, wave], [("jump", MotionError("bad_request", "There is no motion."))]


@pytest.mark.usefixtures("engine")
def test_a_file_of_several_motions_has_a_line_for_each(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("motionllm.cli.caption.read_motions", motions_in)
    path = str(tmp_path / "two.glb")
    assert main.main(["caption", path]) == main.FAILED
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        f"{path} (walk): a person moves for 1.0 s", f"{path} (wave): a person moves for 2.0 s"
    ]  # fmt: skip
    assert f"{path} (jump): There is no motion." in said.err
    assert f"{path}: 1 of 2 characters read." in said.err
    words = ["--json", "--action", "w*", "--armature", "Hero"]
    assert main.main(["caption", path, *words]) == main.FAILED
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["motion"] for row in rows] == ["jump", "walk", "wave"]
    assert rows[1]["notes"] == ["1 of 2 characters read"] and "notes" not in rows[2]
    out = tmp_path / "out.csv"
    main.main(["caption", path, "--csv", str(out)])
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert [(row["file"], row["motion"]) for row in rows] == [
        (path, "jump"), (path, "walk"), (path, "wave")
    ]  # fmt: skip


def test_people_of_a_bvh_are_chosen_by_name(tmp_path):
    """Two ROOTs: a motion each; both options choose."""
    path = tmp_path / "pair.bvh"
    head, motion = bvh_text(make_steps()).split("MOTION\n")
    counts, rows = motion.splitlines()[:2], motion.splitlines()[2:]
    second = head.removeprefix("HIERARCHY\n").replace("ROOT ", "ROOT B_")
    lines = [head + second + "MOTION", *counts, *(f"{row} {row}" for row in rows)]
    path.write_text("\n".join(lines))
    found, failed = clip_files.read_motions(path)
    assert [read.name for read in found] == ["pelvis", "B_pelvis"] and not failed
    for wanted in ({"armature": "B_*"}, {"action": "B_pelvis"}):
        found, _ = clip_files.read_motions(path, **wanted)
        assert [read.name for read in found] == ["B_pelvis"]
    assert clip_files.read_motion(path, "B_pelvis").name == "B_pelvis"
    assert clip_files.read_motion(path).notes == (
        "1 of 2 motions read, pelvis; --action NAME reads another: B_pelvis",
    )
    with pytest.raises(MotionError, match="pair.bvh holds nobody called 'Anna'"):
        clip_files.read_motions(path, armature="Anna")
