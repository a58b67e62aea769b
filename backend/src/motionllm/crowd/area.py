"""Where a crowd may be: a part of the floor, seen from above. numpy only.

Floor coordinates are a clip's x and z, metres: +z is where a clip faces at its first frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.errors import MotionError

CELL = 0.05  # metres of the grid that distances to the edge are read from ...
MOST_CELLS = 1200  # ... or more, where one side would have more cells than this
SEEN = 2.0  # metres: edges further away than this do not count
CHUNK = 4_000_000  # comparisons at once


@dataclass(frozen=True)
class Area:
    """A part of the floor, and how far its edge is.

    Attributes:
        triangles: (N, 3, 2) that cover it; they may overlap.
        origin: (2,) corner of the grid.
        cell: metres between grid points.
        clearance: (X, Z) metres from each grid point to the edge, at most SEEN; 0 outside.
    """

    triangles: np.ndarray
    origin: np.ndarray
    cell: float
    clearance: np.ndarray

    def contains(self, points: np.ndarray) -> np.ndarray:
        """Return (...) bool, whether points (..., 2) lie inside, exactly."""
        shape = np.shape(points)[:-1]
        points = np.asarray(points, np.float64).reshape(-1, 2)
        found = self.room(points) > 2.0 * self.cell
        rest = points[~found]
        # Of the others only those near the edge are looked at closely.
        near = np.zeros(len(rest), bool)
        for x, z in np.ndindex(9, 9):
            near |= self.room(rest + self.cell * np.array([x - 4, z - 4])) > 0.0
        near[near] = _inside(self.triangles, rest[near])
        found[~found] = near
        return found.reshape(shape)

    def room(self, points: np.ndarray) -> np.ndarray:
        """Return (...) metres from points (..., 2) to the edge, 0 outside; right to a cell."""
        place = (points - self.origin) / self.cell
        last = np.array(self.clearance.shape) - 1
        x, z = np.moveaxis(np.rint(np.clip(place, 0, last)).astype(int), -1, 0)
        beyond = ((place < -0.5) | (place > last + 0.5)).any(axis=-1)
        return np.where(beyond, 0.0, self.clearance[x, z])

    def places(self, count: int, margin: float, random: np.random.Generator) -> np.ndarray:
        """Return (count, 2) places drawn evenly from those at least `margin` from the edge.

        Raises:
            MotionError: "bad_request", if there are none.
        """
        x, z = np.nonzero(self.clearance >= margin)
        if not len(x):
            raise MotionError(
                "bad_request",
                f"No place in the area is {margin:.1f} m from its edge.",
                "Choose a larger area.",
            )
        chosen = random.integers(0, len(x), count)
        spread = random.uniform(-0.5, 0.5, (count, 2))
        return self.origin + self.cell * (np.stack([x[chosen], z[chosen]], axis=1) + spread)

    @property
    def square_metres(self) -> float:
        """Size of the area, right to a cell."""
        return float((self.clearance > 0.0).sum()) * self.cell**2

    @property
    def middle(self) -> np.ndarray:
        """Middle of the area's bounds (2,)."""
        corners = self.triangles.reshape(-1, 2)
        return 0.5 * (corners.min(axis=0) + corners.max(axis=0))


def rectangle(width: float, depth: float, middle: tuple[float, float] = (0.0, 0.0)) -> Area:
    """Return an area of so many metres along x and along z.

    Raises:
        MotionError: "bad_request", if it has no size.
    """
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    corners = corners * [0.5 * width, 0.5 * depth] + middle
    return footprint(corners[[[0, 1, 2], [0, 2, 3]]])


