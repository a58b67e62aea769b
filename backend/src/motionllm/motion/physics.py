"""Does it move like a person? Figures of one clip, to be compared with those of real motion.

numpy only. Real motion has some of each as well, so the figures mean something as ratios only.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.contacts import sole_points

FIGURES = ("skate_cm_s", "float_mm", "sunk_mm", "jerk_m_s3", "limits_percent")
SKATE_HEIGHT = 0.033  # metres at which a moving sole no longer counts as sliding
BODY_RADIUS = 0.06  # metres of flesh around the joints that are no feet
TOLERANCE = 0.005  # metres: nobody sees less

# Largest angle of joints, degrees, and the hinges' own range about their axis. The widest that
# people reach, with some play for the differences between skeletons.
_LARGEST = {
    "spine1": 50, "spine2": 50, "spine3": 45, "neck": 60, "head": 75, "left_collar": 50,
    "right_collar": 50, "left_hip": 130, "right_hip": 130, "left_ankle": 70, "right_ankle": 70,
    "left_foot": 65, "right_foot": 65, "left_shoulder": 150, "right_shoulder": 150,
    "left_wrist": 95, "right_wrist": 95,
}  # fmt: skip
_HINGES = {
    "left_knee": (1, -8, 160), "right_knee": (1, -8, 160),
    "left_elbow": (2, -160, 30), "right_elbow": (2, -30, 160),
}  # fmt: skip


def figures(clip: Clip) -> dict[str, float]:
    """Return the figures of a clip, by the names in FIGURES.

    skate_cm_s: mean horizontal speed of the soles, whatever contacts say, each frame weighted by
    how near the floor it is: v (2 - 2^(h / H)), H = 3.3 cm. Source: H. Ling et al., "Character
    Controllers Using Motion VAEs", ACM Transactions on Graphics 39(4), 2020, section 5.
    float_mm: mean gap between the floor and the lowest point of the body.
    sunk_mm: mean depth of the lowest point under the floor.
    Source of both: Y. Yuan et al., "PhysDiff", ICCV 2023, section 4.
    jerk_m_s3: mean length of the third derivative of the joints' positions.
    limits_percent: share of joints and frames bent farther than people bend.
    """
    world, joints = skeleton.world_transforms(
        clip.rotations.astype(np.float64), clip.translation.astype(np.float64)
    )
    soles = sole_points(world, joints)
    others = np.delete(joints[..., 1], (7, 8, 10, 11), axis=1) - BODY_RADIUS
    lowest = np.minimum(soles[..., 1].min(axis=1), others.min(axis=1))
    jerk = np.diff(joints, n=3, axis=0) * clip.fps**3
    return {
        "skate_cm_s": 100.0 * _skate_near_floor(soles, clip.fps),
        "float_mm": 1000.0 * float(np.maximum(lowest - TOLERANCE, 0.0).mean()),
        "sunk_mm": 1000.0 * float(np.maximum(-lowest - TOLERANCE, 0.0).mean()),
        "jerk_m_s3": float(np.linalg.norm(jerk, axis=-1).mean()) if len(jerk) else float("nan"),
        "limits_percent": 100.0 * _beyond_limits(clip.rotations.astype(np.float64)),
    }


def _skate_near_floor(soles: np.ndarray, fps: float) -> float:
    if len(soles) < 2:
        return float("nan")
    speed = np.linalg.norm(np.diff(soles[..., ::2], axis=0), axis=-1) * fps
    height = np.maximum(soles[1:, :, 1], soles[:-1, :, 1])
    weight = np.clip(2.0 - 2.0 ** (np.maximum(height, 0.0) / SKATE_HEIGHT), 0.0, 1.0)
    return float((speed * weight).mean())


def _beyond_limits(rotations: np.ndarray) -> float:
    beyond = []
    for name, largest in _LARGEST.items():
        turned = np.degrees(rotation.angle(rotations[:, skeleton.JOINTS[name]]))
        beyond.append(turned > largest)
    for name, (axis, least, most) in _HINGES.items():
        q = rotations[:, skeleton.JOINTS[name]]
        bent = np.degrees(2.0 * np.arctan2(q[:, axis], q[:, 0]))
        bent = (bent + 180.0) % 360.0 - 180.0
        beyond.append((bent < least) | (bent > most))
    return float(np.mean(beyond))
