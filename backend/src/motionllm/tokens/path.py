"""Where the person is at each motion token, told to the language model with the codes. numpy only.

A token says how the body moves in its 0.2 s. How far a turn or a walk has come by then is a sum
over all tokens before it, which attention adds up badly: turns went on for too long. So the sum is
made here, from what each code moves, and enters with the token: the turn and the way so far, and,
where the length is known, how much is left.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from motionllm.motion.features import FEATURES, VELOCITY, YAW
from motionllm.tokens.codes import look_up

TURNS = np.arange(-360, 361, 45) * np.pi / 180  # radians, + is left
WAYS = np.arange(0.0, 9.0)  # metres gone, whatever the direction
LEFT = np.arange(0.0, 7.0)  # log2 of 1 + tokens left
DONE = np.linspace(0.0, 1.0, 5)  # share of the clip
PLACE = 4.0  # metres: the scale of the place itself
SIZE = len(TURNS) + len(WAYS) + 2 + len(LEFT) + len(DONE)


class Trail:
    """The net movement of every code of a motion tokenizer.

    Args:
        tensors: the tokenizer's arrays, by their names in model.tokenizer.
        books: its codebooks, (levels, codes, code_dim), as they are stored.

    Attributes:
        size: how many numbers enter with a token.
    """

    size = SIZE

    def __init__(self, tensors: Mapping[str, np.ndarray], books: np.ndarray) -> None:
        std, mean = (np.asarray(tensors[name], np.float32) for name in ("std", "mean"))
        weight = np.asarray(tensors["linear_out.weight"], np.float32)
        bias = np.asarray(tensors["linear_out.bias"], np.float32)
        moves = [VELOCITY.start, VELOCITY.start + 1, YAW.start]
        frames = weight.reshape(-1, FEATURES, weight.shape[1])[:, moves] * std[moves, None]
        still = bias.reshape(-1, FEATURES)[:, moves] * std[moves] + mean[moves]
        # (levels, codes, 3): x, z in the frame of the heading, metres, and yaw, radians, a token.
        self._moves = np.asarray(books, np.float32) @ frames.sum(0).T
        self._moves[0] += still.sum(0)

    def moves(self, drawn: np.ndarray) -> np.ndarray:
        """Return what a token moves whose next level's code is not drawn yet: (codes, 3).

        Args:
            drawn: (n,) its codes of the levels before.
        """
        before = sum((self._moves[level][code] for level, code in enumerate(drawn)), np.zeros(3))
        return before + self._moves[len(drawn)]

    def places(self, codes: np.ndarray) -> np.ndarray:
        """Return x, z, yaw (n, 3) after each token of codes (n, levels).

        In the frame of the first token's start, metres and radians; nothing of it is rounded to a
        turn, so that two rounds are 4 pi. The way within a token is taken as straight.
        """
        steps = look_up(self._moves, codes)
        yaw = np.cumsum(steps[:, 2])
        along = yaw - 0.5 * steps[:, 2]
        cos, sin = np.cos(along), np.sin(along)
        x = np.cumsum(cos * steps[:, 0] + sin * steps[:, 1])
        z = np.cumsum(cos * steps[:, 1] - sin * steps[:, 0])
        return np.stack([x, z, yaw], axis=1)

    def numbers(self, codes: np.ndarray, length: int | None) -> np.ndarray:
        """Return what enters with each token of codes (n, levels): (n, SIZE) float32, about 0 to 1.

        Args:
            codes: the first n tokens of a window.
            length: tokens the whole window will have; None if that is open.
        """
        places = self.places(codes)
        steps = np.diff(places[:, :2], axis=0, prepend=0.0)
        way = np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))
        table = np.zeros((len(codes), SIZE), np.float32)
        parts = [bumps(places[:, 2], TURNS), bumps(way, WAYS), places[:, :2] / PLACE]
        if length is not None:
            done = np.arange(1, len(codes) + 1)
            parts += [bumps(np.log2(1.0 + length - done), LEFT), bumps(done / length, DONE)]
        filled = np.concatenate(parts, axis=1)
        table[:, : filled.shape[1]] = filled
        return table


def bumps(values: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return (n, centres): how near each value is to each centre; the ends hold what is beyond.

    Args:
        centres: evenly spaced.
    """
    spread = 0.6 * (centres[1] - centres[0])
    held = np.clip(values, centres[0], centres[-1])
    return np.exp(-0.5 * ((held[:, None] - centres) / spread) ** 2)
