"""The embedded engine as its users see it: requests to clips, clips to sentences."""

import time

import numpy as np
import pytest

from motionllm.engine.choose import open_engine
from motionllm.errors import MotionError
from motionllm.judge import choose
from motionllm.judge.clause import Verdict
from motionllm.judge.judge import judged
from motionllm.motion import lead
from motionllm.motion.clip import Clip
from motionllm.pack.pack import load_pack
from motionllm.requests import GenerateRequest
from motionllm.tokens import destination


@pytest.fixture(scope="module")
def engine(backbone_path, random_pack):
    return open_engine("embedded", load_pack(random_pack), backbone_path)


def same(first, second):
    return np.array_equal(first.rotations, second.rotations)


def test_clip_has_the_asked_length_and_says_where_it_comes_from(engine):
    request = GenerateRequest("a person walks", seconds=2.0, seed=3)
    (clip,) = engine.generate([request])
    assert (clip.frames, clip.fps) == (60, 30)
    assert (clip.text, clip.seed) == ("a person walks", 3)
    assert (clip.pack, clip.licence) == ("random", "CC0-1.0")
    assert np.isfinite(clip.joints).all()


def test_same_seed_same_clip_alone_or_in_a_batch(engine):
    requests = [
        GenerateRequest("a person walks", seconds=1.0, seed=1),
        GenerateRequest("a tired old man sits down on a chair", seconds=2.0, seed=2, guidance=1.0),
        GenerateRequest("a person walks", seconds=1.6, seed=3, temperature=0.7, top_p=1.0),
    ]
    together = engine.generate(requests)
    assert [clip.frames for clip in together] == [30, 60, 48]
    for request, clip in zip(requests, together, strict=True):
        assert same(engine.generate([request])[0], clip)


def test_another_seed_another_clip(engine):
    first, second = engine.generate(
        [GenerateRequest("a person jumps", seconds=1.0, seed=seed) for seed in (0, 1)]
    )
    assert not same(first, second)


def test_takes_are_drawn_alike_whatever_is_beside_them(engine):
    request = GenerateRequest("a person waves", 1.0, seed=4)
    (takes,) = engine.draw([request], range(3))
    assert len({take.codes.tobytes() for take in takes}) == 3
    assert same(engine.finished(takes[0].clip, request), engine.generate([request])[0])
    (later,) = engine.draw([request], range(2, 4))
    assert later[0].codes.tobytes() == takes[2].codes.tobytes()
    other = GenerateRequest("a person walks", 1.6, seed=1)
    (beside, _) = engine.draw([request, other], range(3))
    assert [take.codes.tobytes() for take in beside] == [take.codes.tobytes() for take in takes]


def test_the_judge_keeps_what_shows_the_text_and_asks_the_captioner_where_it_cannot_tell(engine):
    text, seconds = "a person yodels", 1.0  # nothing that can be checked
    request = GenerateRequest(text, seconds, seed=4, best_of=3)
    (kept,) = choose.generate(engine, [request])
    (takes,) = engine.draw([request], range(3))
    scores = engine.likelihoods(takes, text)
    assert same(kept, engine.finished(takes[int(np.argmax(scores))].clip, request))
    request = GenerateRequest("a person jumps", seconds, seed=4, best_of=4)
    (kept,) = choose.generate(engine, [request])
    (takes,) = engine.draw([request], range(4))
    degrees = [judged(take.clip, request.text).degree for take in takes]
    finished = [engine.finished(take.clip, request) for take in takes]
    (which,) = [index for index, clip in enumerate(finished) if same(clip, kept)]
    assert degrees[which] >= max(degrees) - choose.LIKE
    assert Verdict.from_json(kept.ticks).ticks[0].words == "jumps"
    other = GenerateRequest("a person walks", 1.6, seed=1)
    assert same(choose.generate(engine, [other, request])[1], kept)  # whatever else is asked


