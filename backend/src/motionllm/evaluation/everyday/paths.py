"""Questions about the way of the body: where to, how fast, round what, how even. numpy only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from motionllm.evaluation.everyday.cycles import SLOW
from motionllm.evaluation.everyday.posture import SIDES, J
from motionllm.evaluation.everyday.states import state
from motionllm.motion import skeleton
from motionllm.motion.curves import running_mean, runs

if TYPE_CHECKING:
    from motionllm.evaluation.motion import Motion

SECTORS = {  # degrees to the left of the first facing
    "forward": (-40, 40), "forward_left": (20, 70), "forward_right": (-70, -20),
    "left": (50, 130), "right": (-130, -50), "backward_left": (110, 160),
    "backward_right": (-160, -110),
}  # fmt: skip
BACKWARD = 140  # degrees from the facing, to either side
LIMP = 1.3  # how much longer or farther one leg's part of the walk is


def _net(motion: Motion) -> np.ndarray:
    """Return the pelvis' way (T, 2) to the left and ahead of its first facing, metres."""
    p = motion.posture
    way = motion.joints[:, 0] - motion.joints[0, 0]
    begin = np.radians(np.median(p.yaw[: max(1, round(0.3 * p.fps))]))
    left = way[:, 0] * np.cos(begin) - way[:, 2] * np.sin(begin)
    ahead = way[:, 0] * np.sin(begin) + way[:, 2] * np.cos(begin)
    return np.stack([left, ahead], axis=1)


def displaced(motion: Motion, metres: list[float], towards: str = "") -> bool:
    """It ends so far from where it began; `towards` is one or more of SECTORS, split by |."""
    left, ahead = _net(motion)[-1]
    if not metres[0] <= np.hypot(left, ahead) <= metres[1]:
        return False
    angle = float(np.degrees(np.arctan2(left, ahead)))
    return not towards or any(
        abs(angle) >= BACKWARD
        if name == "backward"
        else SECTORS[name][0] <= angle <= SECTORS[name][1]
        for name in towards.split("|")
    )


def turned(motion: Motion, side: str, degrees: list[float], most: bool = False) -> bool:
    """The heading ends so far to a side, or "either"; `most`: at the farthest of two moments."""
    yaw = motion.posture.yaw
    left = float((yaw - np.minimum.accumulate(yaw)).max()) if most else float(yaw[-1] - yaw[0])
    right = float((np.maximum.accumulate(yaw) - yaw).max()) if most else -left
    amount = {"left": left, "right": right, "either": max(left, right)}[side]
    return degrees[0] <= amount <= degrees[1]


def speeds(motion: Motion, band: list[float]) -> bool:
    """The mean speed while it goes somewhere, m/s."""
    going = state(motion, "moving")
    return bool(going.any()) and band[0] <= float(motion.posture.speed[going].mean()) <= band[1]


