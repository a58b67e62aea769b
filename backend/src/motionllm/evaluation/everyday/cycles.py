"""To and fro: where a curve swings, and how often. numpy only."""

from __future__ import annotations

import numpy as np

from motionllm.motion.curves import running_mean

SLOW = 1.2  # seconds at least that a slow drift is averaged over


def swings(curve: np.ndarray, fps: float, amplitude: float, slowest: float = 0.8) -> np.ndarray:
    """Return frames (n,) at which a curve (T,) passes over to the other side of its drift.

    Args:
        curve: its slow drift is taken off.
        fps: frames a second.
        amplitude: how far it must come out on either side, in its own unit.
        slowest: seconds that half a cycle may take; a longer wait begins anew.
    """
    quick = running_mean(curve, 0.07 * fps)
    quick = quick - running_mean(quick, max(SLOW, 2.2 * slowest) * fps)
    found: list[int] = []
    side = 0
    for frame, value in enumerate(quick):
        here = int(value > amplitude) - int(value < -amplitude)
        if here and here != side:
            found.append(frame)
            side = here
    return np.array([f for i, f in enumerate(found) if _has_neighbour(found, i, slowest * fps)])


def _has_neighbour(frames: list[int], index: int, most: float) -> bool:
    around = frames[max(0, index - 1) : index + 2]
    return any(0 < abs(frame - frames[index]) <= most for frame in around)


def swinging(
    curve: np.ndarray, fps: float, amplitude: float, cycles: float = 1.5, slowest: float = 0.8
) -> np.ndarray:
    """Return a mask (T,) of the stretches of at least so many cycles."""
    mask = np.zeros(len(curve), bool)
    group: list[int] = []
    for frame in [*swings(curve, fps, amplitude, slowest), 10**9]:
        if group and frame - group[-1] > slowest * fps:
            if len(group) > 2 * cycles:
                mask[group[0] : group[-1] + 1] = True
            group = []
        group.append(int(frame))
    return mask


def cycle_marks(
    curve: np.ndarray, fps: float, amplitude: float, slowest: float = 0.8
) -> np.ndarray:
    """Return a mask (T,) true at one frame of every full cycle."""
    mask = np.zeros(len(curve), bool)
    mask[swings(curve, fps, amplitude, slowest)[2::2].astype(int)] = True
    return mask


def main_axis(track: np.ndarray, fps: float) -> np.ndarray:
    """Return a track (T, n) along the axis on which it swings most, its drift taken off."""
    quick = track - running_mean(track, SLOW * fps)
    _, _, axes = np.linalg.svd(quick - quick.mean(axis=0), full_matrices=False)
    return quick @ axes[0]
