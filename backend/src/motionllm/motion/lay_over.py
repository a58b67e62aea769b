"""The arms or the head of one clip laid over another. numpy only.

Local rotations of the upper joints replace those of the other clip, weighted over time; feet, hips
and trunk stay, and with them the sway that carries the arms (as SINC joins body parts,
arXiv 2304.10417).
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.clip import Clip

ARM = {"left": (13, 16, 18, 20), "right": (14, 17, 19, 21)}  # joints, from the collar to the wrist
HEAD = (12, 15)


def lay_over(below: Clip, above: Clip, joints: tuple[int, ...], weight: np.ndarray) -> Clip:
    """Return `below` with some joints turned as in `above`.

    Args:
        below, above: at one frame rate; `above` is at least as long as the weights.
        joints: which local rotations are taken.
        weight: (T,) from 0 (as below) to 1 (as above); the result has T frames.
    """
    frames = len(weight)
    rotations = below.rotations[:frames].astype(np.float64)
    upper = above.rotations[:frames].astype(np.float64)
    for joint in joints:
        near = np.where(
            (rotations[:, joint] * upper[:, joint]).sum(axis=1, keepdims=True) < 0, -1.0, 1.0
        )
        rotations[:, joint] = rotation.slerp(rotations[:, joint], near * upper[:, joint], weight)
    return below.moved(
        rotations, below.translation[:frames].astype(np.float64), below.contacts[:frames]
    )
