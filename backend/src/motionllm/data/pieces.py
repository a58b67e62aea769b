"""Captioned training pieces: cuts of the training set, up to 10 seconds, both ways round.

Written as one JSON line a piece: clip (index of its record), start (frame in the clip), frames,
mirrored, key (what it shows, for balance), captions, human (how many of the first captions were
written by people), told (captions that leave nothing out, which a captioner learns).
"""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from motionllm.data.captions import labels
from motionllm.data.captions.grammar import actions
from motionllm.data.captions.shown import content_key
from motionllm.data.captions.write import tell, write_captions
from motionllm.data.dataset import Dataset, Record
from motionllm.data.sources.human_captions import Captions, alike
from motionllm.english.mirror import mirror_text
from motionllm.errors import MotionError
from motionllm.facts.facts import Facts, measure
from motionllm.files import replacing
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS

TOKEN_FRAMES = 6  # cuts lie on token borders
SHORTEST, LONGEST = 2.0, 10.0  # seconds
AROUND = (1.8, 3.2)  # seconds of a cut round a blow or a jump
QUICK = ("punch", "kick", "jump")  # events that a longer cut is mostly spent waiting for
QUICK_ACTIONS = ("boxing", "karate_punch")  # besides those that must show a blow or a jump:
QUICK_NEEDS = ("punches", "kicks", "strikes", "jumps", "jumps_many")
CAPTIONS = 8  # written a piece
TOLD = 4


@dataclass(frozen=True)
class Piece:
    """A cut of one clip and what may be said of it."""

    clip: int
    start: int
    frames: int
    mirrored: bool
    key: str
    captions: list[str]
    human: int
    told: list[str] = field(default_factory=list)


