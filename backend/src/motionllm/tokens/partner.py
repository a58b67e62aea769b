"""What a person's motion tokens are told of the person they answer to. numpy only.

Beside the place tokens, every row of a follower carries where the leader is seen from them and what
the leader does just then: attention alone finds the leader's token of the same moment badly.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion.root import seen_from

NEAR = np.array([0.2, 0.5, 0.8, 1.1, 1.5, 2.0, 2.6, 3.4, 4.5, 6.0])  # metres between the two
SCALE = 2.0  # metres
SIZE = len(NEAR) + 2 + 2 + 2 + 2 + 2
AROUND = (-1, 0, 1)  # tokens of the leader that come along, relative to the one to be drawn next


def numbers(leader: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return (n, SIZE) float32, about -1 to 1, of roots (n, 3) of the leader and of one's own."""
    ahead, back = seen_from(own, leader), seen_from(leader, own)
    distance = np.hypot(ahead[:, 0], ahead[:, 1])
    spread = 0.25 + 0.15 * NEAR
    bumps = np.exp(-0.5 * ((np.minimum(distance, NEAR[-1])[:, None] - NEAR) / spread) ** 2)
    unit = np.maximum(distance, 0.1)[:, None]
    return np.concatenate(
        [
            bumps,
            np.clip(ahead[:, :2] / SCALE, -3.0, 3.0), ahead[:, :2] / unit,
            np.clip(back[:, :2] / SCALE, -3.0, 3.0), back[:, :2] / unit,
            np.sin(ahead[:, 2:]), np.cos(ahead[:, 2:]),
        ],
        axis=1,
    ).astype(np.float32)  # fmt: skip


def around(encodings: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the leader's encodings around token numbers `at` (m,): (m, 3 * code_dim).

    Args:
        encodings: (n, code_dim) of the leader's tokens; beyond its ends there is nothing.
    """
    parts = []
    for shift in AROUND:
        index = np.asarray(at) + shift
        inside = (index >= 0) & (index < len(encodings))
        part = encodings[np.clip(index, 0, len(encodings) - 1)] * inside[:, None]
        parts.append(part.astype(np.float32))
    return np.concatenate(parts, axis=1)


def schedule(tokens: int, every: int) -> list[tuple[str, int]]:
    """Return what a follower's rows are, in order: ("start", 0), ("place", j), ("token", i), ...

    A place stands before every `every`-th token; "place", j gives the root before token j.
    """
    rows: list[tuple[str, int]] = [("start", 0)]
    for token in range(tokens):
        if token % every == 0:
            rows.append(("place", token))
        rows.append(("token", token))
    return rows
