"""States of both hands together and of the head: masks (T,) over the frames of a posture.

numpy only. Distances are metres of a grown person, angles degrees.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from motionllm.evaluation.everyday.body_states import feet_apart
from motionllm.evaluation.everyday.cycles import cycle_marks
from motionllm.evaluation.everyday.limb_states import apart, hand_strike, joint
from motionllm.evaluation.everyday.posture import SIDES, J, Posture
from motionllm.motion.curves import closed, running_mean, runs


def clap(p: Posture) -> np.ndarray:
    """One true frame for each time that the hands meet after they were apart."""
    gap = apart(p.palms[:, 0], p.palms[:, 1])
    mask = np.zeros(len(gap), bool)
    parted, nearest = True, -1
    for frame, value in enumerate(gap):
        if parted and value < 0.17:
            parted, nearest = False, frame
        elif not parted:
            if value < gap[nearest]:
                nearest = frame
            if value > gap[nearest] + 0.06:
                mask[nearest] = True
                parted = True
        if parted and nearest >= 0 and value < 0.17 and frame - nearest > 1:
            parted, nearest = False, frame
    before = np.array([gap[max(0, f - int(0.5 * p.fps)) : f + 1].max() for f in range(len(gap))])
    middle = p.palms.mean(axis=1)[:, 1]
    high = (middle > p.local[:, 0, 1] + 0.05) & (p.tilt < 50)
    return mask & high & (before > gap + 0.08)


def clapping(p: Posture) -> np.ndarray:
    """From one clap to the next."""
    frames = np.flatnonzero(clap(p))
    mask = np.zeros(len(p.height), bool)
    for a, b in zip(frames, frames[1:], strict=False):
        mask[a : b + 1] |= b - a < 1.1 * p.fps
    return mask


def hands_together_chest(p: Posture) -> np.ndarray:
    """The hands are laid together before the chest."""
    middle = p.palms.mean(axis=1)
    high = (middle[:, 1] > p.local[:, 0, 1] + 0.15) & (middle[:, 1] < p.head[:, 1] + 0.05)
    return closed((apart(p.palms[:, 0], p.palms[:, 1]) < 0.17) & high, 0.15 * p.fps)


def crossed(p: Posture) -> np.ndarray:
    """The forearms lie across each other before the trunk."""
    past = p.wrist(1)[:, 0] - p.wrist(0)[:, 0] > 0.0
    heights = np.stack([p.wrist(0)[:, 1], p.wrist(1)[:, 1]], axis=1) - p.local[:, :1, 1]
    level = (heights > 0.05).all(axis=1) & (heights < 0.62).all(axis=1)
    flexed = (p.elbow(0) < 125) & (p.elbow(1) < 125)
    return closed(past & level & flexed, 0.15 * p.fps)


def holding(p: Posture) -> np.ndarray:
    """Both hands are held before the body, and keep their places."""
    held = np.ones(len(p.height), bool)
    for side in range(2):
        wrist = p.wrist(side) - p.local[:, 0]
        pace = running_mean(p.swiftness(f"{SIDES[side]}_wrist"), 0.4 * p.fps)
        held &= (wrist[:, 2] > 0.13) & (wrist[:, 1] > -0.08) & (wrist[:, 1] < 0.58) & (pace < 0.65)
    gap = apart(p.wrist(0), p.wrist(1))
    return closed(held & (gap > 0.08) & (gap < 0.75), 0.2 * p.fps)


def guarding(p: Posture) -> np.ndarray:
    """Both fists are held up before chin or chest."""
    up = np.ones(len(p.height), bool)
    for side in range(2):
        wrist = p.wrist(side)
        up &= (wrist[:, 1] > p.local[:, J["spine3"], 1] - 0.12) & (p.reach(side)[:, 2] > 0.1)
        up &= (wrist[:, 1] > joint(p, side, "elbow")[:, 1]) & (wrist[:, 1] < p.head[:, 1] + 0.2)
    return closed(up, 0.3 * p.fps)


def hands_moving(p: Posture) -> np.ndarray:
    """A hand moves about."""
    return np.maximum(*[p.swiftness(f"{side}_wrist") for side in SIDES]) > 0.5


def hands_working_low(p: Posture) -> np.ndarray:
    """Both hands work together, between knee and chest."""
    middle = (p.wrist(0) + p.wrist(1)) / 2
    pace = running_mean(
        np.maximum(*[p.swiftness(f"{side}_wrist", "pelvis") for side in SIDES]), 0.4 * p.fps
    )
    heights = (middle[:, 1] > 0.35 * p.scale) & (middle[:, 1] < p.local[:, J["spine3"], 1] + 0.1)
    ahead = (middle - p.local[:, 0])[:, 2] > 0.12
    near = apart(p.wrist(0), p.wrist(1)) < 0.75
    return closed(heights & ahead & near & (pace > 0.45), 0.4 * p.fps)


def hand_strikes(p: Posture) -> np.ndarray:
    """One true frame for each blow of either hand."""
    mask = np.zeros(len(p.height) + 1, bool)
    for side in range(2):
        for _, end in runs(hand_strike(p, side)):
            mask[end - 1 + 2 * bool(mask[end - 1])] = True
    return mask[:-1]


def jack(p: Posture) -> np.ndarray:
    """Hands up and feet apart at once: one stretch a jumping jack."""
    up = np.minimum(p.wrist(0)[:, 1], p.wrist(1)[:, 1]) > p.local[:, J["neck"], 1]
    ankles = p.local[:, J["left_ankle"]] - p.local[:, J["right_ankle"]]
    return closed(up & ((ankles[:, 0] > 0.35 * p.scale) | feet_apart(p)), 0.1 * p.fps)


def foot_high(p: Posture) -> np.ndarray:
    """A foot is as high as a hip."""
    ankles = p.local[:, (J["left_ankle"], J["right_ankle"]), 1].max(axis=1)
    return (ankles > 0.72 * p.scale) & (p.tilt < 75)


def _gaze(p: Posture) -> np.ndarray:
    """Return yaw and pitch (T, 2); a gaze that is not known is straight ahead."""
    return np.zeros((len(p.height), 2)) if p.gaze is None else p.gaze


def head_left(p: Posture) -> np.ndarray:
    """The face looks to the left of where the hips face."""
    return _gaze(p)[:, 0] > 23


def head_right(p: Posture) -> np.ndarray:
    """The face looks to the right of where the hips face."""
    return _gaze(p)[:, 0] < -23


def _pitch(p: Posture) -> np.ndarray:
    return _gaze(p)[:, 1]


def head_down(p: Posture) -> np.ndarray:
    """The face looks to the ground."""
    return _pitch(p) < -28


def head_up(p: Posture) -> np.ndarray:
    """The face looks up."""
    return _pitch(p) > 18


def nod(p: Posture) -> np.ndarray:
    """One true frame for each time that the face goes down and up."""
    trunk = running_mean(np.gradient(p.lean) * p.fps, 0.3 * p.fps)
    return cycle_marks(_pitch(p), p.fps, 4.0, 0.8) & (np.abs(trunk) < 25) & (p.speed < 0.4)


def head_shake(p: Posture) -> np.ndarray:
    """One true frame for each time that the face goes to one side and back."""
    beside = _gaze(p)[:, 0] - (p.chest - p.hips)
    return cycle_marks(beside, p.fps, 7.0, 0.7) & (p.speed < 0.4)


OF_BOTH: dict[str, Callable[[Posture], np.ndarray]] = {
    function.__name__: function
    for function in (
        clap, clapping, hands_together_chest, crossed, holding, guarding, hands_moving,
        hands_working_low, hand_strikes, jack, foot_high, head_left, head_right, head_down,
        head_up, nod, head_shake,
    )
}  # fmt: skip
