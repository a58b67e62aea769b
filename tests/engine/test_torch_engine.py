"""The torch engine beside the embedded one: same tokens, same clips, same captions."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from motionllm.backbone import find_backbone
from motionllm.engine import GenerateRequest, open_engine
from motionllm.errors import MotionError
from motionllm.packs import find_pack, load_pack
from tests.packs_fixture import make_random_pack

ACTIONS = ("walks", "runs", "waves", "jumps", "bows", "turns", "kicks", "dances", "sits", "crawls")
MANNERS = (
    "", "slowly", "quickly", "happily", "like an old man", "angrily", "to the left",
    "to the right", "backwards", "with both hands up",
)  # fmt: skip
PROMPTS = [f"a person {action} {manner}".strip() for action in ACTIONS for manner in MANNERS]


def _pack(tmp_path_factory):
    try:
        return find_pack("default")
    except MotionError:
        return make_random_pack(tmp_path_factory.mktemp("packs") / "random")


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    pack = load_pack(_pack(tmp_path_factory))
    backbone = find_backbone(pack)
    return open_engine("embedded", pack, backbone), open_engine("torch", pack, backbone, "cpu")


def _codes(engine, requests):
    """Return the codes of each request, read off the tasks the engine decodes."""
    tasks = [engine._task(request) for request in requests]
    engine._motion.decode(tasks, lambda done, total: None, lambda: False)
    return [task.codes for task in tasks]


def test_greedy_tokens_are_equal_for_a_hundred_prompts(engines):
    assert len(PROMPTS) == 100
    for first in range(0, 100, 25):
        requests = [
            GenerateRequest(text, seconds=2.0, temperature=0.0)
            for text in PROMPTS[first : first + 25]
        ]
        assert _codes(engines[0], requests) == _codes(engines[1], requests)


def test_sampled_clips_are_equal_for_one_seed(engines):
    requests = [
        GenerateRequest("a person walks forward", seconds=3.0, seed=7),
        GenerateRequest("someone waves with the right hand", seed=8, guidance=1.0),
    ]
    for ours, theirs in zip(*(engine.generate(requests) for engine in engines), strict=True):
        np.testing.assert_allclose(ours.joints, theirs.joints, atol=1e-4)


def test_captions_are_equal(engines):
    clips = engines[0].generate([GenerateRequest("a person runs", seconds=3.0, seed=1)] * 2)
    assert engines[0].caption(clips) == engines[1].caption(clips)


def test_a_missing_device_is_refused():
    from motionllm.engine.torch_engine import choose_device

    with pytest.raises(MotionError, match="no device"):
        choose_device("nonsense")


def test_cancelling_stops_between_tokens(engines):
    seen = []

    def cancelled() -> bool:
        return len(seen) >= 3

    with pytest.raises(MotionError) as caught:
        engines[1].generate(
            [GenerateRequest("a person walks", seconds=8.0)],
            lambda done, total: seen.append(done),
            cancelled,
        )
    assert caught.value.code == "cancelled"
    assert len(seen) == 3
