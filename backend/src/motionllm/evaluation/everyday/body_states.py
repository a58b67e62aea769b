"""States of the whole body and of the legs: masks (T,) over the frames of a posture. numpy only.

Heights are metres of a grown person, scaled to the body, or shares of the standing height.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from motionllm.evaluation.everyday.cycles import cycle_marks
from motionllm.evaluation.everyday.posture import SIDES, J, Posture
from motionllm.motion.curves import closed, running_mean, runs

GOING = 0.25  # m/s
RUNNING = 1.5
STILL = 0.12


def moving(p: Posture) -> np.ndarray:
    """It goes somewhere."""
    return closed(p.speed > GOING, 0.3 * p.fps)


def _moving_to(least: float, most: float) -> Callable[[Posture], np.ndarray]:
    """Make a state: it goes at an angle to its facing, degrees, positive to the left."""

    def state(p: Posture) -> np.ndarray:
        angle = np.degrees(np.arctan2(p.way[:, 0], p.way[:, 1]))
        if least > most:  # across the back
            return (p.speed > GOING) & ((angle >= least) | (angle <= most))
        return (p.speed > GOING) & (angle >= least) & (angle <= most)

    return state


def running(p: Posture) -> np.ndarray:
    """It goes as fast as nobody walks for long."""
    return p.speed > RUNNING


def slow_pelvis(p: Posture) -> np.ndarray:
    """It stays on its place."""
    return p.speed < GOING


def standing_still(p: Posture) -> np.ndarray:
    """Nothing moves but the arms and the head."""
    feet = [running_mean(p.swiftness(f"{side}_ankle", "pelvis"), 0.2 * p.fps) for side in SIDES]
    return (p.speed < STILL) & (np.maximum(*feet) < 0.25)


def _yaw_rate(p: Posture) -> np.ndarray:
    return running_mean(np.gradient(p.yaw) * p.fps, 0.3 * p.fps)


def turning_left(p: Posture) -> np.ndarray:
    """The heading changes to the left."""
    return _yaw_rate(p) > 25


def turning_right(p: Posture) -> np.ndarray:
    """The heading changes to the right."""
    return _yaw_rate(p) < -25


def turning(p: Posture) -> np.ndarray:
    """The heading changes."""
    return np.abs(_yaw_rate(p)) > 25


def upright(p: Posture) -> np.ndarray:
    """It stands or goes upright."""
    return (p.height > 0.85) & (p.tilt < 40)


def off_floor(p: Posture) -> np.ndarray:
    """It doesn't lie or sit on the floor."""
    return (p.height > 0.47) & (p.tilt < 80)


def low(p: Posture) -> np.ndarray:
    """The pelvis is low."""
    return p.height < 0.75


def lowish(p: Posture) -> np.ndarray:
    """The pelvis is lower than anybody's who walks upright."""
    return p.height < 0.9


def bent(p: Posture) -> np.ndarray:
    """The trunk leans forward."""
    return p.lean > 20


def seated(p: Posture) -> np.ndarray:
    """The pelvis rests low, the trunk is upright, the thighs go forward."""
    knees = p.local[:, (J["left_knee"], J["right_knee"]), 2].max(axis=1) - p.local[:, 0, 2]
    here = (p.height < 0.82) & (p.tilt < 50) & (p.speed < 0.45) & (knees > 0.16 * p.scale)
    return closed(here, 0.2 * p.fps)


def floor_seated(p: Posture) -> np.ndarray:
    """It sits on the floor."""
    return (p.height < 0.36) & (p.tilt < 60)


def kneeling(p: Posture) -> np.ndarray:
    """A knee is on the floor, the trunk is not."""
    knees = p.local[:, (J["left_knee"], J["right_knee"]), 1].min(axis=1)
    return closed((knees < 0.2 * p.scale) & (p.height < 0.8) & (p.tilt < 65), 0.2 * p.fps)


def lying(p: Posture) -> np.ndarray:
    """The body is stretched out on the floor."""
    return closed((p.height < 0.42) & (p.tilt > 52) & (p.head[:, 1] < 0.62), 0.3 * p.fps)


