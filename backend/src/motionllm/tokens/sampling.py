"""Drawing the next token, and how many tokens to draw: the same in every engine. numpy only.

The random numbers come from numpy's PCG64, one generator a clip and one draw a token, so that a
seed gives the same clip on every engine and in every batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

OVERLAP = 10  # tokens of the window before that a further window is given
FAINT = 1e-3  # of the likeliest token's probability: below it, tokens are seldom of use
SHORTEST_OPEN = 5  # tokens before a motion of open length may end


def make_generator(seed: int, take: int = 0) -> np.random.Generator:
    """Return the random generator of one clip, or of a further take of it."""
    return np.random.Generator(np.random.PCG64([seed, take] if take else seed))


def sample(
    logits: np.ndarray, generator: np.random.Generator, temperature: float, top_p: float
) -> int:
    """Draw a token.

    Args:
        logits: (V,) float; -inf forbids a token.
        temperature: 0 takes the likeliest token (and draws no random number).
        top_p: only the likeliest tokens that together have this probability may be drawn.
    """
    if temperature == 0:
        return int(np.argmax(logits))
    scaled = logits.astype(np.float64) / temperature
    weights = np.exp(scaled - scaled.max())
    weights /= weights.sum()
    if top_p < 1:
        kept = _likeliest(weights, top_p)
        every, weights = weights, np.zeros(len(weights))
        weights[kept] = every[kept]
    # Summed in the order of ids, not of likelihood: two engines whose logits differ in the last
    # digits then still draw the same token.
    edges = np.cumsum(weights)
    drawn = np.searchsorted(edges, generator.random() * edges[-1], side="right")
    return int(min(drawn, np.flatnonzero(weights)[-1]))


def _likeliest(weights: np.ndarray, top_p: float) -> np.ndarray:
    """Return the ids of the likeliest tokens that together have a probability of `top_p`."""
    some = np.flatnonzero(weights >= FAINT * weights.max())
    if weights[some].sum() < top_p:  # seldom: the unlikely ones are worth sorting
        some = np.arange(len(weights))
    order = some[np.argsort(-weights[some], kind="stable")]
    before = np.cumsum(weights[order]) - weights[order]
    return order[before < top_p]


def guide(conditional: np.ndarray, unconditional: np.ndarray, guidance: float) -> np.ndarray:
    """Return logits pushed away from those without a caption; guidance 1 changes nothing."""
    return unconditional + np.float32(guidance) * (conditional - unconditional)


def token_count(seconds: float, fps: float, frames_per_token: int) -> int:
    """Return how many motion tokens fill a time, at least one."""
    return max(1, round(seconds * fps / frames_per_token))


@dataclass(frozen=True)
class Window:
    """A stretch of a clip decoded in one go.

    Attributes:
        context: tokens given from the end of the window before.
        length: tokens with the context; None lets the model decide.
        limit: tokens after which it ends in any case.
    """

    context: int
    length: int | None
    limit: int


def plan_windows(tokens: int | None, max_tokens: int) -> list[Window]:
    """Cut a motion into windows; None is an open length, which is one window.

    Args:
        tokens: tokens of the whole motion.
        max_tokens: the longest window the model was trained on.
    """
    if tokens is None:
        return [Window(0, None, max_tokens)]
    first = min(tokens, max_tokens)
    windows, done = [Window(0, first, first)], first
    while done < tokens:
        length = min(max_tokens, tokens - done + OVERLAP)
        windows.append(Window(OVERLAP, length, length))
        done += length - OVERLAP
    return windows