def gains_speed(motion: Motion, ratio: float) -> bool:
    """In its last third it is so many times as fast as in its first."""
    third = max(1, len(motion.joints) // 3)
    speed = motion.posture.speed
    return float(speed[-third:].mean()) >= ratio * float(speed[:third].mean())


def circles(motion: Motion, side: str) -> bool:
    """It goes round: the way turns by most of a circle to one side, and is not a spin."""
    p = motion.posture
    turn = float(p.yaw[-1] - p.yaw[0])
    way = float(p.speed.sum() / p.fps)
    wide = way > 1.2 and way / np.radians(max(abs(turn), 1.0)) > 0.2
    right_way = {"left": turn > 0, "right": turn < 0, "either": True}[side]
    return abs(turn) >= 230 and wide and right_way


def returns(motion: Motion) -> bool:
    """It goes away, turns round and comes back."""
    far = np.linalg.norm(_net(motion), axis=1)
    yaw = np.abs(motion.posture.yaw - motion.posture.yaw[0])
    back = float(far[-1]) < 0.65 * float(far.max())
    return float(far.max()) >= 0.7 and back and 120 <= float(yaw[-1]) <= 260


def paces(motion: Motion) -> bool:
    """It goes away and comes back, or back and forth, however it turns."""
    net = _net(motion)
    centred = net - net.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    along = centred @ axes[0]
    length = float(np.ptp(along))
    way = float(motion.posture.speed.sum() / motion.fps)
    return length >= 0.6 and abs(float(along[-1] - along[0])) < 0.6 * length and way > 1.5 * length


def zigzags(motion: Motion) -> bool:
    """The way turns to one side and to the other, in turn: at least three times."""
    p = motion.posture
    way = np.gradient(running_mean(motion.joints[:, 0], 0.5 * p.fps), axis=0)
    going = p.speed > 0.3
    if going.sum() < p.fps:
        return False
    angle = np.degrees(np.unwrap(np.arctan2(way[going, 0], way[going, 2])))
    turns, extreme, sign = 0, angle[0], 0
    for value in angle:
        if sign >= 0 and value > extreme or sign <= 0 and value < extreme:
            sign = sign or int(np.sign(value - extreme))
            extreme = value
        elif abs(value - extreme) > 30:
            turns, sign, extreme = turns + 1, -sign, value
    return turns >= 2


def asymmetric(motion: Motion) -> bool:
    """It limps: one leg swings much farther, or the body rests much longer on it."""
    p = motion.posture
    going = state(motion, "moving")
    if going.sum() < p.fps:
        return False
    knees, stances = [], []
    for number, side in enumerate(SIDES):
        leg = np.linalg.norm(p.local[:, J[f"{side}_hip"]] - p.local[:, J[f"{side}_ankle"]], axis=1)
        knees.append(float(np.ptp(np.quantile(leg[going], (0.05, 0.95)))))
        pace = running_mean(p.swiftness(f"{side}_foot", "pelvis"), 0.1 * p.fps)
        stances.append(float((p.foot[going, number] < 0.03).mean()) + 0.05 * float(pace.mean() > 0))
    bend = max(knees) / max(min(knees), 0.01)
    rest = max(stances) / max(min(stances), 0.05)
    return bend > 1.25 * LIMP or rest > 1.15 * LIMP


def wobbles(motion: Motion, metres: float) -> bool:
    """While it goes, the head strays so far to either side of its way."""
    p = motion.posture
    going = state(motion, "moving")
    if going.sum() < p.fps:
        return False
    head = motion.joints[:, J["head"]]
    stray = head - running_mean(head, SLOW * p.fps)
    return float(np.ptp(np.quantile(p.turned(stray)[going, 0], (0.03, 0.97)))) >= metres


def lowered(motion: Motion, band: list[float]) -> bool:
    """While it goes, the pelvis' median height is this share of its standing height."""
    going = state(motion, "moving")
    return (
        bool(going.any()) and band[0] <= float(np.median(motion.posture.height[going])) <= band[1]
    )


def dips(motion: Motion, metres: float, back: bool = False) -> bool:
    """The head goes down by so much; `back`: and up again by most of it."""
    head = motion.posture.head[:, 1]
    down = np.maximum.accumulate(head) - head
    lowest = int(np.argmax(down))
    rise = float(head[lowest:].max() - head[lowest])
    return float(down[lowest]) >= metres and (not back or rise >= 0.6 * float(down[lowest]))


def jump_height(motion: Motion, metres: float) -> bool:
    """In a jump, the pelvis rises so far over its standing height."""
    flights = runs(state(motion, "airborne"))
    standing = skeleton.PELVIS_HEIGHT * motion.posture.scale
    return any(motion.joints[a:b, 0, 1].max() - standing >= metres for a, b in flights)


def feet_stay(motion: Motion, metres: float) -> bool:
    """No foot goes farther than so many metres along the ground."""
    feet = motion.joints[:, (J["left_ankle"], J["right_ankle"])][..., ::2]
    return float(np.linalg.norm(feet - feet[0], axis=-1).max()) <= metres


def restless(motion: Motion) -> bool:
    """It goes hardly anywhere for all that it moves."""
    net = float(np.linalg.norm(_net(motion)[-1]))
    return net <= 0.45 * motion.seconds or len(runs(state(motion, "airborne"))) >= 2


PATH_QUESTIONS: dict[str, Callable[..., bool]] = {
    function.__name__: function
    for function in (
        displaced, turned, speeds, gains_speed, circles, returns, paces, zigzags, asymmetric,
        wobbles, lowered, dips, jump_height, feet_stay, restless,
    )
}  # fmt: skip
