"""The language model for several people: places, and what the follower is told. torch.

A sequence is the prompt, the first person's tokens, then for each further person a start row, the
place seen from the first person, and tokens with a place again after every few. A place is one row
and three codes (yaw, x, z), drawn one after another.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from motionllm.model.language import MotionLanguageModel, neighbour_losses
from motionllm.tokens import partner, place

HEAD_WIDTH = 128


class PlaceHead(nn.Module):
    """Scores yaw, then x, then z of a place, each told what was drawn before it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.state = nn.Linear(width, HEAD_WIDTH * len(place.SIZES), bias=False)
        self.said = nn.ModuleList(nn.Embedding(size, HEAD_WIDTH) for size in place.SIZES[:-1])
        self.out = nn.ModuleList(nn.Linear(HEAD_WIDTH, size) for size in place.SIZES)
        for table in self.said:
            nn.init.normal_(table.weight, std=0.1)

    def forward(
        self, hidden: Tensor, codes: Tensor, leaning: list[Tensor] | None = None
    ) -> list[Tensor]:
        """Return logits (N, size) of each code of places (N, 3), at states (N, width).

        Args:
            leaning: added to them, see `place.leaning`; zeros where nothing is known.
        """
        states = self.state(hidden).split(HEAD_WIDTH, dim=1)
        said, logits = torch.zeros_like(states[0]), []
        for part, (state, out) in enumerate(zip(states, self.out, strict=True)):
            scores = out(functional.silu(state + said))
            logits.append(scores if leaning is None else scores + leaning[part])
            if part < len(self.said):
                said = said + self.said[part](codes[:, part])
        return logits


def place_losses(logits: list[Tensor], codes: Tensor) -> Tensor:
    """Return the summed loss (N,) of places (N, 3), nats; the first code, a yaw, goes round."""
    return neighbour_losses(logits, codes, going_round=0, sharpness=0.5)


class PeopleModel(MotionLanguageModel):
    """A motion language model that knows of others.

    Attributes:
        follower: (width,) added to the start row of everyone but the first.
        place_rows: input rows of a place's codes; they add up.
        place_head: scores places.
        beside_in: from `beside.numbers` to the width.
        partner_in: from the leader's encodings around the moment to the width.
    """

    OWN = ("follower", "place_rows.", "place_head.", "beside_in.", "partner_in.")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        width, code_dim = self.rows.embedding_dim, self.books.shape[2]
        self.follower = nn.Parameter(torch.zeros(width))
        self.place_rows = nn.ModuleList(nn.Embedding(size, width) for size in place.SIZES)
        self.place_head = PlaceHead(width)
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
        books = self.books.cpu().numpy()
        return sum(book[codes[:, level]] for level, book in enumerate(books))

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
            rows: as `beside.schedule` gives them.
        """
        kinds = [kind for kind, _ in rows]
        next_token = np.array([number + (kind == "token") for kind, number in rows])
        tokens = self.token_rows(read, codes, len(codes))
        first = torch.tensor(self.vocabulary.start(len(codes)), device=self.device)
        start = self.rows(first) + self.follower
        put = {
            number: sum(
                table(torch.tensor(int(code), device=self.device))
                for table, code in zip(self.place_rows, chosen, strict=True)
            )
            for number, chosen in places.items()
        }
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
