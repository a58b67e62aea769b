"""How far one motion is from another. numpy only."""

from __future__ import annotations

import numpy as np

from motionllm.motion import features, rotation, skeleton
from motionllm.motion.clip import Clip

J = skeleton.JOINTS
UP = np.array([0.0, 1.0, 0.0])
WALKS = 1.0  # metres: clips that travel less have no share of their path to lose
LONGEST = 300  # frames of a recording that are compared
# Limbs whose directions are compared: from joint, to joint.
LIMBS = tuple(
    (J[f"{side}_{a}"], J[f"{side}_{b}"])
    for side in ("left", "right")
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
)


def rebuilding_figures(made: Clip, real: Clip) -> dict[str, float]:
    """Return how far a rebuilt clip is from the recording, both at one rate and of one length.

    mpjpe_mm root-aligned, global_mm, angle_deg between local rotations, path_percent (root error
    at the end over the distance walked; NaN where that is short), skate and skate_real in m/s.
    """
    aligned = (made.joints - made.joints[:, :1]) - (real.joints - real.joints[:, :1])
    turn = rotation.multiply(rotation.conjugate(real.rotations), made.rotations)
    path = np.linalg.norm(np.diff(real.translation[:, ::2], axis=0), axis=1).sum()
    missed = np.linalg.norm((made.translation - real.translation)[-1, ::2])
    return {
        "mpjpe_mm": 1000.0 * float(np.linalg.norm(aligned[:, 1:], axis=-1).mean()),
        "global_mm": 1000.0 * float(np.linalg.norm(made.joints - real.joints, axis=-1).mean()),
        "angle_deg": float(np.degrees(rotation.angle(turn[:, 1:]).mean())),
        "path_percent": 100.0 * float(missed / path) if path > WALKS else float("nan"),
        "skate": planted_skate(made.joints, real.contacts, features.FPS),
        "skate_real": planted_skate(real.joints, real.contacts, features.FPS),
    }


def limb_error(joints: np.ndarray, clip: Clip) -> float:
    """Return the mean angle in degrees between a rig's arms and legs and those of the clip.

    Args:
        joints: (T, 22, 3) where the rig's joints are, Y up, NaN where it has none.
        clip: the motion it shall do.
    """
    angles = []
    for start, stop in LIMBS:
        done = joints[:, stop] - joints[:, start]
        wanted = (clip.joints[:, stop] - clip.joints[:, start]).astype(float)
        turn = rotation.angle(rotation.between(done, wanted))
        if np.isfinite(turn).all():
            angles.append(turn)
    return float(np.degrees(np.mean(angles)))


def limbs_apart(joints: np.ndarray, wanted: np.ndarray) -> float:
    """Return the angle in degrees between arms and legs and those wanted, however both face.

    One turn about the vertical, the best for all frames, is taken off first: it is where somebody
    put the rig. The mean of all limbs, or half the worst limb's own if that is more: one arm that
    does not move is as bad as all that do a little else. NaN where there are no limbs.

    Args:
        joints: (T, 22, 3) where the rig's joints are, Y up, NaN where it has none.
        wanted: (T, 22, 3) where the motion has them.
    """
    done, wanted = _limb_directions(joints), _limb_directions(wanted)
    there = np.isfinite(done).all(axis=(0, 2))
    if not there.any():
        return float("nan")
    done, wanted = done[:, there], wanted[:, there]
    facing = np.arctan2(
        (done[..., 2] * wanted[..., 0] - done[..., 0] * wanted[..., 2]).sum(),
        (done[..., 0] * wanted[..., 0] + done[..., 2] * wanted[..., 2]).sum(),
    )
    done = rotation.rotate(rotation.from_axis_angle(UP, facing), done)
    each = np.degrees(rotation.angle(rotation.between(done, wanted))).mean(axis=0)
    return float(max(each.mean(), 0.5 * each.max()))


def limbs_move(joints: np.ndarray) -> float:
    """Return the largest angle in degrees between an arm's or leg's direction and its first one.

    Args:
        joints: (T, 22, 3), NaN where there are none.
    """
    directions = _limb_directions(joints)
    directions = directions[:, np.isfinite(directions).all(axis=(0, 2))]
    angle = rotation.angle(rotation.between(directions[:1], directions))
    return float(np.degrees(angle.max(initial=0.0)))


def _limb_directions(joints: np.ndarray) -> np.ndarray:
    """Return unit vectors (T, 8, 3) along arms and legs, NaN where there are none."""
    starts, stops = np.array(LIMBS).T
    limbs = joints[:, stops].astype(float) - joints[:, starts]
    length = np.linalg.norm(limbs, axis=-1, keepdims=True)
    return np.divide(limbs, length, out=np.full_like(limbs, np.nan), where=length > 0.0)


def planted_skate(joints: np.ndarray, contacts: np.ndarray, fps: float) -> float:
    """Return how fast planted feet slide over the floor, in metres a second on average.

    For motion whose contacts are known; `physics.figures` judges by the height of the soles alone.

    Args:
        joints: (T, 22, 3) joint positions, metres, Y up; NaN where there are none.
        contacts: (T, 4) which of the four foot joints are planted.
    """
    feet = joints[:, list(skeleton.FOOT_JOINTS)]
    step = np.diff(feet, axis=0)
    step = step - (step @ UP)[..., None] * UP
    both = contacts[1:] & contacts[:-1] & np.isfinite(step).all(axis=-1)
    speed = np.linalg.norm(step, axis=-1) * fps
    return float(speed[both].mean()) if both.any() else 0.0


def retarget_figures(joints: np.ndarray, clip: Clip) -> dict[str, float]:
    """Return the errors of a rig's joints (T, 22, 3) that ought to do what a clip does.

    Args:
        joints: in the clip's axes, metres of its skeleton; NaN where the rig has none.

    Returns:
        "limb_degrees": mean angle between arms and legs and the clip's. "foot_skate" and
        "clip_foot_skate": how fast planted feet slide, metres a second, of joints that both have.
    """
    seen = np.where(np.isfinite(joints), clip.joints, np.nan)
    return {
        "limb_degrees": limb_error(joints, clip),
        "foot_skate": planted_skate(joints, clip.contacts, clip.fps),
        "clip_foot_skate": planted_skate(seen, clip.contacts, clip.fps),
    }
