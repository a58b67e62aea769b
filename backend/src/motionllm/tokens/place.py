"""Where people are, seen from one another, as tokens; clips led through them. numpy only.

A *root* is (x, z, yaw): the pelvis over the floor and its heading, metres and radians. A place
token is the root of one person seen from another, as three codes: yaw, x and z.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion.clip import Clip
from motionllm.motion.root import led, placed, put_to, roots_of, seen_from, wrapped

YAWS = 72  # of 5 degrees
REACH = 4.0  # metres: farther places are taken for this
STEP = 0.1  # metres
CELLS = round(2 * REACH / STEP) + 1
SIZES = (YAWS, CELLS, CELLS)  # codes of a place: yaw, x, z
EVERY = 8  # motion tokens (1.6 s) after which a place is given again
DRIFT = 1.5  # cells by which the way that tokens add up may be off by then


def encode(seen: np.ndarray) -> np.ndarray:
    """Return place codes (..., 3) of roots as seen from another (..., 3)."""
    yaw = np.round(seen[..., 2] / (2.0 * np.pi / YAWS)).astype(np.int64) % YAWS
    cells = np.round((np.clip(seen[..., :2], -REACH, REACH) + REACH) / STEP).astype(np.int64)
    return np.concatenate([yaw[..., None], cells], axis=-1)


def decode(codes: np.ndarray) -> np.ndarray:
    """Return the middle (..., 3) of place codes' cells."""
    codes = np.asarray(codes)
    yaw = wrapped(codes[..., :1] * (2.0 * np.pi / YAWS))
    return np.concatenate([codes[..., 1:] * STEP - REACH, yaw], axis=-1)


def leaning(seen: np.ndarray) -> list[np.ndarray]:
    """Return log weights (n, size) of each code of places: nearer to roots (n, 3) is likelier.

    Where somebody has come by their own steps is known but for a drift; a place given again is
    scored on top of that.
    """
    found = []
    for part, size in enumerate(SIZES):
        if part == 0:
            at = seen[:, 2] / (2.0 * np.pi / YAWS)
            gap = (np.arange(size) - at[:, None] + size / 2) % size - size / 2
        else:
            at = (np.clip(seen[:, part - 1], -REACH, REACH) + REACH) / STEP
            gap = np.arange(size) - at[:, None]
        found.append((-0.5 * (gap / DRIFT) ** 2).astype(np.float32))
    return found


def pulled_inside(seen: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the point of a place's cell that is nearest to a root: it is left alone if inside.

    A cell at the edge of what places can say has no outer side.
    """
    middle = decode(codes)
    half = np.array([STEP / 2, STEP / 2, np.pi / YAWS])
    gap = seen - middle
    gap[..., 2] = wrapped(gap[..., 2])
    cells = np.asarray(codes)[..., 1:]
    low = np.concatenate([np.where(cells == 0, -np.inf, -half[:2]), -half[2:]])
    high = np.concatenate([np.where(cells == CELLS - 1, np.inf, half[:2]), half[2:]])
    return middle + np.clip(gap, low, high)


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


def together(
    clips: list[Clip], places: list[dict[int, np.ndarray]], frames_per_token: int
) -> list[Clip]:
    """Return decoded clips in one space, led through their place tokens."""
    return [clips[0]] + [
        anchored(clip, clips[0], seen, frames_per_token)
        for clip, seen in zip(clips[1:], places, strict=True)
    ]
