"""Does it move like a person? Physical figures of held-out motion, rebuilt and made. numpy only."""

from __future__ import annotations

import random
from collections import defaultdict

from motionllm.data.dataset import Dataset
from motionllm.data.pieces import Piece
from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer
from motionllm.errors import MotionError
from motionllm.evaluation.statistics import mean_interval, ratio_interval
from motionllm.evaluation.tables import Table
from motionllm.motion import physics
from motionllm.motion.clip import Clip
from motionllm.motion.feet import clean
from motionllm.motion.physics import FIGURES

_TITLES = {
    "skate_cm_s": "foot skate, cm/s",
    "float_mm": "floating, mm",
    "sunk_mm": "under the floor, mm",
    "jerk_m_s3": "jerk, m/s3",
    "limits_percent": "beyond bone limits, %",
}


def held_out_pieces(dataset: Dataset, pieces: list[Piece], most_of_a_kind: int) -> list[Piece]:
    """Return pieces of held-out recordings, the same every time, none mirrored.

    Args:
        most_of_a_kind: of pieces that show the same, as their key says.

    Raises:
        MotionError: "bad_request", if no recording is held out.
    """
    kinds: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        if dataset.records[piece.clip].held_out and not piece.mirrored and piece.captions:
            kinds[piece.key].append(piece)
    if not kinds:
        raise MotionError(
            "bad_request", "No recording of this training set is held out.",
            "A set needs some hundred recordings, or a column 'split', to be measured with.",
        )  # fmt: skip
    rng = random.Random(0)
    return [
        piece
        for key in sorted(kinds)
        for piece in rng.sample(kinds[key], min(most_of_a_kind, len(kinds[key])))
    ]


def physics_table(
    real: list[Clip], generated: list[Clip], tokenizer: MotionTokenizer, pack: str
) -> Table:
    """Compare recordings, the same rebuilt by the tokenizer, and clips made from their captions.

    Args:
        real: recordings, on the canonical skeleton as all the others.
        generated: one clip for each, as long, not cleaned.
    """
    rebuilt = [tokenizer.decode_tokens(tokenizer.encode_clip(clip)) for clip in real]
    rows = {
        "real motion": real,
        "rebuilt by the tokenizer": rebuilt,
        "rebuilt, cleaned": [clean(clip) for clip in rebuilt],
        pack + ", not cleaned": generated,
        pack: [clean(clip) for clip in generated],
    }
    ratios = [f"{title.split(',')[0]} / real" for title in _TITLES.values()]
    table = Table(
        "Moves like a person",
        ["row", *_TITLES.values(), *ratios],
        f"{len(real)} held-out pieces and clips made from their captions, equally long; "
        "first the figures, then their ratio to real motion. Intervals draw clips anew.",
    )
    figures = {name: [physics.figures(clip) for clip in clips] for name, clips in rows.items()}
    for name, some in figures.items():
        values = {key: [row[key] for row in some] for key in FIGURES}
        reference = {key: [row[key] for row in figures["real motion"]] for key in FIGURES}
        table.add(
            name,
            *(mean_interval(values[key]) for key in FIGURES),
            *(
                "1" if name == "real motion" else ratio_interval(values[key], reference[key])
                for key in FIGURES
            ),
        )
    return table
