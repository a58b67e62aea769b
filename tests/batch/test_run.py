"""Many prompts: numbered clips, bad lines told, stopped runs gone on with, memory bounded."""

import errno
import io
from pathlib import Path

import pytest

from motionllm.batch.groups import WINDOW, read_recipe
from motionllm.batch.prompt_list import Line, read_prompts
from motionllm.batch.run import run_batch
from motionllm.batch.worker import make_group
from motionllm.errors import MotionError
from motionllm.folder_lock import lock_folder
from motionllm.motion.clip import load_clip, save_clip
from motionllm.requests import GenerateRequest
from tests.helpers.batches import lines
from tests.helpers.scripted_engine import ScriptedEngine, swaying

DEFAULTS = GenerateRequest("motion")


def maker(engine):
    return lambda groups: ((group, make_group(engine, group)) for group in groups)


def run(folder, *values, engine=None, pack="scripted", **options):
    engine = engine or ScriptedEngine()
    said = []
    outcome = run_batch(
        lines(*values), folder, DEFAULTS, pack, maker(engine), said.append, **options
    )
    return outcome, engine, said


def bad_lines(said):
    return [int(text.split()[1].rstrip(":")) for text in said if text.startswith("line")]


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_line_becomes_a_numbered_clip(tmp_path):
    outcome, engine, _ = run(
        tmp_path / "new" / "folder",
        {"text": "walk", "seconds": 2, "seed": 9},
        {"text": "  jump \n"},
        size=8,
    )
    first, second = (load_clip(tmp_path / "new/folder" / f"000{i}.npz") for i in range(2))
    assert (first.text, first.seed, first.seconds) == ("walk", 9, 2.0)
    assert (second.text, second.seed) == ("jump", 1)  # its place, so that equal texts differ
    assert outcome.written == 2 and sorted(engine.batches[0]) == ["jump", "walk"]
    assert sorted(p.name for p in (tmp_path / "new/folder").iterdir()) == ["0000.npz", "0001.npz"]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (b"not json", "not JSON"),
        (b'{"text": "cut off', "not JSON"),
        (b'{"text": "\xff\xfe"}', "not UTF-8"),
        (b"[1, 2]", "text"),
        (b'"walk"', "text"),
        (b"{}", "text"),
        (b'{"text": ""}', "empty"),
        (b'{"text": 5}', "must be text"),
        (b'{"text": "a", "seconds": 0}', "seconds is 0"),
        (b'{"text": "a", "seconds": NaN}', "seconds"),
        (b'{"text": "a", "seed": -4}', "seed"),
        (b'{"text": "a", "sceonds": 4}', "sceonds"),
        (b'{"text": "' + b"x" * 2000 + b'"}', "2,000 characters"),
        (b'{"text": "' + b"x" * 200_000 + b'"}', "longer than"),
        (b"[" * 50_000, "not JSON"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_others_go_on(tmp_path, line, word):
    outcome, _, said = run(tmp_path, {"text": "a"}, b"", line, {"text": "b"})
    assert outcome.bad == 1 and bad_lines(said) == [3]
    assert any(text.startswith("line 3: ") and word in text for text in said)
    # A repaired line must not move the others, so a bad one keeps its place.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0000.npz", "0002.npz"]


def test_a_second_run_goes_on_where_the_first_was_stopped(tmp_path):
    prompts = [{"text": f"walk {i}", "seconds": 1} for i in range(6)]
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, *prompts[:4], {"text": "stop", "seconds": 2}, size=2)
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(kept) == 4
    outcome, engine, _ = run(tmp_path, *prompts, size=2)
    assert (outcome.kept, outcome.written) == (4, 2)
    assert engine.batches == [["walk 4", "walk 5"]]
    assert all((tmp_path / name).stat().st_mtime_ns == when for name, when in kept.items())


def test_a_finished_folder_needs_no_engine(tmp_path):
    run(tmp_path, {"text": "walk"})
    outcome, engine, _ = run(tmp_path, {"text": "walk"})
    assert (outcome.kept, outcome.written) == (1, 0) and engine.batches == []


def test_stopped_or_not_the_files_are_the_same(tmp_path):
    """Even where the stop fell into the middle of a batch, and with bad lines in between."""
    prompts = [{"text": f"walk {i}", "seconds": 1 + i % 3} for i in range(20)]
    prompts[7] = b"rubbish"
    run(tmp_path / "whole", *prompts, size=4)
    _, first, _ = run(tmp_path / "parts", *prompts, size=4)
    for number in (3, 4, 11):
        (tmp_path / "parts" / f"{number:04d}.npz").unlink()
    outcome, second, _ = run(tmp_path / "parts", *prompts, size=4)
    assert outcome.written == 3 and outcome.kept == 16
    # A batch of which a part is missing is decoded whole: neighbours touch the last digits.
    assert all(batch in first.batches for batch in second.batches)
    assert contents(tmp_path / "whole") == contents(tmp_path / "parts")


