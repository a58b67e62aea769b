"""Gestures made by rule on the recordings of a training set, written as a set below it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from motionllm.data import pieces as piece_files
from motionllm.data.dataset import Dataset
from motionllm.data.gestures import bases, timing
from motionllm.data.gestures.bases import Base
from motionllm.data.gestures.perform import perform
from motionllm.data.gestures.table import Gesture, gestures
from motionllm.data.gestures.timing import Timing
from motionllm.data.gestures.vary import vary
from motionllm.data.gestures.wording import captions, counted, told
from motionllm.data.made_sets import MadeSet
from motionllm.motion.bodies import forearms_in
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS

FOLDER = "gestures"  # below the training set's
MADE = "gesture made by rule"  # said of every piece, beside its recording's source
STANDING, WALKING = 5, 3  # pieces of a gesture, each both ways round, and no more than
MOST_OF_PIECES = 0.2  # a share of the set's
CAPTIONS, TOLD = 6, 3  # written a piece
SIDE = "right"  # whose they are; mirrored they are the left's
TRIES = 12  # timings and variations for one base
DEEPEST = 0.05  # metres by which a forearm may be in the trunk or the head: flesh gives way


def build(data: Path, say: Callable[[str], None] = print) -> None:
    """Write gestures over standing and walking recordings, with captions, below a training set.

    None of them is over what is held out. Rows keep the source and the licence of their recording,
    with `made` beside it. Where nobody stands or walks with hanging arms, none are written.
    """
    dataset = Dataset(data)
    found = bases.find(dataset)
    held = {index for index, record in enumerate(dataset.records) if record.held_out}
    count = sum(piece.clip not in held for piece in piece_files.read(data))
    made_set = MadeSet()
    for gesture, base, variant in _planned(found):
        if 2 * (len(made_set) + 1) > MOST_OF_PIECES * count:
            break
        rng = random.Random(f"{gesture.key} {base.walks} {variant}")
        made = _made(dataset, gesture, base, variant, rng)
        if made is None:
            continue
        clip, time = made
        row = {
            **dataset.records[base.record].row, "id": f"{FOLDER}/{len(made_set):05d}",
            "label": gesture.key.replace("_", " "), "description": "", "partner_id": "",
            "split": "train", "made": MADE,
        }  # fmt: skip
        done = gesture, SIDE, base.walks
        full = told(*done, time.beats, rng, TOLD)
        first, *others = captions(*done, time.stays, time.beats, rng, CAPTIONS)
        # Packs carry the first captions alone: one names the side, one the number.
        number = counted(*done, time.beats, rng)
        said = list(dict.fromkeys([first, full[0], *number, *others]))[:CAPTIONS]
        made_set.add(row, clip, gesture.key, said, full)
    made_set.write(data / FOLDER)
    if len(made_set):
        say(f"{made_set.pieces} gestures made by rule, on {len(found)} stretches of recordings")
    else:
        say("no gestures could be made of these recordings")


def _planned(found: list[Base]) -> Iterator[tuple[Gesture, Base, int]]:
    """Yield gestures with what to do them over, every gesture once before any is done again."""
    orders: dict[tuple[str, bool], list[Base]] = {}
    for variant in range(max(STANDING, WALKING)):
        for walks, most in ((False, STANDING), (True, WALKING)):
            for key, gesture in gestures().items():
                allowed = gesture.walk if walks else gesture.stand
                if not allowed or variant >= most:
                    continue
                if (key, walks) not in orders:
                    orders[key, walks] = _order(found, walks, key)
                order = orders[key, walks]
                if order:
                    yield gesture, order[variant % len(order)], variant


def _order(found: list[Base], walks: bool, key: str) -> list[Base]:
    """Return the bases of a kind, long ones before short ones, in an order of the key's own."""
    kind = [base for base in found if base.walks == walks]
    random.Random(key).shuffle(kind)
    return sorted(kind, key=lambda base: base.seconds < timing.STANDING)


def _made(
    dataset: Dataset, gesture: Gesture, base: Base, variant: int, rng: random.Random
) -> tuple[Clip, Timing] | None:
    """Return a gesture over a part of a base, and its timing; None where none is any good."""
    record = dataset.records[base.record]
    longest = base.seconds - piece_files.TOKEN_FRAMES / FPS
    for _ in range(TRIES):
        varied = vary(gesture, rng)
        time = timing.draw(varied, base.walks, longest, rng, variant)
        if time is None:
            continue
        frames = timing.frames_of(time, piece_files.TOKEN_FRAMES)
        start = rng.randint(base.start, base.stop - frames)
        clip = perform(dataset.clip(record).cut(start, start + frames), varied, SIDE, time)
        if forearms_in(clip.joints.astype(np.float64)) < DEEPEST:
            return clip, time
    return None