def prone(p: Posture) -> np.ndarray:
    """The trunk is level, near the floor."""
    return closed((p.tilt > 45) & (p.height < 0.75), 0.3 * p.fps)


def crawling(p: Posture) -> np.ndarray:
    """It goes somewhere with the trunk level."""
    return closed(prone(p) & (p.speed > 0.07), 0.6 * p.fps)


def upside_down(p: Posture) -> np.ndarray:
    """The head is under the hips."""
    return p.head[:, 1] < p.local[:, 0, 1] - 0.12


def leaning_left(p: Posture) -> np.ndarray:
    """The trunk leans to the left."""
    return p.side > 9


def leaning_right(p: Posture) -> np.ndarray:
    """The trunk leans to the right."""
    return p.side < -9


def _dodge(p: Posture) -> np.ndarray:
    """Return how far (T,) the head is to the left of where it began, m."""
    begin = np.radians(p.yaw[0])
    moved = p.joints[:, J["head"]] - p.joints[0, J["head"]]
    return moved[:, 0] * np.cos(begin) - moved[:, 2] * np.sin(begin)


def dodged_left(p: Posture) -> np.ndarray:
    """The head is well to the left of where it was."""
    return _dodge(p) > 0.15


def dodged_right(p: Posture) -> np.ndarray:
    """The head is well to the right of where it was."""
    return _dodge(p) < -0.15


def _flights(p: Posture, rise: float) -> np.ndarray:
    mask = np.zeros(len(p.height), bool)
    window = int(0.45 * p.fps)
    hip = p.joints[:, 0, 1]
    for a, b in runs(closed(p.foot.min(axis=1) > 0.045, 0.07 * p.fps)):
        if not 0.06 * p.fps <= b - a <= 1.1 * p.fps or b == len(mask):
            continue
        top = hip[a:b].max()
        least = max(hip[max(0, a - window) : a + 1].min(), hip[b - 1 : b + window].min())
        mask[a:b] = top - least > rise
    return mask


def airborne(p: Posture) -> np.ndarray:
    """Both feet are off the ground, and the pelvis rises and falls: a jump."""
    return _flights(p, 0.14 if p.speed.max() > RUNNING else 0.085)


def hop(p: Posture) -> np.ndarray:
    """Both feet are off the ground, if only for a moment, and the pelvis bobs."""
    return _flights(p, 0.05)


def leaping(p: Posture) -> np.ndarray:
    """A jump that goes forward."""
    return airborne(p) & (p.speed > 1.0)


def hop_on_left(p: Posture) -> np.ndarray:
    """A hop whose right foot is held up."""
    return hop(p) & (p.foot[:, 1] - p.foot[:, 0] > 0.1)


def hop_on_right(p: Posture) -> np.ndarray:
    """A hop whose left foot is held up."""
    return hop(p) & (p.foot[:, 0] - p.foot[:, 1] > 0.1)


def feet_apart(p: Posture) -> np.ndarray:
    """The feet stand wide apart to the sides."""
    ankles = p.local[:, J["left_ankle"]] - p.local[:, J["right_ankle"]]
    return (ankles[:, 0] > 0.42 * p.scale) & (p.foot.max(axis=1) < 0.15)


def on_toes(p: Posture) -> np.ndarray:
    """The heel of the foot that stands is up."""
    standing = np.argmin(p.foot, axis=1)
    heel = np.take_along_axis(p.heel, standing[:, None], axis=1)[:, 0]
    return heel > 0.045


def foot_lift(p: Posture) -> np.ndarray:
    """A foot comes off the ground: one stretch a step, of either foot."""
    return _either(p, p.foot > 0.06, 0.1)


def knee_lift(p: Posture) -> np.ndarray:
    """A knee is lifted high, the foot under it: one stretch a step, of either leg."""
    knees = p.local[:, (J["left_knee"], J["right_knee"])]
    ahead = knees[:, :, 2] - p.local[:, :1, 2]
    high = (knees[:, :, 1] > 0.65 * p.scale) & (ahead > 0.2 * p.scale) & (p.foot > 0.12)
    return _either(p, high, 0.07)


