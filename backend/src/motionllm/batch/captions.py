"""Motions in words, many at a time and long ones piece by piece. numpy only; engines come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from motionllm.engine.interface import Engine
from motionllm.english.captions import without_subject
from motionllm.errors import MotionError
from motionllm.judge import tell
from motionllm.motion import segments
from motionllm.motion.clip import Clip

WHOLE = 10.0  # seconds: what a captioner reads at once; longer motions are cut where they change
BATCH = 64  # pieces captioned together: a step takes hardly longer than with 16


Key = TypeVar("Key")


@dataclass(frozen=True)
class Piece:
    """A stretch of a motion in words, seconds from its start."""

    start: float
    end: float
    caption: str


@dataclass(frozen=True)
class _Job(Generic[Key]):
    key: Key
    clip: Clip
    spans: list[tuple[float, float]]


def spans_of(clip: Clip, piecewise: bool) -> list[tuple[float, float]]:
    """Return start and end in seconds of the pieces that a motion is captioned by.

    Args:
        piecewise: cut wherever the action changes; else only a motion longer than WHOLE.
    """
    if piecewise or clip.seconds > WHOLE:
        return segments.pieces(clip)
    return [(0.0, clip.seconds)]


def parts(clip: Clip, spans: list[tuple[float, float]]) -> list[Clip]:
    """Return the clip of each span."""
    return [clip] if len(spans) == 1 else [segments.cut(clip, *span) for span in spans]


def merged(spans: list[tuple[float, float]], captions: list[str]) -> list[Piece]:
    """Return spans with their captions; neighbours in the same words become one."""
    found: list[Piece] = []
    for (start, end), caption in zip(spans, captions, strict=True):
        caption = " ".join(caption.split())
        if found and found[-1].caption == caption:
            found[-1] = Piece(found[-1].start, end, caption)
        else:
            found.append(Piece(start, end, caption))
    return found


def sentence(pieces: list[Piece]) -> str:
    """Return a motion's pieces in one sentence, its subject named once."""
    told = [piece.caption.rstrip(". ") for piece in pieces if piece.caption]
    return ", then ".join([*told[:1], *map(without_subject, told[1:])])


def describe(
    motions: Iterable[tuple[Key, Clip]], engine: Engine, piecewise: bool = False, size: int = BATCH
) -> Iterator[tuple[Key, list[Piece] | MotionError]]:
    """Caption motions in order, as many together as fit in a batch.

    Args:
        motions: read only as far ahead as a batch goes.
        piecewise: a piece wherever the action changes, see `spans_of`.
        size: pieces captioned together.

    Yields:
        each motion's key with its pieces, or with the reason why it has none.

    Raises:
        MotionError: what every motion would meet.
    """
    waiting: list[_Job[Key]] = []
    pieces = 0
    for key, clip in motions:
        spans = spans_of(clip, piecewise)
        if waiting and pieces + len(spans) > size:
            yield from _caption(waiting, engine, size)
            waiting, pieces = [], 0
        waiting.append(_Job(key, clip, spans))
        pieces += len(spans)
    if waiting:
        yield from _caption(waiting, engine, size)


def _caption(
    jobs: list[_Job[Key]], engine: Engine, size: int
) -> Iterator[tuple[Key, list[Piece] | MotionError]]:
    clips = [part for job in jobs for part in parts(job.clip, job.spans)]
    try:
        captions = _by_length(engine, clips, size)
    except (MotionError, MemoryError) as error:
        if isinstance(error, MotionError) and error.code != "bad_request":
            raise
        if len(jobs) > 1:  # one of them spoilt it, or all together were too many
            for job in jobs:
                yield from _caption([job], engine, size)
        else:
            told = error if isinstance(error, MotionError) else _too_much()
            yield jobs[0].key, told
        return
    for job in jobs:
        own, captions = captions[: len(job.spans)], captions[len(job.spans) :]
        yield job.key, merged(job.spans, own)


def _by_length(engine: Engine, clips: list[Clip], size: int) -> list[str]:
    """Caption clips, so many together and those of like length: little of a batch is padding."""
    order = sorted(range(len(clips)), key=lambda index: clips[index].seconds)
    captions = [""] * len(clips)
    for start in range(0, len(order), size):
        some = order[start : start + size]
        told = tell.caption(engine, [clips[index] for index in some])
        for index, text in zip(some, told, strict=True):
            captions[index] = text
    return captions


def _too_much() -> MotionError:
    return MotionError("internal", "There is not enough memory.", "Try a smaller --batch-size.")
