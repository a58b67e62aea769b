"""People from a sentence with the committed pack: placed, learnt, for somebody, by command."""

import json

import numpy as np
import pytest

from motionllm.cli.main import main
from motionllm.engine.choose import open_engine
from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.motion import bodies
from motionllm.motion.clip import clip_to_bytes, load_clip, save_clip
from motionllm.motion.root import placed, roots_of, seen_from
from motionllm.pack.backbone import find_backbone
from motionllm.pack.folders import find_pack
from motionllm.pack.pack import load_pack
from motionllm.people.generate import LEARNT, PLACED, generate_people
from motionllm.requests import GenerateRequest, PeopleRequest, check_people
from motionllm.serve import messages

PACK = load_pack(find_pack("default"))
knows = pytest.mark.skipif(not PACK.has_people, reason="the pack has no adapter for people")


@pytest.fixture(scope="module")
def engine():
    return open_engine("embedded", PACK, find_backbone(PACK))


def made(engine, text, people=2, seconds=2.0, seed=0, leader=None):
    request = GenerateRequest(text, seconds, seed)
    return generate_people(engine, PeopleRequest(request, people, leader))


def test_what_nobody_learnt_is_placed_and_says_so(engine):
    found = made(engine, "two people play chess", people=3)
    assert found.how == PLACED and "alone" in found.why
    assert bodies.clearance(found.clips) > 0.0
    assert {clip.frames for clip in found.clips} == {60}
    assert all(clip.text == "two people play chess" for clip in found.clips)
    again = made(engine, "two people play chess", people=3)
    pairs = zip(found.clips, again.clips, strict=True)
    assert all(clip_to_bytes(a) == clip_to_bytes(b) for a, b in pairs)


@knows
def test_a_learnt_sentence_stands_as_it_says(engine):
    found = made(engine, "two people bow to each other", seconds=3.0)
    assert found.how == LEARNT and "✗" not in found.why
    one, other = (roots_of(clip)[0] for clip in found.clips)
    assert np.allclose(one, 0.0, atol=0.02)
    assert 0.6 < np.hypot(*seen_from(one, other)[:2]) < 4.0
    assert max(bodies.depth(*(clip.joints for clip in found.clips))) < 0.08


@knows
def test_long_ones_go_on_across_windows(engine):
    """Twelve seconds are more than a window; the follower goes on where it was."""
    found = made(engine, "two people walk side by side", seconds=12.0, seed=1)
    assert found.how == LEARNT
    follower = found.clips[1]
    assert follower.frames == 360
    step = np.linalg.norm(np.diff(follower.joints, axis=0), axis=-1).max(axis=1)
    assert step[290:310].max() < 0.3  # metres a frame: no leap at the seam after 10 s


@knows
def test_both_engines_make_the_same_people(engine):
    pytest.importorskip("torch")
    from motionllm.engine.on_torch.engine import TorchEngine

    torch_engine = TorchEngine(PACK, find_backbone(PACK), "cpu", "fp32")
    wanted = check_people(PeopleRequest(GenerateRequest("two people wave at each other", 2.0, 4)))
    for (ours, places), (theirs, others) in [
        (engine.people_places(wanted), torch_engine.people_places(wanted))
    ]:
        assert [{k: v.tolist() for k, v in p.items()} for p in places] == [
            {k: v.tolist() for k, v in p.items()} for p in others
        ]
        for a, b in zip(ours, theirs, strict=True):
            assert np.abs(a.joints - b.joints).max() < 1e-3


def test_a_partner_is_made_where_the_leader_is(engine):
    (alone,) = engine.generate([GenerateRequest("a person waves", 2.0, 1)])
    leader = placed(alone, np.array([5.0, -2.0, 1.3]))
    found = made(engine, "two people wave at each other", leader=leader)
    assert clip_to_bytes(found.clips[0]) == clip_to_bytes(leader)
    gap = np.hypot(*seen_from(roots_of(leader)[0], roots_of(found.clips[1])[0])[:2])
    assert 0.5 < gap < 5.0
    assert abs(found.clips[1].seconds - leader.seconds) < 0.2


def test_wrong_requests_are_refused():
    for people in (1, 9, True, "2"):
        with pytest.raises(MotionError, match="people must be"):
            check_people(PeopleRequest(GenerateRequest("they dance"), people))
    with pytest.raises(MotionError, match="one text"):
        messages.people_work({"texts": ["a"], "people": 2})
    with pytest.raises(MotionError, match="base64"):
        messages.people_work({"text": "they dance", "leader": 3})
    found = messages.people_work({"text": "they dance", "people": 3, "seed": 5})
    assert found.request.people == 3 and found.request.request.seed == 5


@pytest.mark.usefixtures("engine")
def test_the_command_writes_a_file_each(tmp_path, capsys):
    out = tmp_path / "pair.npz"
    command = ["generate", "two people wave at each other", "--seconds", "2", "--out", str(out)]
    assert main([*command, "--people", "2"]) == 0
    clips = [load_clip(tmp_path / f"pair.{index}.npz") for index in range(2)]
    told = json.loads((tmp_path / "pair.json").read_text())
    assert told["files"] == ["pair.0.npz", "pair.1.npz"] and told["how"] in (LEARNT, PLACED)
    assert told["why"] in capsys.readouterr().err
    assert bodies.clearance(clips) > -0.1
    save_clip(clips[0], tmp_path / "lead.npz")
    assert main([*command, "--partner-of", str(tmp_path / "lead.npz")]) == 0
    assert main([*command, "--people", "2", "--count", "2"]) == 2
    assert main([*command, "--people", "99"]) == 2


def test_a_server_answers_for_people(engine):
    """Through the message's own parameters, as the panel sends them."""
    from motionllm.serve.queue import Job
    from motionllm.serve.server import Server

    sent = []
    server = Server(0, 0, None)
    server._send = sent.append
    server._jobs._send = sent.append
    params = {"text": "two people wave at each other", "seconds": 1.0, "people": 2}
    job = Job(7, "people", None, [messages.people_work(params)])
    server._jobs.add(job)
    server._people(engine, job)
    result = next(message["result"] for message in sent if message.get("id") == 7)
    assert len(result["clips"]) == 2 and result["how"] in (LEARNT, PLACED) and result["why"]
    assert protocol.unpack_bytes(result["clips"][0])[:2] == b"PK"