def test_two_runs_write_the_same_bytes_whatever_the_time(tmp_path, monkeypatch):
    run(tmp_path / "a", {"text": "walk"}, {"text": "run"})
    monkeypatch.setattr("time.localtime", lambda *_: (2031, 5, 4, 3, 2, 1, 0, 1, 0))
    run(tmp_path / "b", {"text": "walk"}, {"text": "run"})
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize(
    "change",
    [{"guidance": 1.5}, {"temperature": 0.5}, {"cleanup": False}, {"best_of": 2}, {"seconds": 1.2}],
)
def test_another_request_or_pack_makes_the_clip_anew(tmp_path, change):
    run(tmp_path, {"text": "walk", "seconds": 1})
    outcome, _, _ = run(tmp_path, {"text": "walk", "seconds": 1} | change)
    assert (outcome.written, outcome.kept) == (1, 0)
    outcome, _, _ = run(tmp_path, {"text": "walk", "seconds": 1} | change, pack="retrained")
    assert (outcome.written, outcome.kept) == (1, 0)


def test_a_second_run_into_the_folder_is_refused(tmp_path):
    with lock_folder(tmp_path):
        with pytest.raises(MotionError, match="Another run .*is writing into") as caught:
            run(tmp_path, {"text": "a"})
        assert caught.value.code == "output"
    assert run(tmp_path, {"text": "a"})[0].written == 1
    assert [path.name for path in tmp_path.iterdir()] == ["0000.npz"]


def test_a_lock_left_behind_by_a_killed_run_is_no_hindrance(tmp_path):
    (tmp_path / ".motionllm.lock").write_text("12345\n")
    assert run(tmp_path, {"text": "a"})[0].written == 1
    assert [path.name for path in tmp_path.iterdir()] == ["0000.npz"]


@pytest.mark.parametrize(
    "other",
    [
        swaying("run", 3, 2.0),
        swaying("walk", 4, 2.0),
        swaying("walk", 3, 2.4),
        swaying("walk", 3, 2.0, pack="another"),
        None,
    ],
)
def test_a_clip_that_does_not_agree_is_made_anew(tmp_path, other):
    path = tmp_path / "0000.npz"
    if other is None:
        path.write_bytes(b"PK\x03\x04 cut off")
    else:
        save_clip(other, path)
    assert read_recipe(path) == ""
    outcome, _, _ = run(tmp_path, {"text": "walk", "seconds": 2, "seed": 3})
    clip = load_clip(path)
    assert outcome.written == 1
    assert (clip.text, clip.seed, clip.seconds, clip.pack) == ("walk", 3, 2.0, "scripted")


def test_one_that_spoils_a_batch_spoils_only_itself(tmp_path):
    outcome, _, said = run(tmp_path, {"text": "a"}, {"text": "crash"}, {"text": "b"})
    assert outcome.written == 2 and bad_lines(said) == [2]


def test_what_every_line_would_meet_ends_the_run(tmp_path):
    with pytest.raises(MotionError) as caught:
        run(tmp_path, {"text": "a"}, {"text": "gone"}, size=1)
    assert caught.value.code == "no_backbone"
    assert (tmp_path / "0000.npz").exists()


def test_a_full_disk_is_told_leaves_no_half_file_and_costs_nothing(tmp_path, monkeypatch):
    real, room = Path.write_bytes, [2]

    def full(self, data):
        if not room[0]:
            real(self, data[:100])
            raise OSError(errno.ENOSPC, "No space left on device")
        room[0] -= 1
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    prompts = [{"text": f"walk {i}"} for i in range(4)]
    with pytest.raises(MotionError, match="No space left on device.*goes on where") as caught:
        run(tmp_path, *prompts)
    assert caught.value.code == "output"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0000.npz", "0001.npz"]
    monkeypatch.undo()
    assert run(tmp_path, *prompts)[0].written == 2


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_loaded(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MotionError) as caught:
        run_batch(lines({"text": "a"}), tmp_path / "file" / "out", DEFAULTS, "scripted", None)
    assert caught.value.code == "output"


def test_no_more_than_a_window_is_read_ahead(tmp_path):
    class Endless(io.RawIOBase):
        """Counts the lines that were asked of it."""

        count = 0

        def readline(self, _size=-1):
            self.count += 1
            return b'{"text": "walk"}\n' if self.count <= 1000 else b""

    source = Endless()
    prompts = read_prompts(source, DEFAULTS)
    assert isinstance(next(prompts), Line) and source.count == 1
    stop = ScriptedEngine()
    stop.generate = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    source = Endless()
    with pytest.raises(KeyboardInterrupt):
        run_batch(source, tmp_path, DEFAULTS, "scripted", maker(stop), size=4)
    assert source.count == 4 * WINDOW + 1
