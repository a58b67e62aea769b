"""Feet that stand on few keys. numpy only.

A leg's curves that each come near the motion still let a planted foot creep: their errors do not
know of one another. So once the keys are chosen, values and slopes of all the leg's curves are
moved together (Gauss-Newton) until the foot is where it stood and, above all, does not move there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from motionllm.rig.curves import thin

STEPS = 2
BLOCK = 150  # frames solved at once
STILL = 8.0  # what a metre a frame counts, metres off the place of a planted foot being 1
LOOSE = 0.5  # likewise, of a foot that does not stand
OWN = 0.1  # what a radian (or a quaternion's half of it) away from the bone's own curve counts
NUDGE = 1e-5
TALL = 1.5  # metres from the soles to the head's joint, which the weights are for

Places = Callable[[np.ndarray], np.ndarray]


def settled(
    curves: Sequence[thin.Curves], places: Places, wanted: np.ndarray, planted: np.ndarray,
    tall: float,
) -> list[thin.Curves]:  # fmt: skip
    """Return a limb's curves moved so that its feet stand; the keys stay.

    Args:
        curves: of the limb's bones, (T, 1, N) each.
        places: gets what the curves draw, side by side (T, columns); returns the feet (T, J, 3).
        wanted: where the feet belong (T, J, 3).
        planted: (T, J) which of them stand.
        tall: the body's height, in armature units.
    """
    unit = tall / TALL
    widths = [curve.values.shape[2] for curve in curves]
    start = np.concatenate([curve.values[:, 0] for curve in curves], axis=1)
    slopes = np.concatenate([curve.slopes[:, 0] for curve in curves], axis=1)
    owner = np.repeat(np.arange(len(curves)), widths)
    drawn = start.copy()
    frames = len(start)
    edges = [0, *_shared(curves)[1:]] if frames > BLOCK else [0, frames - 1]
    for first, last in zip(edges[:-1], edges[1:], strict=True):
        part = slice(first, last + 1)
        held = (first > 0, last < frames - 1)
        tables = [_free(curve.keys[part, 0], held) for curve in curves]
        for _ in range(STEPS):
            change = _step(
                tables, owner, drawn[part] - start[part], _rates(places, drawn, part),
                (places(drawn)[part] - wanted[part]) / unit, planted[part], unit,
            )  # fmt: skip
            for column, (table, at, free) in enumerate(tables[o] for o in owner):
                known = np.zeros(2 * len(at))
                known[free] = change[column]
                drawn[part, column] += table @ change[column]
                slopes[first + at, column] += known[len(at) :]
    cuts = np.cumsum(widths)[:-1]
    return [
        thin.Curves(curve.keys, values[:, None], slope[:, None])
        for curve, values, slope in zip(
            curves, np.split(drawn, cuts, axis=1), np.split(slopes, cuts, axis=1), strict=True
        )
    ]


def _shared(curves: Sequence[thin.Curves]) -> list[int]:
    """Return frames at which all curves have a key, about a block apart."""
    common = np.flatnonzero(np.all([curve.keys[:, 0] for curve in curves], axis=0))
    found = [0]
    for frame in common[1:]:
        if frame - found[-1] >= BLOCK // 2 or frame == common[-1]:
            found.append(int(frame))
    return found


def _free(keys: np.ndarray, held: tuple[bool, bool]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what keys add to frames (T, free), where they are (K,), and which are free (2 K,)."""
    at = np.flatnonzero(keys)
    free = thin.free_of(len(at), held)
    return thin.basis(len(keys), at)[:, free], at, free


def _rates(places: Places, drawn: np.ndarray, part: slice) -> np.ndarray:
    """Return how the feet move with each column: (T, J, 3, columns)."""
    here = places(drawn)[part]
    found = []
    for column in range(drawn.shape[1]):
        nudged = drawn.copy()
        nudged[:, column] += NUDGE
        found.append((places(nudged)[part] - here) / NUDGE)
    return np.stack(found, axis=-1)


def _step(
    tables: list, owner: np.ndarray, strayed: np.ndarray, rates: np.ndarray, off: np.ndarray,
    planted: np.ndarray, unit: float,
) -> list[np.ndarray]:  # fmt: skip
    """Return by how much each column's free values and slopes are to change."""
    weight = np.where(planted, 1.0, LOOSE)[..., None, None]
    both = (planted[1:] & planted[:-1])[..., None] * STILL
    rates = rates / unit
    blocks, targets = [], []
    sizes = [tables[o][0].shape[1] for o in owner]
    for column, o in enumerate(owner):
        table = tables[o][0]
        moved = rates[..., column, None] * table[:, None, None, :]
        still = both[..., None] * np.diff(moved, axis=0)
        blocks.append(
            np.concatenate([(weight * moved).reshape(-1, table.shape[1]),
                            still.reshape(-1, table.shape[1])])
        )  # fmt: skip
    targets = np.concatenate(
        [(weight[..., 0] * off).ravel(), (both * np.diff(off, axis=0)).ravel()]
    )
    whole = np.concatenate(blocks, axis=1)
    square, right = whole.T @ whole, -whole.T @ targets
    place = 0
    for column, (o, size) in enumerate(zip(owner, sizes, strict=True)):
        table = tables[o][0]
        span = slice(place, place + size)
        square[span, span] += OWN**2 * (table.T @ table) + 1e-9 * np.eye(size)
        right[span] -= OWN**2 * (table.T @ strayed[:, column])
        place += size
    solved = np.linalg.solve(square, right)
    return np.split(solved, np.cumsum(sizes)[:-1])
