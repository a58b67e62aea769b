"""What is looked at beyond the takes that a model draws: stitched ones, and recordings."""

import random
from types import SimpleNamespace

import numpy as np

from motionllm.data.gestures import timing
from motionllm.data.gestures.perform import perform
from motionllm.data.gestures.table import gestures
from motionllm.engine.interface import Take
from motionllm.english.words import stem
from motionllm.judge.choose import chosen
from motionllm.judge.evidence import Found
from motionllm.judge.further import recorded
from motionllm.judge.judge import judged
from motionllm.judge.judged_take import judge
from motionllm.judge.read import read
from motionllm.judge.stitch import halves, laid_over
from motionllm.motion.lay_over import ARM
from motionllm.pack.recordings import recordings_of, save_recordings
from motionllm.requests import GenerateRequest
from tests.helpers.puppet import Puppet
from tests.helpers.scripted_engine import PACK, ScriptedEngine
from tests.judge.test_checks import walking, waving


def test_a_sentence_falls_into_halves_where_arms_and_legs_do_two_things_at_once():
    found = halves(read("a tired man walks forward while waving with his right hand"))
    assert found.below == "a person walks forward" and found.over.act == "wave"
    assert found.above == "a person waves with the right hand"
    found = halves(read("a person jogs with both arms raised"))
    assert "jogs" in found.below and found.above == "a person raises both hands"
    for text in ("a person walks", "a man walks, then waves", "a person punches while waving"):
        assert halves(read(text)) is None, text


def test_one_arm_is_laid_over_a_walk_and_nothing_else_changes():
    walk, wave = walking().clip(), waving("right").clip()
    (clause,) = read("a man waves with his right hand").clauses
    made = laid_over(walk, wave, clause, Found(1.0, 0.5, 3.5))
    assert judged(made, "a man walks while waving with his right hand").holds
    assert not judged(walk, "a man walks while waving with his right hand").holds
    others = [joint for joint in range(22) if joint not in ARM["right"]]
    assert np.allclose(made.rotations[:, others], walk.rotations[:, others], atol=1e-6)
    assert np.array_equal(made.translation, walk.translation)
    assert made.frames == walk.frames


def test_what_is_done_once_is_eased_in_and_out():
    (clause,) = read("a man punches with his left hand").clauses
    below, above = Puppet(4).clip(), waving("left").clip()
    made = laid_over(below, above, clause, Found(1.0, 1.5, 2.0))
    arm = list(ARM["left"])
    for frame in (0, 20, 100, 119):
        assert np.allclose(made.rotations[frame, arm], below.rotations[frame, arm], atol=1e-5)
    assert np.allclose(made.rotations[52, arm], above.rotations[52, arm], atol=1e-5)
    before = np.abs(np.diff(above.rotations[:, arm], axis=0)).max()
    assert np.abs(np.diff(made.rotations[:, arm], axis=0)).max() < 3 * before  # no pop


def test_recordings_are_found_by_rare_words_and_cut_to_length(tmp_path):
    pieces = [np.full((n, 3), index, int) for index, n in enumerate((10, 30, 20))]
    captions = [["a person walks"], ["a man does jumping jacks", "jacks"], ["she walks slowly"]]
    save_recordings(tmp_path, pieces, captions, ["b (free)", "a (CC0)", "b (free)"])
    held = recordings_of(tmp_path)
    (one,) = held.nearest("someone does jumping jacks", 20, 5)
    assert one.source == "a (CC0)" and one.codes.shape == (20, 3) and (one.codes == 1).all()
    assert one.stems == {stem(word) for word in ("does", "jumping", "jacks")}
    assert [len(one.codes) for one in held.nearest("slowly walking", None, 5)] == [20, 10]
    assert held.nearest("walks", 25, 5) == [] == held.nearest("yodels", None, 5)
    assert recordings_of(tmp_path / "none") is None


class Decoding(ScriptedEngine):
    """Every recording is somebody who waves."""

    def decoded(self, codes):
        return Take(codes, waving("right").clip())


def test_a_recording_comes_first_where_a_word_of_it_was_never_learnt(tmp_path):
    pieces = [np.zeros((10, 3), int), np.ones((10, 3), int)]
    save_recordings(tmp_path, pieces, [["a person waves hello"], ["a man runs"]], ["a (CC0)"] * 2)
    request = GenerateRequest(text="a person waves")
    reading = read(request.text)
    drawn = judge(Take(pieces[1], waving("right").clip()), reading, request)
    assert drawn.verdict.holds
    for learnt, source in ((("a", "person", "wave"), ""), (("a", "person"), "a (CC0)")):
        engine = Decoding()
        engine.pack = SimpleNamespace(
            **{**vars(PACK), "folder": tmp_path, "known_words": frozenset(map(stem, learnt))}
        )
        takes = [drawn, *recorded(engine, reading, request)]
        assert len(takes) == 2 and chosen(engine, takes, request).take.clip.source == source


def test_so_small_a_movement_is_taken_from_a_recording(tmp_path):
    gesture = gestures()["nod"]
    nods = perform(Puppet(6.0).clip(), gesture, "right",
                   timing.draw(gesture, False, 6.0, random.Random(0), 1))  # fmt: skip

    class Nodding(ScriptedEngine):
        def decoded(self, codes):
            return Take(codes, nods)

    pieces = [np.zeros((10, 3), int)]
    save_recordings(tmp_path, pieces, [["a person nods"]], ["a (CC0)"])
    engine = Nodding()
    known = frozenset(map(stem, ("a", "person", "nods", "waves")))
    engine.pack = SimpleNamespace(**{**vars(PACK), "folder": tmp_path, "known_words": known})
    for text, source in (("a person nods", "a (CC0)"), ("a person waves", "")):
        request, reading = GenerateRequest(text=text), read(text)
        clip = nods if "nods" in text else waving("right").clip()
        drawn = judge(Take(pieces[0], clip), reading, request)
        assert drawn.verdict.holds
        takes = [drawn, *recorded(engine, reading, request)]
        assert chosen(engine, takes, request).take.clip.source == source
