"""Between a clip's axes (Y up, facing +Z) and Blender's world (Z up, facing -Y). numpy only.

On the floor, a clip's x and z are Blender's x and -y; headings are the same angle, about Y there
and about Z here.
"""

from collections.abc import Sequence

import numpy as np

# A quarter turn about +X, and back.
TO_BLENDER = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
FROM_BLENDER = TO_BLENDER.T


def to_blender(points: np.ndarray) -> np.ndarray:
    """Return points (..., 3), Y up, in Blender's axes."""
    return points @ FROM_BLENDER  # the transpose, since points are rows


def from_blender(points: np.ndarray) -> np.ndarray:
    """Undo `to_blender`."""
    return points @ TO_BLENDER


def floor_to_blender(places: np.ndarray) -> np.ndarray:
    """Return Blender's x and y of places (..., 2) on a clip's floor."""
    return np.asarray(places) * [1.0, -1.0]


def floor_from_blender(points: np.ndarray | Sequence[float]) -> np.ndarray:
    """Return the places (..., 2) on a clip's floor that points (..., 2 or 3) lie above or below."""
    return np.asarray(points, np.float64)[..., :2] * [1.0, -1.0]
