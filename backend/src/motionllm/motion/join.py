"""Clips put one after the other, blended where they meet. numpy only.

The blend is an inertialisation (Bollo, GDC 2018): what the pose differs by at the seam, and the
speed over the ground, fades out over the first frames of what follows, so that no pose is averaged.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation
from motionllm.motion.clip import Clip, heading
from motionllm.motion.curves import ease

BLEND = 0.4  # seconds in which a difference fades out
SEARCH = 0.6  # seconds at either side of a seam in which the best frame is looked for


def join(parts: list[Clip], blend: float = BLEND) -> Clip:
    """Put clips of one frame rate together: each begins where, and as turned, as the last ended.

    Args:
        parts: at least one clip; each is used whole.
        blend: seconds in which each seam fades; 0 leaves a jump of the pose.
    """
    rotations = parts[0].rotations.astype(np.float64)
    places = parts[0].translation.astype(np.float64)
    fps = parts[0].fps
    for part in parts[1:]:
        turned, moved = _continued(rotations, places, part)
        if blend:
            _fade(rotations, places, turned, moved, max(2, round(blend * fps)))
        rotations, places = np.concatenate([rotations, turned]), np.concatenate([places, moved])
    return Clip.build(fps, rotations, places)


def _continued(rotations: np.ndarray, places: np.ndarray, part: Clip):
    """Return a part's rotations and places, turned and moved to follow on."""
    turned = part.rotations.astype(np.float64)
    yaw = heading(rotations[:, 0])[-1] - heading(turned[:1, 0])[0]
    turn = rotation.yaw_quaternion(np.array(yaw))
    turned[:, 0] = rotation.multiply(turn, turned[:, 0])
    moved = part.translation.astype(np.float64)
    moved = rotation.rotate(turn, moved - moved[0] * [1.0, 0.0, 1.0])
    return turned, moved + places[-1] * [1.0, 0.0, 1.0]


def _fade(rotations, places, turned: np.ndarray, moved: np.ndarray, frames: int) -> None:
    """Let what a part differs by at its first frame fade out, in place."""
    frames = min(frames, len(turned))
    left = 1.0 - ease(np.arange(1, frames + 1) / (frames + 1))
    apart = rotation.multiply(rotations[-1], rotation.conjugate(turned[0]))
    still = rotation.identity(*apart.shape[:-1])
    for index in range(frames):
        part = rotation.slerp(still, apart, np.full(apart.shape[:-1], left[index]))
        turned[index] = rotation.multiply(part, turned[index])
    moved[:frames, 1] += left * (places[-1, 1] - moved[0, 1])
    if len(places) > 1 and len(moved) > 1:
        speed = (places[-1] - places[-2] - moved[1] + moved[0]) * [1.0, 0.0, 1.0]
        shift = np.concatenate([left, np.zeros(len(moved) - frames)])
        moved += np.cumsum(shift)[:, None] * speed


def best_seam(before: Clip, after: Clip, search: float = SEARCH) -> tuple[int, int]:
    """Return (stop, start): the frames to end `before` and to begin `after` with, most alike.

    Alike in where the joints are around the pelvis, and how they move, each in its own heading.
    """
    last, first = _shapes(before), _shapes(after)
    reach = max(1, round(search * before.fps))
    low = max(1, len(last) - reach)
    apart = np.linalg.norm(last[low:, None] - first[None, :reach], axis=-1)
    stop, start = np.unravel_index(int(apart.argmin()), apart.shape)
    return low + int(stop) + 1, int(start)


def _shapes(clip: Clip) -> np.ndarray:
    """Return (T, 126): joints around the pelvis, metres, and their speeds over a fifth second."""
    turn = rotation.yaw_quaternion(-heading(clip.rotations[:, 0].astype(np.float64)))
    around = clip.joints - clip.joints[:, :1] * np.array([1.0, 0.0, 1.0], np.float32)
    around = rotation.rotate(turn[:, None], around.astype(np.float64))
    speed = rotation.rotate(turn[:, None], np.gradient(clip.joints.astype(np.float64), axis=0))
    return np.concatenate([around, 0.2 * clip.fps * speed], axis=1).reshape(len(around), -1)
