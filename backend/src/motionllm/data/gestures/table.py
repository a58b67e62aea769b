"""The table of gestures: where hands go, how the head turns, what it is called.

`gestures.toml` beside this module, one table a gesture; its comments say what the fields mean.
Standard library and numpy.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("gestures.toml")
Vector = tuple[float, float, float]
Range = tuple[float, float]
STILL: Vector = (0.0, 0.0, 0.0)
PARTS = {"head": 15, "neck": 12, "chest": 9, "waist": 3, "pelvis": 0}  # joints; "shoulder" besides
# Metres from the wrist along the hand to what touches.
TOUCH = {"palm": 0.09, "tips": 0.16, "wrist": 0.0}


@dataclass(frozen=True)
class Hand:
    """Where a hand is put. All vectors as seen by that hand: out to its own side, up, ahead.

    Attributes:
        part: of the body that it keeps to, in whose frame the vectors are; see PARTS. "shoulder"
            is the arm's own shoulder in the chest's frame.
        at: metres from the part's joint to where the hand's `touch` is.
        palm: where the palm faces.
        elbow: to which side of the line from shoulder to wrist the elbow is.
        fingers: where they point; on in the forearm's direction where it is None.
        touch: what of the hand is there; see TOUCH.
        swing: metres to either side of `at` in each beat.
        beat: metres away from `at` and back in each beat.
    """

    part: str
    at: Vector
    palm: Vector
    elbow: Vector = (0.4, -1.0, -0.2)
    fingers: Vector | None = None
    touch: str = "palm"
    swing: Vector = STILL
    beat: Vector = STILL


@dataclass(frozen=True)
class Gesture:
    """What one gesture is, and what it is called.

    Angles are degrees: yaw to the side of the gesture, pitch down, roll to that side.

    Attributes:
        key: its name in the table.
        say, sided, counted: verb phrases (see data.captions.grammar), those that name {side} and
            those that name how many {times}.
        hand, other: of the gesture's side and of the other; `other` is None where that arm is
            left alone.
        head: poses that the head goes through in turn.
        head_swing, head_beat: as a hand's swing and beat.
        trunk: pose of the trunk.
        shrug: degrees by which the shoulders are lifted.
        beats, rate: how many swings or beats, and how many a second; none where beats is (0, 0).
        hold: seconds in which it is held.
        reach: seconds to get there.
        stand, walk: whether it is done standing, walking.
        stays: share of the pieces that end in it.
    """

    key: str
    say: list[str]
    sided: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    hand: Hand | None = None
    other: Hand | None = None
    head: list[Vector] = field(default_factory=list)
    head_swing: Vector = STILL
    head_beat: Vector = STILL
    trunk: Vector = STILL
    shrug: float = 0.0
    beats: tuple[int, int] = (0, 0)
    rate: Range = (1.5, 2.0)
    hold: Range = (0.8, 1.8)
    reach: Range = (0.55, 0.85)
    stand: bool = True
    walk: bool = True
    stays: float = 0.3

    @property
    def one_sided(self) -> bool:
        """Whether left and right may be named."""
        return bool(self.sided)


@lru_cache(maxsize=1)
def gestures() -> dict[str, Gesture]:
    """Return every gesture of the table by its key."""
    table = tomllib.loads(FILE.read_text("utf-8"))
    return {key: _gesture(key, entry) for key, entry in table.items()}


def _gesture(key: str, entry: dict) -> Gesture:
    entry = dict(entry)
    hand = Hand(**_tuples(entry.pop("hand"))) if "hand" in entry else None
    other = entry.pop("other", None)
    second = hand if other == "same" else Hand(**_tuples(other)) if other else None
    return Gesture(key, hand=hand, other=second, **_tuples(entry))


def _tuples(entry: dict) -> dict:
    """Return the entry with lists of numbers as tuples."""
    return {
        name: tuple(value) if isinstance(value, list) and not _deep(value) else value
        for name, value in entry.items()
    }


def _deep(value: list) -> bool:
    return bool(value) and not isinstance(value[0], int | float)


def as_seen(vector: Vector, side: str) -> np.ndarray:
    """Return (3,) in the body's axes, left, up, ahead, of what a hand sees: out, up, ahead."""
    return np.array(vector) * (1.0 if side == "left" else -1.0, 1.0, 1.0)
