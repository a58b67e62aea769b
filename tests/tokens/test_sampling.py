"""The sampler and the plan of windows."""

import numpy as np
import pytest

from motionllm.tokens.sampling import guide, make_generator, plan_windows, sample, token_count

LOGITS = np.log(np.float32([0.5, 0.2, 0.2, 0.1]))


def draw(count, temperature=1.0, top_p=1.0, logits=LOGITS):
    generator = make_generator(0)
    drawn = [sample(logits, generator, temperature, top_p) for _ in range(count)]
    return np.bincount(drawn, minlength=len(logits)) / count


def test_frequencies_follow_the_probabilities():
    assert np.allclose(draw(20_000), [0.5, 0.2, 0.2, 0.1], atol=0.02)


def test_temperature_sharpens():
    assert np.allclose(draw(20_000, 0.5), np.array([25, 4, 4, 1]) / 34, atol=0.02)


def test_top_p_keeps_the_fewest_that_reach_it():
    assert np.allclose(draw(5_000, top_p=0.4), [1, 0, 0, 0])
    assert np.allclose(draw(20_000, top_p=0.65), [5 / 7, 2 / 7, 0, 0], atol=0.02)


def test_forbidden_tokens_are_never_drawn():
    logits = np.float32([-np.inf, 0, -np.inf])
    assert draw(100, 5.0, logits=logits).tolist() == [0, 1, 0]


def test_greedy_takes_the_likeliest_and_no_random_number():
    generator = make_generator(5)
    assert sample(LOGITS, generator, 0.0, 1.0) == 0
    assert generator.random() == make_generator(5).random()


def test_a_seed_gives_these_draws():
    generator = make_generator(42)
    assert [sample(np.zeros(512), generator, 1.0, 1.0) for _ in range(4)] == [396, 224, 439, 357]


def test_tiny_differences_of_logits_do_not_change_draws():
    random = np.random.default_rng(1)
    logits = random.standard_normal(513).astype(np.float32)
    near = logits + random.standard_normal(513).astype(np.float32) * 1e-6
    first, second = make_generator(1), make_generator(1)
    drawn = [(sample(logits, first, 1.0, 0.95), sample(near, second, 1.0, 0.95)) for _ in range(99)]
    assert all(a == b for a, b in drawn)


def test_guidance():
    first, second = np.float32([1, 2]), np.float32([0, 4])
    assert guide(first, second, 1.0).tolist() == [1, 2]
    assert guide(first, second, 3.0).tolist() == [3, -2]


@pytest.mark.parametrize(("seconds", "tokens"), [(0.4, 2), (4, 20), (4.09, 20), (60, 300)])
def test_token_count(seconds, tokens):
    assert token_count(seconds, 30, 6) == tokens


@pytest.mark.parametrize("tokens", [1, 49, 50, 51, 90, 91, 300])
def test_windows_make_up_the_whole(tokens):
    windows = plan_windows(tokens, 50)
    assert sum(window.limit - window.context for window in windows) == tokens
    assert all(window.length == window.limit <= 50 for window in windows)
    assert [window.context for window in windows] == [0] + [10] * (len(windows) - 1)


def test_an_open_length_is_one_window():
    (window,) = plan_windows(None, 50)
    assert (window.length, window.limit, window.context) == (None, 50, 0)


def test_a_long_tail_changes_no_draw():
    """Of many tokens only the likely ones are sorted; what is drawn is as if all were."""
    rng = np.random.default_rng(5)
    for spread in (0.0, 0.01, 1.0, 4.0, 9.0):
        logits = rng.standard_normal(5000) * spread
        weights = np.exp(logits / 0.8 - (logits / 0.8).max())
        weights /= weights.sum()
        order = np.argsort(-weights, kind="stable")
        before = np.cumsum(weights[order]) - weights[order]
        weights[order[before >= 0.9]] = 0
        edges = np.cumsum(weights)
        for seed in range(20):
            point = make_generator(seed).random() * edges[-1]
            expected = np.searchsorted(edges, point, side="right")
            assert sample(logits, make_generator(seed), 0.8, 0.9) == expected
