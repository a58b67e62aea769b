"""The recordings of a training set written into a pack, as its own tokens. numpy only."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from motionllm.data import pieces
from motionllm.data.dataset import Dataset
from motionllm.errors import MotionError
from motionllm.motion.lay_over import upper_of
from motionllm.pack.pack import Pack
from motionllm.pack.recordings import FILE, save_recordings

CAPTIONS = 4  # of a piece, those by people first
_HEADING = "## Recordings carried"
BELOW = ("at_once", "gestures")  # sets made below a training set whose pieces are carried as well
# Of these the joints above the hips are kept as they are: tokens learnt of recordings blur nods and
# claps until they are none.
EXACT = ("gestures",)
LONGEST = 50  # tokens: what the model reads at once


def write_recordings(pack: Pack, data: Path) -> tuple[int, int]:
    """Write the pieces of a training set, but for what is held out, as tokens into a pack.

    Those of the sets BELOW it go with them. What the pack carried before goes; its model card says
    what it carries now.

    Returns:
        pieces, and bytes of the file: none of a training set without captioned pieces.

    Raises:
        MotionError: "bad_file" without a training set; "bad_request" where the pack may be used
            commercially and a recording may not.
    """
    from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer

    sets = [Dataset(data), *(Dataset(data / name) for name in BELOW if (data / name).is_dir())]
    if pack.commercial and not all(dataset.commercial for dataset in sets):
        raise MotionError(
            "bad_request", f"{data} holds recordings that may not be used commercially, and "
            f"the pack {pack.name} may.",
            "Build the training set with --commercial.",
        )  # fmt: skip
    tokenizer = MotionTokenizer.from_pack(pack)
    codes, captions, sources, rows, uppers = [], [], [], [], []
    for dataset in sets:
        exact = dataset.folder.name in EXACT
        kept: dict[tuple[int, int, int], np.ndarray] = {}
        for piece in pieces.read(dataset.folder):
            record = dataset.records[piece.clip]
            tokens = min(piece.frames // tokenizer.frames_per_token, LONGEST)
            if record.held_out or not tokens or not piece.captions:
                continue
            start = record.start + piece.start
            stop = start + tokens * tokenizer.frames_per_token
            table = dataset.features[int(piece.mirrored), start:stop].astype("float32")
            codes.append(tokenizer.encode_features(table))
            captions.append(piece.captions[:CAPTIONS])
            sources.append(_source(record.row))
            rows.append(record.row)
            span = piece.clip, piece.start, stop - start
            if exact and span not in kept:
                clip = dataset.clip(record)
                kept[span] = upper_of(clip.cut(piece.start, piece.start + stop - start))
            uppers.append((kept[span], piece.mirrored) if exact else None)
    (pack.folder / FILE).unlink(missing_ok=True)
    size = save_recordings(pack.folder, codes, captions, sources, uppers) if codes else 0
    _tell(pack.folder / "MODEL_CARD.md", rows)
    return len(codes), size


def _origin(row: dict[str, str]) -> str:
    return f"{row.get('source', 'own data')} ({row.get('licence', '')})"


def _source(row: dict[str, str]) -> str:
    """Return what is told of where a recording comes from, and whether more was made of it."""
    made = row.get("made")
    return f"{_origin(row)[:-1]}; {made})" if made else _origin(row)


def _tell(card: Path, rows: list[dict[str, str]]) -> None:
    """Put what a pack carries at the end of its model card, in the place of what stood there."""
    text = card.read_text("utf-8") if card.is_file() else ""
    text = text.split(_HEADING)[0].rstrip() + "\n"
    if rows:
        origins = sorted({_origin(row) for row in rows})
        made = sum(bool(row.get("made")) for row in rows)
        text += (
            f"\n{_HEADING}\n\n{len(rows)} pieces of recordings as motion tokens (`{FILE}`), taken "
            f"where what is drawn does not show the sentence: {', '.join(origins)}. On {made} of "
            "them more was made: gestures by rule, or the arms of another of these recordings.\n"
        )
    card.write_text(text, "utf-8")