def cuts(frames: int, rng: random.Random) -> list[tuple[int, int]]:
    """Return (start, frames) of the pieces of a clip, on token borders.

    A clip of up to 10 s is a piece itself. Longer ones, and half of those over 4 s, are cut as
    well, at random lengths with an overlap of a half, so that every length is seen at every place.
    """
    longest, shortest = int(LONGEST * FPS), int(SHORTEST * FPS)
    whole = frames // TOKEN_FRAMES * TOKEN_FRAMES
    found = [(0, whole)] if 0 < whole <= longest else []
    if whole <= int(2 * LONGEST / 5 * FPS) or (found and rng.random() < 0.5):
        return found
    start = 0
    while start + shortest <= whole:
        length = min(rng.randint(shortest, min(longest, 8 * FPS)), whole - start)
        length = length // TOKEN_FRAMES * TOKEN_FRAMES
        if (start, length) not in found:
            found.append((start, length))
        start += max(TOKEN_FRAMES, length // 2 // TOKEN_FRAMES * TOKEN_FRAMES)
    return found


def build(data: Path, human: Captions | None, say: Callable[[str], None] = print) -> None:
    """Cut and caption every clip of a training set; writes pieces.jsonl beside it.

    Args:
        data: folder written by data.build.
        human: captions by people, where held.
        say: takes a line of report.
    """
    dataset = Dataset(data)
    found: list[Piece] = []
    for index, record in enumerate(dataset.records):
        rng = random.Random(record.row["id"])
        found += _pieces(dataset, index, record, human, rng)
    write(found, data)
    people = sum(piece.human > 0 for piece in found)
    say(f"{len(found)} pieces of {len(dataset.records)} clips, {people} with captions by people")


def _pieces(
    dataset: Dataset,
    index: int,
    record: Record,
    human: Captions | None,
    rng: random.Random,
) -> list[Piece]:
    clip = dataset.clip(record)
    label = labels.parse(record.row)
    found = []
    spans = cuts(record.frames, rng)
    if any(map(_is_quick, label.actions)):
        spans += _around_quick(measure(clip.joints, clip.fps, clip.contacts), record.frames, rng)
    if human:
        spans += _captioned(record, human.stretches(record.row), spans)
    for start, frames in spans:
        part = clip.cut(start, start + frames)
        facts = measure(part.joints, part.fps, part.contacts)
        is_part = frames < 0.9 * record.frames
        begin = record.offset_s + start / FPS
        said = human.human(record.row, begin, begin + frames / FPS) if human else []
        # Facts alone, without a label, say less than people do.
        count = CAPTIONS if label.text or not said else 0
        written = write_captions(label, facts, rng, count, is_part)
        told = tell(label, facts, rng, TOLD, is_part)
        key = content_key(label, facts, is_part)
        for mirrored in (False, True):
            turn = mirror_text if mirrored else str
            found.append(
                Piece(
                    index, start, frames, mirrored, turn(key.replace("_", " ")).replace(" ", "_"),
                    [turn(text) for text in said + written], len(said),
                    [turn(text) for text in told],
                )
            )  # fmt: skip
    return found


def _is_quick(key: str) -> bool:
    return key in QUICK_ACTIONS or actions().get(key, {}).get("needs") in QUICK_NEEDS


def _around_quick(facts: Facts, frames: int, rng: random.Random) -> list[tuple[int, int]]:
    """Return (start, frames) of one cut round every blow and jump of a clip that is longer.

    In a long take a fighter stands in guard most of the time, and that is what would be learnt.
    """
    found: list[tuple[int, int]] = []
    if frames <= AROUND[1] * FPS:
        return found
    for event in facts.of(*QUICK):
        length = round(rng.uniform(*AROUND) * FPS) // TOKEN_FRAMES * TOKEN_FRAMES
        middle = (event.start + event.end) / 2 * FPS
        start = round((middle - rng.uniform(0.3, 0.6) * length) / TOKEN_FRAMES) * TOKEN_FRAMES
        span = (max(0, min(start, (frames - length) // TOKEN_FRAMES * TOKEN_FRAMES)), length)
        if span not in found:
            found.append(span)
    return found


def _captioned(
    record: Record, stretches: list[tuple[float, float]], spans: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return (start, frames) of what people wrote captions about, where no span has them yet."""
    found: list[tuple[int, int]] = []
    for begin, stop in stretches:
        first, last = ((time - record.offset_s) * FPS for time in (begin, stop))
        start = max(0, round(first / TOKEN_FRAMES) * TOKEN_FRAMES)
        frames = (min(round(last), record.frames) - start) // TOKEN_FRAMES * TOKEN_FRAMES
        known = any(alike(first, last, a, a + n) for a, n in spans + found)
        fits = SHORTEST * FPS <= frames <= LONGEST * FPS
        if fits and not known and alike(first, last, start, start + frames):
            found.append((start, frames))
    return found


def write(pieces: Iterable[Piece], data: Path) -> None:
    """Write the pieces of a training set beside it.

    Raises:
        MotionError: "output".
    """
    with replacing(data / "pieces.jsonl") as part, part.open("w", encoding="utf-8") as file:
        for piece in pieces:
            file.write(json.dumps(asdict(piece)) + "\n")


def read(data: Path) -> list[Piece]:
    """Read the pieces of a training set.

    Raises:
        MotionError: "bad_file", where there are none.
    """
    try:
        with (data / "pieces.jsonl").open(encoding="utf-8") as file:
            return [Piece(**json.loads(line)) for line in file]
    except OSError as error:
        raise MotionError(
            "bad_file", f"{data} holds no pieces with captions.",
            "Run 'motionllm data build' to its end.",
        ) from error  # fmt: skip


def piece_clip(dataset: Dataset, piece: Piece, frames: int | None = None) -> Clip:
    """Return a piece's motion, mirrored where the piece is, cut to so many frames."""
    clip = dataset.clip(dataset.records[piece.clip])
    length = piece.frames if frames is None else min(frames, piece.frames)
    clip = clip.cut(piece.start, piece.start + length)
    return clip.mirrored() if piece.mirrored else clip
