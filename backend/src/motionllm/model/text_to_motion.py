"""The language model of text to motion: where a motion ends is drawn before its first step. torch.

A sequence is the prompt, the start row, which is answered by the end's codes, the end's row, and
the motion's tokens, each told what is left; see motionllm.tokens.destination. Without the end and
its row it goes as well, as for a window that goes on where another stopped.
"""

import numpy as np
import torch
from torch import Tensor, nn

from motionllm.model.chain_head import ChainHead, chain_losses
from motionllm.model.language import MotionLanguageModel
from motionllm.tokens import destination

HEAD_WIDTH = 64


def goal_losses(logits: list[Tensor], codes: Tensor) -> Tensor:
    """Return the summed loss (N,) of ends (N, 3), nats; the last code, a direction, goes round."""
    return chain_losses(logits, codes, going_round=2, sharpness=1.0)


class TextToMotionModel(MotionLanguageModel):
    """A motion language model that knows of ends.

    Attributes:
        goal_head: scores turn, then distance, then direction of an end, at the start row.
        goal_row: (width,) the end's row, besides what `goal_in` adds.
        goal_in: from the numbers of `tokens.destination` to the width.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        width = self.rows.embedding_dim
        self.goal_head = ChainHead(width, HEAD_WIDTH, destination.SIZES, own_states=False)
        self.goal_row = nn.Parameter(torch.zeros(width))
        self.goal_in = nn.Linear(destination.SIZE, width, bias=False)
        nn.init.zeros_(self.goal_in.weight)

    def end_of(self, codes: np.ndarray) -> np.ndarray:
        """Return the codes (3,) of where a motion of codes (n, levels) ends."""
        return destination.encode(self.path.places(codes)[-1])

    def goal_rows(self, end: np.ndarray, codes: np.ndarray, length: int | None) -> Tensor:
        """Return what an end adds: (1 + n, width), the end's row and to that of each token.

        Args:
            end: its codes (3,).
            codes: the true tokens (n, levels) that are read.
            length: tokens of the whole motion; None if that is open.
        """
        places = np.concatenate([np.zeros((1, 3)), self.path.places(codes)])
        left = None if length is None else length - np.arange(len(places), dtype=float)
        told = torch.from_numpy(destination.numbers(end, places, left)).to(self.device)
        rows = self.goal_in(told)
        return torch.cat([rows[:1] + self.goal_row, rows[1:]])
