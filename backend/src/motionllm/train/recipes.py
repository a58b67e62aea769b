"""Ways to train text to motion: the project's own, and two that it is compared with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """What differs between them.

    Attributes:
        title: row of tables.
        corrupt: least and most share of read motion tokens replaced by random codes.
        caption_drop: share of samples without their caption, for guidance.
        told_end: share of samples whose tokens are told where the motion ends.
        frozen_rows: what motion tokens look like stays random, and nothing is told of places.
        scratch: layers that begin from nothing take the place of the backbone's upper half.
        guidance: in generation.
    """

    title: str
    corrupt: tuple[float, float] = (0.1, 0.7)
    caption_drop: float = 0.1
    told_end: float = 0.8
    frozen_rows: bool = False
    scratch: bool = False
    guidance: float = 1.5


RECIPES = {
    "ours": Recipe("the project's own way"),
    # MotionLLM (arXiv 2405.17013): random, frozen motion embeddings, plain teacher forcing.
    "paper": Recipe(
        "the paper's choice", (0.0, 0.0), caption_drop=0.0, told_end=0.0, frozen_rows=True,
        guidance=1.0,
    ),
    # T2M-GPT (arXiv 2301.06052): a decoder of its own behind one vector of the text.
    "scratch": Recipe(
        "a decoder from scratch", caption_drop=0.0, told_end=0.0, scratch=True, guidance=1.0
    ),
}  # fmt: skip
