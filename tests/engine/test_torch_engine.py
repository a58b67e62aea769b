"""The torch engine beside the embedded one: same tokens, same clips, same captions."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from motionllm.engine.choose import open_engine
from motionllm.engine.on_torch.engine import TorchEngine, choose_device, choose_precision
from motionllm.errors import MotionError
from motionllm.pack.backbone import find_backbone
from motionllm.pack.folders import find_pack
from motionllm.pack.pack import load_pack
from motionllm.requests import GenerateRequest
from motionllm.tokens.prompts import t2m_prompt
from tests.helpers.packs import make_random_pack

ACTIONS = ("walks", "runs", "waves", "jumps", "bows", "turns", "kicks", "dances", "sits", "crawls")
MANNERS = (
    "", "slowly", "quickly", "happily", "like an old man", "angrily", "to the left",
    "to the right", "backwards", "with both hands up",
)  # fmt: skip
PROMPTS = [f"a person {action} {manner}".strip() for action in ACTIONS for manner in MANNERS]


@pytest.fixture(scope="module", params=["random", "default"])
def pack(request, tmp_path_factory):
    """A pack of random weights, and the trained one where it is there."""
    if request.param == "random":
        return load_pack(make_random_pack(tmp_path_factory.mktemp("packs") / "random"))
    try:
        return load_pack(find_pack("default"))
    except MotionError:
        pytest.skip("no trained pack here")


@pytest.fixture(scope="module")
def engines(pack):
    """The embedded engine and torch's in the same precision."""
    backbone = find_backbone(pack)
    return open_engine("embedded", pack, backbone), TorchEngine(pack, backbone, "cpu", "fp32")


@pytest.fixture(scope="module")
def half(pack):
    if choose_precision("auto", "cpu") != "fp16":
        pytest.skip("half precision does not work on this processor")
    return open_engine("torch", pack, find_backbone(pack), "cpu")


def _codes(engine, requests):
    """Return the codes of each request, read off the tasks the engine decodes."""
    tasks = [engine._task(request) for request in requests]
    engine._motion.decode(tasks, lambda *_: None, lambda: False)
    return [np.stack(task.codes).tolist() for task in tasks]


def _log_chances(engine, texts, codes):
    """Return the log-probability of every first code at every place of codes (rows, n, levels),
    decoded step by step as one batch: (rows, n, outputs)."""
    motion, model = engine._motion, engine._model
    texts = [t2m_prompt(text) for text in texts]
    prefixes = motion._prefixes(texts)
    cache = model.upper_cache(len(texts), max(p[0].shape[2] for p in prefixes.values()) + 99)
    cache.fill([prefixes[text] for text in texts])
    start = motion._rows.marks([engine._vocabulary.start(codes.shape[1])] * len(codes))
    tokens = np.stack([motion._rows.tokens(row, codes.shape[1]) for row in codes])
    rows = np.concatenate([start[:, None], tokens], axis=1)
    found = []
    for column in range(codes.shape[1]):
        states = rows[:, column : column + 1]
        found.append(motion._heads.first(model.run_upper(motion._layers, states, cache)))
    logits = np.stack(found, axis=1).astype(np.float64)
    logits -= logits.max(axis=2, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))


def test_greedy_tokens_are_equal(engines):
    """For every action, and every other manner."""
    requests = [GenerateRequest(text, seconds=2.0, temperature=0.0) for text in PROMPTS[::4]]
    assert _codes(engines[0], requests) == _codes(engines[1], requests)


def test_sampled_clips_are_equal_for_one_seed(engines):
    requests = [
        GenerateRequest("a person walks forward", seconds=3.0, seed=7),
        GenerateRequest("someone waves with the right hand", seed=8, guidance=1.0),
        GenerateRequest("a person jumps, then kicks with the left leg", seconds=11.0, seed=9),
    ]
    assert _codes(engines[0], requests) == _codes(engines[1], requests)
    for ours, theirs in zip(*(engine.generate(requests) for engine in engines), strict=True):
        np.testing.assert_allclose(ours.joints, theirs.joints, atol=1e-4)


def test_half_precision_moves_the_loss_by_less_than_its_limit(engines, half):
    """Every row of a batch counts: one scale for all rows would show here."""
    texts = PROMPTS[::7]
    requests = [
        GenerateRequest(text, seconds=2.0, seed=seed, top_p=1.0, guidance=1.0)
        for seed, text in enumerate(texts)
    ]
    codes = np.array(_codes(engines[1], requests))
    full, rounded = (_log_chances(engine, texts, codes) for engine in (engines[1], half))
    drawn = [np.take_along_axis(table, codes[:, :, :1], 2).mean() for table in (full, rounded)]
    apart = (np.exp(full) * (full - rounded)).sum(axis=2).mean()
    same = (full.argmax(axis=2) == rounded.argmax(axis=2)).mean()
    print(f"fp16: loss {drawn[0] - drawn[1]:+.5f} nats, KL {apart:.6f}, likeliest same {same:.2%}")
    assert abs(drawn[0] - drawn[1]) < 0.003  # a tenth of what is allowed
    assert apart < 0.0003
    assert same > 0.98


def test_half_precision_clips_do_not_depend_on_the_batch(half):
    requests = [GenerateRequest(text, seconds=1.0, temperature=0.0) for text in PROMPTS[:40:10]]
    together = _codes(half, requests)
    assert [_codes(half, [request])[0] for request in requests] == together


def test_unknown_or_impossible_precisions_are_refused():
    with pytest.raises(MotionError, match="no precision"):
        choose_precision("int4", "cpu")
    with pytest.raises(MotionError, match="does not work"):
        choose_precision("fp16", "meta")
    assert choose_precision("auto", "meta") == "fp32"


def test_captions_are_equal(engines):
    requests = [GenerateRequest("run", seconds=s, seed=1, guidance=1.0) for s in (3.0, 1.4)]
    clips = engines[0].generate(requests)
    assert engines[0].caption(clips) == engines[1].caption(clips)


def test_a_missing_device_is_refused():
    with pytest.raises(MotionError, match="no device"):
        choose_device("nonsense")


def test_cancelling_stops_between_tokens(engines):
    seen = []

    def cancelled() -> bool:
        return len(seen) >= 3

    with pytest.raises(MotionError) as caught:
        engines[1].generate(
            [GenerateRequest("a person walks", seconds=8.0)],
            lambda done, _total: seen.append(done),
            cancelled,
        )
    assert caught.value.code == "cancelled"
    assert len(seen) == 3
