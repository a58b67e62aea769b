"""The same gesture as another person would do it. numpy only."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from motionllm.data.gestures.table import Gesture, Hand, Vector

TOUCHING = 0.006  # metres by which a place at the body varies
FREE = 0.08  # of the distance from the shoulder by which a place in the air varies aside
ELBOW = 0.15
SIZE = (0.85, 1.12)  # of turns, swings and beats that touch nothing


def vary(gesture: Gesture, rng: random.Random) -> Gesture:
    """Return a gesture with its places, turns and swings a little changed."""
    size = rng.uniform(*SIZE)
    hand = _hand(gesture.hand, rng)
    same = gesture.other is gesture.hand
    return replace(
        gesture,
        hand=hand,
        other=hand if same else _hand(gesture.other, rng),
        head=[_times(pose, size) for pose in gesture.head],
        head_swing=_times(gesture.head_swing, size),
        head_beat=_times(gesture.head_beat, size),
        trunk=_times(gesture.trunk, rng.uniform(*SIZE)),
        shrug=gesture.shrug * rng.uniform(*SIZE),
    )


def _hand(hand: Hand | None, rng: random.Random) -> Hand | None:
    if hand is None:
        return None
    at = np.array(hand.at)
    if hand.part == "shoulder":  # another direction, as far away: straight arms stay straight
        far = np.linalg.norm(at)
        moved = at + FREE * far * np.array([rng.uniform(-1.0, 1.0) for _ in at])
        at = moved * far / np.linalg.norm(moved)
    else:
        at = at + TOUCHING * np.array([rng.uniform(-1.0, 1.0) for _ in at])
    elbow = np.array(hand.elbow) + ELBOW * np.array([rng.uniform(-1.0, 1.0) for _ in at])
    swing = _times(hand.swing, rng.uniform(*SIZE))
    return replace(hand, at=_vector(at), elbow=_vector(elbow), swing=swing)


def _times(vector: Vector, size: float) -> Vector:
    return _vector(np.array(vector) * size)


def _vector(values: np.ndarray) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])
