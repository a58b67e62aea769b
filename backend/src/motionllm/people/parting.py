"""Paths mended after decoding: places kept, bodies kept out of each other. numpy only.

Only the root is moved and turned, smoothly; `cleanup` then makes planted feet stand still again.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.bodies import depth
from motionllm.motion.clip import Clip
from motionllm.tokens.place import (
    decode,
    placed,
    pulled_inside,
    put_to,
    roots_of,
    seen_from,
    wrapped,
)

TOLERATED = 0.03  # metres that bodies may be in each other: clothes and flesh give way
FARTHEST = 0.4  # metres that a body is moved at most to be free of another
ROUNDS = 6
SMOOTH = 0.3  # seconds in which a move away comes and goes


def led(clip: Clip, roots: np.ndarray) -> Clip:
    """Return a clip whose root goes through (T, 3) instead of its own way."""
    own = roots_of(clip)
    turn = rotation.yaw_quaternion(roots[:, 2] - own[:, 2])
    rotations = clip.rotations.astype(np.float64)
    rotations[:, 0] = rotation.multiply(turn, rotations[:, 0])
    moved = clip.translation.astype(np.float64)
    moved[:, [0, 2]] = roots[:, :2]
    return Clip.build(
        clip.fps, rotations, moved, clip.contacts, clip.text, clip.seed, clip.pack, clip.licence
    )


def anchored(
    clip: Clip, leader: Clip, places: dict[int, np.ndarray], frames_per_token: int
) -> Clip:
    """Return a follower's clip in the leader's space, led through its place tokens.

    Args:
        clip: as decoded, from the origin.
        leader: in the group's space.
        places: place codes (3,) by the number of the token they stand before; 0 is among them.
        frames_per_token: frames of a token.

    What lies inside a place's cell is left as it is: the codes say their way finer than a cell is.
    """
    ahead = roots_of(leader)
    seen = {number: codes for number, codes in places.items()
            if number * frames_per_token < min(clip.frames, leader.frames)}  # fmt: skip
    clip = placed(clip, put_to(ahead[0], decode(seen[0])))
    for number in sorted(seen)[1:]:
        at = number * frames_per_token
        own = roots_of(clip)
        wanted = put_to(ahead[at], pulled_inside(seen_from(ahead[at], own[at]), seen[number]))
        gap = wanted - own[at]
        gap[2] = wrapped(gap[2])
        if np.abs(gap).max() > 1e-6:
            since = max(n for n in seen if n < number) * frames_per_token
            clip = led(clip, _shifted(own, gap, since, at))
    return clip


def _shifted(own: np.ndarray, gap: np.ndarray, since: int, at: int) -> np.ndarray:
    """Return roots that come to be `gap` off between two frames; what follows turns with it."""
    share = np.clip((np.arange(len(own)) - since) / (at - since), 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    led_to = own + share[:, None] * gap
    # After the place the rest of the way starts from there, turned as a whole.
    rest = seen_from(own[at], own[at:])
    after = put_to(led_to[at], rest)
    after[:, 2] = led_to[at, 2] + (own[at:, 2] - own[at, 2])
    led_to[at:] = after
    return led_to


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
            push += way * _envelope(amount, half)[:, None]
        size = np.linalg.norm(push, axis=1, keepdims=True)
        if size.max() <= 0.0:
            break
        push *= np.minimum(1.0, FARTHEST / np.maximum(size, 1e-9))
        own[:, :2] += push
        clip = led(clip, own)
    return clip


def _envelope(amount: np.ndarray, half: int) -> np.ndarray:
    """Return (T,) a smooth curve nowhere under the amount."""
    padded = np.pad(amount, 2 * half, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).max(axis=1)
    bell = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(highest, bell / bell.sum(), "valid")[: len(amount)]


def _spread(values: np.ndarray, half: int) -> np.ndarray:
    """Return (T, 2) values summed over `half` frames to either side, near ones counting more."""
    bell = np.hanning(2 * half + 3)[1:-1]
    return np.stack([np.convolve(np.pad(v, half), bell, "valid") for v in values.T], axis=1)
