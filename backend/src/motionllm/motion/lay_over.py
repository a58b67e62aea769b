"""The arms or the head of one clip laid over another, or all above the hips. numpy only.

Local rotations of the upper joints replace those of the other clip, weighted over time; feet, hips
and trunk stay, and with them the sway that carries the arms (as SINC joins body parts,
arXiv 2304.10417).
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip

ARM = {"left": (13, 16, 18, 20), "right": (14, 17, 19, 21)}  # joints, from the collar to the wrist
HEAD = (12, 15)
UPPER = (3, 6, 9, *HEAD, *ARM["left"], *ARM["right"])  # spine, neck and head, arms
EVERY = 2  # frames between those that `upper_of` keeps
UNIT = 1e-4  # radians


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


def upper_of(clip: Clip) -> np.ndarray:
    """Return the joints above the hips in few numbers: (n, len(UPPER), 3) int16.

    Local rotations of every second frame and of the last one, as rotation vectors in UNITs.
    """
    frames = np.minimum(np.arange(0, clip.frames - 1 + EVERY, EVERY), clip.frames - 1)
    kept = clip.rotations[frames][:, UPPER].astype(np.float64)
    kept *= np.where(kept[..., :1] < 0.0, -1.0, 1.0)
    size = np.linalg.norm(kept[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(size, kept[..., :1])
    vectors = kept[..., 1:] * angle / np.maximum(size, 1e-9)
    return np.round(vectors / UNIT).astype(np.int16)


def with_upper(clip: Clip, kept: np.ndarray, mirrored: bool = False) -> Clip:
    """Return a clip whose joints above the hips turn as `upper_of` has kept them.

    Args:
        clip: no longer than what was kept.
        kept: (n, len(UPPER), 3).
        mirrored: whether left and right are to be exchanged.
    """
    vectors = kept.astype(np.float64) * UNIT
    angle = np.linalg.norm(vectors, axis=-1)
    turns = rotation.from_axis_angle(vectors / np.maximum(angle, 1e-9)[..., None], angle)
    every = rotation.identity(len(turns), clip.rotations.shape[1])
    every[:, UPPER] = rotation.continuous(turns)
    if mirrored:
        every, _ = skeleton.mirrored(every, np.zeros((len(every), 3)))
    rotations = clip.rotations.astype(np.float64)
    source = np.arange(clip.frames) / EVERY
    rotations[:, UPPER] = rotation.resample(every[:, UPPER], source)
    return clip.moved(rotations, clip.translation.astype(np.float64), clip.contacts)
