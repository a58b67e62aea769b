"""The recordings of a training set written into a pack, as its own tokens. numpy only."""

from __future__ import annotations

from pathlib import Path

from motionllm.data import pieces
from motionllm.data.dataset import Dataset
from motionllm.errors import MotionError
from motionllm.pack.pack import Pack
from motionllm.pack.recordings import FILE, save_recordings

CAPTIONS = 4  # of a piece, those by people first
_HEADING = "## Recordings carried"
LONGEST = 50  # tokens: what the model reads at once


def write_recordings(pack: Pack, data: Path) -> tuple[int, int]:
    """Write the pieces of a training set, but for what is held out, as tokens into a pack.

    What the pack carried before goes; its model card says what it carries now.

    Returns:
        pieces, and bytes of the file: none of a training set without captioned pieces.

    Raises:
        MotionError: "bad_file" without a training set; "bad_request" where the pack may be used
            commercially and a recording may not.
    """
    from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer

    dataset = Dataset(data)
    if pack.commercial and not dataset.commercial:
        raise MotionError(
            "bad_request", f"{data} holds recordings that may not be used commercially, and "
            f"the pack {pack.name} may.",
            "Build the training set with --commercial.",
        )  # fmt: skip
    tokenizer = MotionTokenizer.from_pack(pack)
    step = tokenizer.frames_per_token
    codes, captions, sources = [], [], []
    for piece in pieces.read(data):
        record = dataset.records[piece.clip]
        tokens = min(piece.frames // step, LONGEST)
        if record.held_out or not tokens or not piece.captions:
            continue
        start = record.start + piece.start
        table = dataset.features[int(piece.mirrored), start : start + tokens * step]
        codes.append(tokenizer.encode_features(table.astype("float32")))
        captions.append(piece.captions[:CAPTIONS])
        sources.append(f"{record.row.get('source', 'own data')} ({record.row.get('licence', '')})")
    (pack.folder / FILE).unlink(missing_ok=True)
    size = save_recordings(pack.folder, codes, captions, sources) if codes else 0
    _tell(pack.folder / "MODEL_CARD.md", len(codes), sorted(set(sources)))
    return len(codes), size


def _tell(card: Path, count: int, sources: list[str]) -> None:
    """Put what a pack carries at the end of its model card, in the place of what stood there."""
    text = card.read_text("utf-8") if card.is_file() else ""
    text = text.split(_HEADING)[0].rstrip() + "\n"
    if count:
        text += (
            f"\n{_HEADING}\n\n{count} pieces of recordings as motion tokens (`{FILE}`), taken "
            f"where what is drawn does not show the sentence: {', '.join(sources)}.\n"
        )
    card.write_text(text, "utf-8")
