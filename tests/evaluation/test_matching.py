"""The evaluator of motion and text: its networks, its figures, and that a few steps teach it."""

import numpy as np
import pytest
import torch

from motionllm.errors import MotionError
from motionllm.evaluation import matching
from motionllm.model.matcher import FRAMES, USED, Matcher, MatcherConfig, load_matcher, save_matcher
from motionllm.motion import features
from motionllm.train.matcher import contrast, hits_in_pools

SMALL = MatcherConfig(width=32, layers=1, heads=2, space=16, text_width=12)


def test_right_captions_are_found_and_exchanged_ones_are_not():
    rng = np.random.default_rng(0)
    places = rng.normal(size=(60, 16))
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    kinds = np.arange(60) % 40
    right = hits_in_pools(places, places, kinds)
    assert np.nanmin(right) == 1.0
    wrong = hits_in_pools(places, np.roll(places, 1, axis=0), kinds)
    assert np.nanmean(wrong[:, 0]) < 0.15
    chance = hits_in_pools(places, rng.normal(size=(60, 16)), kinds)
    assert np.nanmean(chance, axis=0) == pytest.approx([1 / 32, 2 / 32, 3 / 32], abs=0.05)


def test_frechet_distance_of_known_normals():
    rng = np.random.default_rng(1)
    a = rng.normal(0.0, 1.0, (40_000, 3))
    b = rng.normal(0.0, 2.0, (40_000, 3)) + [1.0, 0.0, 0.0]
    # One from the means; (2 - 1)^2 from each of three variances.
    assert matching._frechet_distance(a, b) == pytest.approx(4.0, abs=0.1)
    assert matching._frechet_distance(a, a) == pytest.approx(0.0, abs=1e-6)


def test_padding_says_nothing():
    torch.manual_seed(0)
    matcher = Matcher(SMALL).eval()
    rows = [torch.randn(n, FRAMES * USED) for n in (3, 9)]
    together = matcher.motion(rows)
    alone = torch.cat([matcher.motion([row]) for row in rows])
    assert torch.allclose(together, alone, atol=1e-5)
    assert torch.allclose(together.norm(dim=1), torch.ones(2), atol=1e-5)


def test_a_few_steps_tell_two_kinds_apart_and_survive_a_file(tmp_path):
    torch.manual_seed(0)
    matcher = Matcher(SMALL)
    kinds = torch.arange(8)
    motions = [torch.randn(1, FRAMES * USED).expand(4 + k % 3, -1) for k in range(8)]
    captions = [torch.nn.functional.one_hot(torch.tensor([k, 11]), 12).float() for k in range(8)]
    optimiser = torch.optim.AdamW(matcher.parameters(), 3e-3)
    losses = []
    for _ in range(80):
        loss = contrast(matcher, motions, captions, kinds)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    save_matcher(matcher.eval(), tmp_path / "evaluator.pt")
    again = load_matcher(tmp_path / "evaluator.pt")
    assert np.allclose(again.embed_texts(captions), matcher.embed_texts(captions), atol=1e-6)
    with pytest.raises(MotionError, match="train evaluator"):
        load_matcher(tmp_path / "none.pt")


def test_pieces_that_show_the_same_are_no_wrong_answers():
    torch.manual_seed(0)
    matcher = Matcher(SMALL).eval()
    motions = [torch.randn(4, FRAMES * USED) for _ in range(4)]
    captions = [torch.randn(3, 12) for _ in range(4)]
    all_alike = contrast(matcher, motions, captions, torch.zeros(4, dtype=torch.long))
    assert all_alike.item() == pytest.approx(0.0, abs=1e-6)


def test_contacts_are_not_looked_at():
    matcher = Matcher(SMALL)
    table = np.random.default_rng(0).normal(size=(20, features.FEATURES)).astype(np.float32)
    other = table.copy()
    other[:, features.CONTACTS] = 0.0
    assert torch.equal(matcher.patches(table), matcher.patches(other))
    assert matcher.patches(table).shape == (3, FRAMES * USED)
