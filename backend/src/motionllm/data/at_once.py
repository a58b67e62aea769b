"""Motions of two things at once, made of recordings: the arms of one on the legs of another.

Hardly a recording shows somebody walk and wave, so "and" would never be heard. The arms of a
recording that needs nothing else are laid over one that travels (as SINC does, arXiv 2304.10417),
where the facts of the result still show both. Written as a training set of its own below the one it
is made of, in the same layout.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from motionllm.data import pieces as piece_files
from motionllm.data.captions.at_once import arm_actions, write_at_once
from motionllm.data.captions.grammar import grammar_file
from motionllm.data.captions.labels import Label
from motionllm.data.captions.shown import select
from motionllm.data.dataset import Dataset
from motionllm.data.joined import Part, Parts
from motionllm.data.made_sets import MadeSet
from motionllm.facts.facts import measure
from motionllm.motion.clip import Clip
from motionllm.motion.curves import ease
from motionllm.motion.features import FPS
from motionllm.motion.lay_over import ARM, lay_over

FOLDER = "at_once"  # below the training set's
COUNT = 1500  # motions, each both ways round, and no more than a share of the pieces:
MOST_OF_PIECES = 0.1
TRIES = 200  # draws for one motion
SHORTEST = 2.0  # seconds of a motion
EASE = 0.6  # seconds in which the arms go over: sooner, a hand from the hip overhead is flung up
LATEST = 0.25  # of the motion: when the arms may still go over
LET_GO = 0.4  # share in which they go back before the end
FREE = 0.3  # seconds that a hand may be up in what the arms are laid over
UPRIGHT = 0.8  # of the standing height that the hips keep at the least
CAPTIONS = 6  # written a motion


def build(data: Path, count: int = COUNT, say: Callable[[str], None] = print) -> None:
    """Write up to `count` motions of two things at once with their captions below a training set.

    Where too little of the set can be laid over each other, none are written.
    """
    rng = random.Random(0)
    dataset = Dataset(data)
    legs, arms = Parts(dataset, rng, _of_legs), Parts(dataset, rng, _of_arms)
    found = MadeSet()
    most = round(MOST_OF_PIECES * len(piece_files.read(data)))
    for index in range(min(count, most) if legs.count and arms.count else 0):
        made = next(filter(None, (_made(legs, arms, rng) for _ in range(TRIES))), None)
        if made is None:
            break
        clip, shown, captions, told = made
        key = "+".join(part.key for part in shown)
        found.add(_row(index, key, *shown), clip, key, captions, told)
    found.write(data / FOLDER)
    if len(found):
        say(f"{found.pieces} motions of two things at once, made of recordings")
    else:
        say("no motions of two things at once could be made of these recordings")


def _of_legs(label: Label, _key: str) -> Label | None:
    keys = set(label.actions) - {"stand"}
    return label if keys and keys <= set(grammar_file("at_once")["legs"]) else None


def _of_arms(label: Label, key: str) -> Label | None:
    """A hand that is raised is one whatever the recording was made for."""
    if re.fullmatch(r"raise_(left_|right_|both_|)hands?", key):
        return Label(("raise_hand",))
    keys = set(label.actions) - {"stand"}
    return label if keys and keys <= arm_actions() else None


def _made(
    legs: Parts, arms: Parts, rng: random.Random
) -> tuple[Clip, tuple[Part, Part], list[str], list[str]] | None:
    """Return a clip, whose it is, captions and plain ones, or None if the draw was no good."""
    below, above = legs.draw(), arms.draw()
    if below is None or above is None or max(below.facts.raised.values()) > FREE:
        return None
    if below.facts.tipped or below.facts.crouch < UPRIGHT:
        return None
    upright = above.facts.tipped == 0 and not above.facts.of("move")
    done = [act for act in select(above.label, above.facts, True) if act.key in arm_actions()]
    if not upright or not done:
        return None
    frames = min(below.clip.frames, above.clip.frames)
    frames = frames // piece_files.TOKEN_FRAMES * piece_files.TOKEN_FRAMES
    if frames < SHORTEST * FPS:
        return None
    over = ARM[done[0].side] if done[0].side in ARM else ARM["left"] + ARM["right"]
    clip = lay_over(below.clip, above.clip, over, _weight(frames, rng))
    facts = measure(clip.joints, clip.fps, clip.contacts)
    shown = [act.key for act in select(below.label, facts, True)]
    kept = done[0] in select(above.label, facts, True) and shown == [
        act.key for act in select(below.label, below.facts, True)
    ]
    if not kept:
        return None
    captions, told = write_at_once(below.label, above.label, facts, rng, CAPTIONS)
    return (clip, (below, above), captions, told) if captions else None


def _row(index: int, key: str, below: Part, above: Part) -> dict[str, str]:
    """Return the row of a motion: that of the recording that walks, and whose arms it has."""
    free = all(part.row.get("commercial_ok", "no") == "yes" for part in (below, above))
    arms = f"{above.row.get('source', 'own data')} ({above.row.get('licence', '')})"
    return {
        **below.row, "id": f"{FOLDER}/{index:05d}", "label": key, "description": "",
        "partner_id": "", "split": "train", "made": f"arms of {arms}",
        "commercial_ok": "yes" if free else "no",
    }  # fmt: skip


def _weight(frames: int, rng: random.Random) -> np.ndarray:
    """Return (T,) how far the arms are those laid over: from the start or a little later on."""
    time = np.arange(frames) / FPS
    begin = rng.uniform(0.0, LATEST) * frames / FPS if rng.random() < 0.6 else -EASE
    weight = ease((time - begin) / EASE)
    if rng.random() < LET_GO:
        end = frames / FPS - rng.uniform(0.0, 0.5 * LATEST) * frames / FPS
        weight = np.minimum(weight, ease((end - time) / EASE))
    return weight
