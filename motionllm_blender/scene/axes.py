"""Between a clip's axes (Y up, facing +Z) and Blender's world (Z up, facing -Y). numpy only."""

import numpy as np

# A quarter turn about +X.
TO_BLENDER = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def to_blender(points: np.ndarray) -> np.ndarray:
    """Return points (..., 3), Y up, in Blender's axes."""
    return points @ TO_BLENDER.T
