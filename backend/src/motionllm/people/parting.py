"""Paths mended after decoding: places kept, bodies kept out of each other. numpy only.

Only the root is moved and turned, smoothly; `feet.clean` then makes planted feet stand still again.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion.bodies import depth
from motionllm.motion.clip import Clip
from motionllm.motion.curves import bell, bell_envelope
from motionllm.motion.root import led, roots_of

TOLERATED = 0.03  # metres that bodies may be in each other: clothes and flesh give way
FARTHEST = 0.4  # metres that a body is moved at most to be free of another
ROUNDS = 6
SMOOTH = 0.3  # seconds in which a move away comes and goes


def parted(clip: Clip, others: list[Clip]) -> Clip:
    """Return a clip moved away from others as far as they are in each other, and no farther.

    Movement comes and goes smoothly; overlaps that would need more than FARTHEST are left.
    """
    for _ in range(ROUNDS):
        own = roots_of(clip)
        push = np.zeros((clip.frames, 2))
        for other in others:
            frames = min(clip.frames, other.frames)
            deep = np.maximum(depth(clip.joints[:frames], other.joints[:frames]) - TOLERATED, 0.0)
            if deep.max() <= 0.005:
                continue
            away = own[:frames, :2] - roots_of(other)[:frames, :2]
            away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
            half = max(1, int(SMOOTH * clip.fps))
            amount = np.zeros(clip.frames)
            amount[:frames] = deep * 1.2
            # One way for a whole overlap: the mean of its frames', lest bodies swing round.
            weight = np.zeros((clip.frames, 2))
            weight[:frames] = away * deep[:, None]
            way = _spread(weight, 2 * half)
            way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
            push += way * bell_envelope(amount, half)[:, None]
        size = np.linalg.norm(push, axis=1, keepdims=True)
        if size.max() <= 0.0:
            break
        push *= np.minimum(1.0, FARTHEST / np.maximum(size, 1e-9))
        own[:, :2] += push
        clip = led(clip, own)
    return clip


def _spread(values: np.ndarray, half: int) -> np.ndarray:
    """Return (T, 2) values summed over `half` frames to either side, near ones counting more."""
    near = bell(half)
    return np.stack([np.convolve(np.pad(v, half), near, "valid") for v in values.T], axis=1)