def footprint(triangles: np.ndarray) -> Area:
    """Return what the triangles (N, 3, 2) of a mesh cover, seen from above.

    Raises:
        MotionError: "bad_request", if they cover nothing, or are not finite.
    """
    triangles = np.asarray(triangles, np.float64).reshape(-1, 3, 2)
    if not np.isfinite(triangles).all():
        raise MotionError("bad_request", "The area holds points that are not finite.")
    a, b = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    size = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    triangles = triangles[size > 1e-9]  # walls are lines from above
    if not len(triangles):
        raise MotionError(
            "bad_request", "The area has no size.", "Choose a mesh that lies flat, or a rectangle."
        )
    corners = triangles.reshape(-1, 2)
    low, high = corners.min(axis=0), corners.max(axis=0)
    cell = max(CELL, float((high - low).max()) / MOST_CELLS)
    counts = np.ceil((high - low) / cell).astype(int) + 1
    inside = np.zeros(tuple(counts), bool)
    _fill(inside, triangles, low, cell)
    return Area(triangles, low, cell, _clearance(inside, cell))


def _fill(inside: np.ndarray, triangles: np.ndarray, low: np.ndarray, cell: float) -> None:
    """Mark the grid points that triangles (N, 3, 2) cover; those of a like size together."""
    first = np.ceil((triangles.min(axis=1) - low) / cell - 1e-6).astype(int)
    last = np.floor((triangles.max(axis=1) - low) / cell + 1e-6).astype(int)
    width = (last - first).max(axis=1) + 1
    size = 1
    while size // 2 < max(inside.shape):
        chosen = np.flatnonzero((width <= size) & (width > size // 2))
        step = max(1, CHUNK // size**2)
        for start in range(0, len(chosen), step):
            some = chosen[start : start + step]
            steps = np.stack(np.meshgrid(*2 * [np.arange(size)], indexing="ij"), axis=-1)
            place = first[some, None, None] + steps
            held = (place <= last[some, None, None]).all(axis=-1)
            held &= _within(triangles[some, None, None], low + cell * place)
            x, z = np.moveaxis(place[held], -1, 0)
            inside[x, z] = True
        size *= 2


def _inside(triangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return (P,) bool, whether points (P, 2) are in any of triangles (N, 3, 2)."""
    found = np.zeros(len(points), bool)
    step = max(1, CHUNK // len(triangles))
    for start in range(0, len(points), step):
        some = points[start : start + step, None]
        found[start : start + step] = _within(triangles[None], some).any(axis=-1)
    return found


def _within(triangles: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return (...) bool, whether points (..., 2) lie in triangles (..., 3, 2), edges included."""
    edges = np.roll(triangles, -1, axis=-2) - triangles
    to = points[..., None, :] - triangles
    side = edges[..., 0] * to[..., 1] - edges[..., 1] * to[..., 0]
    return np.logical_or((side >= -1e-9).all(axis=-1), (side <= 1e-9).all(axis=-1))


def _clearance(inside: np.ndarray, cell: float) -> np.ndarray:
    """Return metres to the nearest grid point outside, at most SEEN.

    Source: the separable form of the squared distance transform, Felzenszwalb and Huttenlocher,
    "Distance Transforms of Sampled Functions", 2012; here by shifting, since distances are short.
    """
    reach = int(np.ceil(SEEN / cell))
    padded = np.pad(inside, 1)  # what is beyond the grid is outside
    along = np.where(padded, np.inf, 0.0)
    for _ in range(reach):
        along[1:] = np.minimum(along[1:], along[:-1] + 1.0)
        along[:-1] = np.minimum(along[:-1], along[1:] + 1.0)
    square = along**2
    best = square.copy()
    for shift in range(1, reach + 1):
        best[:, shift:] = np.minimum(best[:, shift:], square[:, :-shift] + shift**2)
        best[:, :-shift] = np.minimum(best[:, :-shift], square[:, shift:] + shift**2)
    distance = np.sqrt(best[1:-1, 1:-1])
    # The edge lies between the last point inside and the first one outside.
    return np.where(inside, np.minimum(np.maximum(distance - 1.0, 0.0) * cell, SEEN), 0.0)
