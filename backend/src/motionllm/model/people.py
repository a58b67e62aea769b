"""The language model for several people: places, and what the follower is told. torch.

A sequence is the prompt, the first person's tokens, then for each further person a start row, the
place seen from the first person, and tokens with a place again after every few. A place is one row
and three codes (yaw, x, z), drawn one after another.
"""

import numpy as np
import torch
from torch import Tensor, nn

from motionllm.model.chain_head import ChainHead, chain_losses
from motionllm.model.language import MotionLanguageModel
from motionllm.model.module_list import ModuleList
from motionllm.tokens import partner, place
from motionllm.tokens.codes import look_up

HEAD_WIDTH = 128


def place_losses(logits: list[Tensor], codes: Tensor) -> Tensor:
    """Return the summed loss (N,) of places (N, 3), nats; the first code, a yaw, goes round."""
    return chain_losses(logits, codes, going_round=0, sharpness=0.5)


class PeopleModel(MotionLanguageModel):
    """A motion language model that knows of others.

    Attributes:
        follower: (width,) added to the start row of everyone but the first.
        place_rows: input rows of a place's codes; they add up.
        place_head: scores yaw, then x, then z of a place.
        beside_in: from `partner.numbers` to the width.
        partner_in: from the leader's encodings around the moment to the width.
    """

    OWN = ("follower", "place_rows.", "place_head.", "beside_in.", "partner_in.")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        width, code_dim = self.rows.embedding_dim, self.books.shape[2]
        self.follower = nn.Parameter(torch.zeros(width))
        self.place_rows = ModuleList[nn.Embedding](
            nn.Embedding(size, width) for size in place.SIZES
        )
        self.place_head = ChainHead(width, HEAD_WIDTH, place.SIZES, own_states=True)
        self.beside_in = nn.Linear(partner.SIZE, width, bias=False)
        self.partner_in = nn.Linear(len(partner.AROUND) * code_dim, width, bias=False)
        for layer in (self.beside_in, self.partner_in):
            nn.init.zeros_(layer.weight)

    @torch.no_grad()
    def start_places(self) -> None:
        """Give places that are near each other rows that are alike, of the size of a code's."""
        scale = self.rows.weight[: self.vocabulary.codes].std() / len(place.SIZES) ** 0.5
        for number, (size, table) in enumerate(zip(place.SIZES, self.place_rows, strict=True)):
            line = torch.arange(size, dtype=torch.float32)
            gap = (line[:, None] - line[None]).abs()
            gap = torch.minimum(gap, size - gap) if number == 0 else gap
            smooth = torch.exp(-0.5 * (gap / 4.0).square())
            rows = smooth @ torch.randn(size, table.embedding_dim)
            table.weight.copy_(rows / rows.std() * scale)

    def encodings(self, codes: np.ndarray) -> np.ndarray:
        """Return the encodings (n, code_dim) of codes (n, levels)."""
        return look_up(self.books.cpu().numpy(), codes)

    def follower_rows(
        self, read: np.ndarray, codes: np.ndarray, places: dict[int, np.ndarray],
        leader: np.ndarray, roots: tuple[np.ndarray, np.ndarray] | None, rows: list,
    ) -> Tensor:  # fmt: skip
        """Return the input rows (len(rows), width) of a follower.

        Args:
            read: codes (n, levels) that are read, some of which training makes wrong.
            codes: the true ones.
            places: place codes (3,) by the number of the token they stand before.
            leader: the leader's codes (m, levels).
            roots: of the leader and of oneself before each token, (n, 3) each; None tells nothing.
            rows: as `partner.schedule` gives them.
        """
        kinds = [kind for kind, _ in rows]
        next_token = np.array([number + (kind == "token") for kind, number in rows])
        tokens = self.token_rows(read, codes, len(codes))
        first = torch.tensor(self.vocabulary.start(len(codes)), device=self.device)
        start = self.rows(first) + self.follower
        put = {number: self._place_row(chosen) for number, chosen in places.items()}
        base = torch.stack(
            [
                start if kind == "start" else put[number] if kind == "place" else tokens[number]
                for kind, number in rows
            ]
        )
        told = partner.around(self.encodings(leader), next_token)
        base = base + self.partner_in(torch.from_numpy(told).to(self.device))
        if roots is not None:
            index = np.minimum(next_token, len(codes) - 1)
            known = np.array([kind != "start" for kind in kinds])[:, None]
            seen = partner.numbers(roots[0][index], roots[1][index]) * known
            seen = torch.from_numpy(seen.astype(np.float32)).to(self.device)
            base = base + self.beside_in(seen)
        return base

    def _place_row(self, codes: np.ndarray) -> Tensor:
        """Return the row (width,) of a place's codes (3,)."""
        rows: list[Tensor] = [
            table(torch.tensor(int(code), device=self.device))
            for table, code in zip(self.place_rows, codes, strict=True)
        ]
        return sum(rows[1:], rows[0])
