"""The recordings of a training set written into a pack, as its own tokens. numpy only."""

from __future__ import annotations

import json
from pathlib import Path

from motionllm.data import pieces
from motionllm.data.dataset import Dataset
from motionllm.errors import MotionError
from motionllm.pack.pack import Pack
from motionllm.pack.recordings import save_recordings

CAPTIONS = 4  # of a piece, those by people first
LONGEST = 50  # tokens: what the model reads at once


def write_recordings(pack: Pack, data: Path) -> tuple[int, int]:
    """Write the pieces of a training set, but for what is held out, as tokens into a pack.

    Returns:
        pieces, and bytes of the file.

    Raises:
        MotionError: "bad_file" without a training set; "bad_request" where the pack may be used
            commercially and a recording may not.
    """
    from motionllm.engine.embedded.motion_tokenizer import MotionTokenizer

    dataset = Dataset(data)
    records = json.loads((data / "clips.json").read_text("utf-8"))
    free = all(record["row"].get("commercial_ok", "no") == "yes" for record in records)
    if pack.commercial and not free:
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
    if not codes:
        raise MotionError("bad_file", f"{data} holds no captioned pieces.")
    return len(codes), save_recordings(pack.folder, codes, captions, sources)
