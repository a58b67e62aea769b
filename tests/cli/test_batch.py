"""Many prompts: numbered clips, bad lines told, stopped runs gone on with, memory bounded."""

import errno
import io
import json
from pathlib import Path

import pytest

from motionllm import batch
from motionllm.batch import Prompt, read_prompts, run_batch
from motionllm.clip import load_clip, save_clip
from motionllm.engine import GenerateRequest
from motionllm.errors import MotionError

from .scripted import ScriptedEngine, swaying

DEFAULTS = GenerateRequest("motion")


def lines(*values) -> io.BytesIO:
    rows = [v if isinstance(v, bytes) else json.dumps(v).encode() for v in values]
    return io.BytesIO(b"\n".join(rows))


def run(folder, *values, engine=None, **options):
    engine = engine or ScriptedEngine()
    said = []
    outcome = run_batch(
        lines(*values), folder, DEFAULTS, "scripted", lambda: engine, said.append, **options
    )
    return outcome, engine, said


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
    assert outcome.written == 2 and engine.batches == [["walk", "jump"]]
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
    assert [number for number, _ in outcome.bad] == [3]
    assert any(text.startswith("line 3: ") and word in text for text in said)
    # A repaired line must not move the others, so a bad one keeps its place.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0000.npz", "0002.npz"]


def test_a_byte_order_mark_and_windows_line_ends_are_fine():
    text = '\ufeff{"text": "a"}\r\n\r\n{"text": "Ärger 一 😀"}\r\n'.encode()
    prompts = list(read_prompts(io.BytesIO(text), DEFAULTS))
    assert [(p.line, p.index, p.request.text) for p in prompts] == [
        (1, 0, "a"),
        (3, 1, "Ärger 一 😀"),
    ]


def test_a_second_run_goes_on_where_the_first_was_stopped(tmp_path):
    prompts = [{"text": f"walk {i}"} for i in range(6)]
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, *prompts[:4], {"text": "stop"}, size=2)
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(kept) == 4
    outcome, engine, _ = run(tmp_path, *prompts, size=2)
    assert (outcome.kept, outcome.written) == (4, 2)
    assert engine.batches == [["walk 4", "walk 5"]]
    assert all((tmp_path / name).stat().st_mtime_ns == when for name, when in kept.items())


def test_a_finished_folder_needs_no_engine(tmp_path):
    run(tmp_path, {"text": "walk"})

    def no_engine():
        raise AssertionError("the engine was loaded")

    outcome = run_batch(lines({"text": "walk"}), tmp_path, DEFAULTS, "scripted", no_engine)
    assert (outcome.kept, outcome.written) == (1, 0)


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
    outcome, _, _ = run(tmp_path, {"text": "walk", "seconds": 2, "seed": 3})
    clip = load_clip(path)
    assert outcome.written == 1
    assert (clip.text, clip.seed, clip.seconds, clip.pack) == ("walk", 3, 2.0, "scripted")


def test_one_that_spoils_a_batch_spoils_only_itself(tmp_path):
    outcome, _, _ = run(tmp_path, {"text": "a"}, {"text": "crash"}, {"text": "b"})
    assert outcome.written == 2 and [number for number, _ in outcome.bad] == [2]


def test_what_every_line_would_meet_ends_the_run(tmp_path):
    with pytest.raises(MotionError) as caught:
        run(tmp_path, {"text": "a"}, {"text": "gone"}, size=1)
    assert caught.value.code == "no_backbone"
    assert (tmp_path / "0000.npz").exists()


def test_a_full_disk_is_told_and_leaves_no_half_file(tmp_path, monkeypatch):
    def full(self, data):
        if data:
            raise OSError(errno.ENOSPC, "No space left on device")
        return 0

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(batch, "check_folder", lambda folder: None)
    with pytest.raises(MotionError) as caught:
        run(tmp_path, {"text": "a"})
    assert caught.value.code == "output" and "No space left" in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_loaded(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MotionError) as caught:
        run_batch(lines({"text": "a"}), tmp_path / "file" / "out", DEFAULTS, "scripted", None)
    assert caught.value.code == "output"


def test_no_more_than_a_batch_is_read_ahead(tmp_path):
    class Endless(io.RawIOBase):
        """Counts the lines that were asked of it."""

        count = 0

        def readline(self, size=-1):
            self.count += 1
            return b'{"text": "walk"}\n' if self.count <= 1000 else b""

    source = Endless()
    prompts = read_prompts(source, DEFAULTS)
    assert isinstance(next(prompts), Prompt) and source.count == 1
    stop = ScriptedEngine()
    stop.generate = lambda requests, progress: (_ for _ in ()).throw(KeyboardInterrupt)
    source = Endless()
    with pytest.raises(KeyboardInterrupt):
        run_batch(source, tmp_path, DEFAULTS, "scripted", lambda: stop, size=4)
    assert source.count == 4