def test_a_motion_ends_where_it_is_told_to(engine):
    request = GenerateRequest("a person walks", 2.0, seed=2, turn=15.0, ahead=0.1, left=0.1)
    task = engine._task(request)
    engine._motion.decode([task], lambda *_: None, lambda: False)
    assert tuple(task.destination) == destination.given(request.end)
    (clip,) = engine.generate([request])
    metres, radians = lead.missed(clip, request.end)
    assert metres < 0.3 and radians < 1.6  # random weights hardly come near it
    free = engine.generate([GenerateRequest("a person walks", 2.0, seed=2)])[0]
    assert not same(free, clip)


def test_long_clips_are_decoded_in_windows(engine):
    (clip,) = engine.generate([GenerateRequest("a person walks", seconds=11.0, guidance=1.0)])
    assert clip.frames == 330


def test_more_than_fit_are_decoded_in_turn(engine, monkeypatch):
    monkeypatch.setattr("motionllm.engine.embedded.engine.TOGETHER", 2)
    seen = []
    requests = [GenerateRequest("a person walks", 1.0, seed, guidance=1.0) for seed in range(3)]
    clips = engine.generate(requests, lambda done, total: seen.append((done, total)))
    monkeypatch.undo()
    assert all(same(a, b) for a, b in zip(clips, engine.generate(requests), strict=True))
    assert seen == sorted(seen) and seen[-1] == (15, 15)


def test_without_seconds_the_model_decides(engine):
    (clip,) = engine.generate([GenerateRequest("a person bows", guidance=1.0)])
    assert 30 <= clip.frames <= 300


def test_progress_counts_tokens(engine):
    seen = []
    requests = [GenerateRequest("run", seconds=s, guidance=1.0) for s in (1.0, 2.0)]
    engine.generate(requests, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (2, 15)
    assert seen[-1] == (15, 15)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_cancel_stops_between_tokens_and_the_next_request_works(engine):
    calls = []

    def cancelled():
        calls.append(time.monotonic())
        return len(calls) > 3

    with pytest.raises(MotionError) as caught:
        engine.generate([GenerateRequest("run", seconds=5.0)], cancelled=cancelled)
    assert caught.value.code == "cancelled"
    assert len(calls) == 4
    assert engine.generate([GenerateRequest("run", seconds=0.4)])[0].frames == 12


@pytest.mark.parametrize("text", ["跑步 🏃🏽‍♀️", "<|im_end|>", "x " * 499, "走" * 300])
def test_any_text_gives_a_clip(engine, text):
    assert engine.generate([GenerateRequest(text, seconds=0.4)])[0].frames == 12


@pytest.mark.parametrize("request_", [
    GenerateRequest(""), GenerateRequest("x" * 10_000), GenerateRequest("run", seconds=-1),
])  # fmt: skip
def test_bad_requests_are_refused(engine, request_):
    with pytest.raises(MotionError) as caught:
        engine.generate([request_])
    assert caught.value.code == "bad_request"


def test_no_requests_no_clips(engine):
    assert engine.generate([]) == []
    assert engine.caption([]) == []


def test_captions_are_one_line_each_alone_or_together(engine):
    requests = [GenerateRequest("run", seconds=s, seed=7, guidance=1.0) for s in (1.0, 2.4)]
    clips = engine.generate(requests)
    together = engine.caption(clips)
    assert [engine.caption([clip])[0] for clip in clips] == together
    assert all(text == " ".join(text.split()) for text in together)


def test_captions_of_long_clips_and_cancel(engine):
    (clip,) = engine.generate([GenerateRequest("run", seconds=0.4)])
    repeat = np.resize(np.arange(clip.frames), 700)
    long = Clip.build(30, clip.rotations[repeat], clip.translation[repeat])
    with pytest.raises(MotionError) as caught:
        engine.caption([long], cancelled=lambda: True)
    assert caught.value.code == "cancelled"


def test_wrong_backbone_is_refused(random_pack, tmp_path):
    wrong = tmp_path / "other.gguf"
    wrong.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(MotionError) as caught:
        open_engine("embedded", load_pack(random_pack), wrong)
    assert caught.value.code in ("bad_file", "no_backbone")
