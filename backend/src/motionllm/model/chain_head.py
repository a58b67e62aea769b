"""Codes that are drawn one after another, each told those before it: ends and places. torch."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from motionllm.model.module_list import ModuleList


class ChainHead(nn.Module):
    """Scores codes in a row, each given the state and what was drawn before it.

    Args:
        width: of the language model's states.
        hidden: width of the scoring.
        sizes: codes of each part.
        own_states: whether every part has a map of the state of its own, or all share one.
    """

    def __init__(self, width: int, hidden: int, sizes: Sequence[int], own_states: bool) -> None:
        super().__init__()
        self.own_states = own_states
        self.state = nn.Linear(width, hidden * (len(sizes) if own_states else 1), bias=False)
        self.said = ModuleList[nn.Embedding](nn.Embedding(size, hidden) for size in sizes[:-1])
        self.out = nn.ModuleList(nn.Linear(hidden, size) for size in sizes)
        for table in self.said:
            nn.init.normal_(table.weight, std=0.1)

    def forward(
        self, hidden: Tensor, codes: Tensor, leaning: list[Tensor] | None = None
    ) -> list[Tensor]:
        """Return logits (N, size) of each part of codes (N, parts), at states (N, width).

        Args:
            leaning: added to them, (N, size) each; None adds nothing.
        """
        states: tuple[Tensor, ...] = self.state(hidden).chunk(
            len(self.out) if self.own_states else 1, dim=1
        )
        said, logits = torch.zeros_like(states[0]) if self.own_states else states[0], []
        for part, out in enumerate(self.out):
            mixed = states[part] + said if self.own_states else said
            scores = out(functional.silu(mixed))
            logits.append(scores if leaning is None else scores + leaning[part])
            if part < len(self.said):
                said = said + self.said[part](codes[:, part])
        return logits


def chain_losses(logits: list[Tensor], codes: Tensor, going_round: int, sharpness: float) -> Tensor:
    """Return the summed loss (N,) of codes (N, parts) that stand for cells in a row, nats.

    The target is spread over the neighbouring cells: one next to the true one is nearly right.

    Args:
        logits: (N, size) of each part.
        going_round: the part whose last cell is next to its first.
        sharpness: of the spread, exp(-sharpness * cells^2).
    """
    total = torch.zeros(len(codes), device=codes.device)
    for part, scores in enumerate(logits):
        size = scores.shape[1]
        cells = torch.arange(size, device=codes.device)[None]
        gap = (cells - codes[:, part : part + 1]).abs().float()
        if part == going_round:
            gap = torch.minimum(gap, size - gap)
        target = torch.softmax(-sharpness * gap.square(), dim=1)
        total = total + functional.cross_entropy(scores, target, reduction="none")
    return total