def _either(p: Posture, both: np.ndarray, least: float) -> np.ndarray:
    """Return one true frame for each stretch of either column of (T, 2)."""
    mask = np.zeros(len(both), bool)
    for side in range(2):
        for a, b in runs(closed(both[:, side], 0.1 * p.fps)):
            if b - a >= least * p.fps:
                middle = (a + b) // 2
                mask[middle + (middle + 1 < len(mask) and mask[middle])] = True
    return mask


def step(p: Posture) -> np.ndarray:
    """One true frame for each time that a foot is put down elsewhere."""
    mask = np.zeros(len(p.height), bool)
    for side in SIDES:
        foot = p.joints[:, J[f"{side}_foot"]]
        pace = np.linalg.norm(np.gradient(running_mean(foot, 0.1 * p.fps), axis=0), axis=1) * p.fps
        still = [run for run in runs(pace < 0.4) if run[1] - run[0] >= 3]
        for (a, b), (c, d) in zip(still, still[1:], strict=False):
            way = foot[c:d, ::2].mean(axis=0) - foot[a:b, ::2].mean(axis=0)
            if np.linalg.norm(way) > 0.15:
                mask[c - 1 + 2 * (side == "right")] = True
    return mask


def squat(p: Posture) -> np.ndarray:
    """The pelvis goes down from standing: one stretch each time that it comes up between."""
    mask = np.zeros(len(p.height), bool)
    down = False
    for frame, height in enumerate(p.height):
        down = height < 0.8 if not down else height < 0.87
        mask[frame] = down
    for a, b in runs(mask):
        mask[a:b] = a > 0 and p.height[a:b].min() < 0.8 and p.tilt[a:b].max() < 75
    return mask


def bow(p: Posture) -> np.ndarray:
    """The trunk bends forward over straight legs, and was or comes upright."""
    lean = p.lean - np.quantile(p.lean, 0.1)
    hands = np.maximum(*(p.wrist(side)[:, 1] for side in range(2))) < p.local[:, J["neck"], 1]
    here = (lean > 14) & (p.height > 0.8) & (p.speed < 0.5) & hands
    mask = closed(here, 0.25 * p.fps)
    for a, b in runs(mask):
        around = np.concatenate([lean[:a], lean[b:]])
        straight = len(around) and around.min() < 0.4 * lean[a:b].max()
        mask[a:b] = b - a >= 0.25 * p.fps and p.height[a:b].mean() > 0.84 and straight
    return mask


def trunk_dip(p: Posture) -> np.ndarray:
    """One true frame for each cycle of a level trunk that goes down and up."""
    chest = p.local[:, J["spine3"], 1]
    return cycle_marks(chest, p.fps, 0.05, 1.5) & prone(p)


def sway(p: Posture) -> np.ndarray:
    """One true frame for each cycle of the hips or the chest from side to side, standing."""
    begin = np.radians(p.yaw[0])
    track = p.joints[:, J["spine3"]]
    across = track[:, 0] * np.cos(begin) - track[:, 2] * np.sin(begin)
    return cycle_marks(across, p.fps, 0.015, 1.6)


def twisting(p: Posture) -> np.ndarray:
    """One true frame for each cycle of the shoulders about the hips."""
    return cycle_marks(p.chest - p.hips, p.fps, 9.0, 1.4) & (p.speed < 0.5)


BODY: dict[str, Callable[[Posture], np.ndarray]] = {
    function.__name__: function
    for function in (
        moving, running, slow_pelvis, standing_still, turning_left, turning_right, turning,
        upright, off_floor, low, lowish, bent, seated, floor_seated, kneeling, lying, prone,
        crawling, upside_down, leaning_left, leaning_right, dodged_left, dodged_right, airborne,
        hop, leaping, hop_on_left, hop_on_right, feet_apart, on_toes, foot_lift, knee_lift, step,
        squat, bow, trunk_dip, sway, twisting,
    )
} | {
    "moving_forward": _moving_to(-55, 55),
    "moving_backward": _moving_to(125, -125),
    "moving_left": _moving_to(40, 140),
    "moving_right": _moving_to(-140, -40),
}  # fmt: skip
