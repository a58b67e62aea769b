"""Yes-or-no questions about a motion, answered from its joints: does it do what was asked?

numpy only, with the facts that captions are written from (motionllm.facts). A question is a
table of a data file, `{is = "turns", side = "left", degrees = [50, 150]}`: `is` names a function
of this module or of everyday/questions.py, the rest are its arguments. Sides are the person's own;
`[least, most]` is a band.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from motionllm.errors import MotionError
from motionllm.evaluation.everyday.questions import QUESTIONS as EVERYDAY
from motionllm.evaluation.motion import Motion
from motionllm.facts import events
from motionllm.facts.signals import oscillations, to_local
from motionllm.motion.curves import closed, running_mean, runs

SHORTEST_PART = 0.5  # seconds of one action in a sequence
SPLIT_STEP = 0.2  # seconds between the places where a sequence is tried to be cut
MOST_SPLITS = 16
SIDES = events.SIDES


def holds(question: dict, motion: Motion) -> bool:
    """Answer one question.

    Raises:
        MotionError: "bad_file", if the question is none of this module's.
    """
    rest = {key: value for key, value in question.items() if key != "is"}
    function = QUESTIONS.get(question.get("is", ""))
    if function is None:
        raise MotionError("bad_file", f"There is no predicate {question.get('is')!r}.")
    try:
        return bool(function(motion, **rest))
    except TypeError as error:
        raise MotionError("bad_file", f"The predicate {question} cannot be asked.") from error


def all_hold(questions: list[dict], motion: Motion) -> bool:
    """Answer several questions: all must hold."""
    return all(holds(question, motion) for question in questions)


def _within(value: float, band: list[float]) -> bool:
    return band[0] <= value <= band[1]


def _longest(mask: np.ndarray, fps: float) -> float:
    return max((b - a for a, b in runs(mask)), default=0) / fps


def _side_only(counts: Mapping[str, float], side: str) -> bool:
    """Say whether this side is used and the other is not; "either" takes any use."""
    used = {name for name in SIDES if counts[name]}
    if side == "either":
        return bool(used)
    return used == (set(SIDES) if side == "both" else {side})


# Travel


def travels(motion: Motion, metres: float = 1.0, direction: str = "") -> bool:
    """The pelvis' path is so long; `direction` is one or more of events.Event's, split by |."""
    facts = motion.facts
    right_way = not direction or facts.direction in direction.split("|")
    return facts.distance >= metres and right_way


def stays(motion: Motion, metres: float = 0.6) -> bool:
    """Never farther than so many metres from where it began, along the ground."""
    ground = motion.joints[:, 0, ::2]
    return float(np.linalg.norm(ground - ground[0], axis=1).max()) <= metres


def speed(motion: Motion, band: list[float]) -> bool:
    """Mean speed while moving, m/s."""
    return _within(motion.facts.mean_speed, band)


def gait(motion: Motion, name: str) -> bool:
    """It goes somewhere, and it is a walk or a run: a run has moments without a standing foot.

    A foot stands where it is slower than 0.45 of the body. Feet that slide make a walk look like a
    run in this, so what is slow enough for both may be called either; sliding is judged elsewhere.
    """
    body = motion.body
    going = body.speed > 0.4
    if not going.any():
        return False
    track = running_mean(motion.joints[:, events.ANKLES + events.TOES, ::2], 0.1 * motion.fps)
    steps = np.linalg.norm(np.gradient(track, axis=0), axis=-1) * motion.fps
    flying = float((steps.min(axis=1) > 0.45 * body.speed)[going].mean())
    fast = float(body.speed[going].mean())
    if name == "run":
        return flying > 0.055 and fast >= 1.15
    return flying <= 0.055 or fast < 1.15 or (fast < 1.75 and flying < 0.16)


def shifts(motion: Motion, side: str, metres: float) -> bool:
    """It ends so far to one side of where it began, and not much farther ahead or behind."""
    forward, left = motion.facts.forward, motion.facts.left
    aside = left if side == "left" else -left
    return aside >= metres and aside >= 0.5 * abs(forward)


def heading(motion: Motion, most: float) -> bool:
    """The heading at the end is within so many degrees of that at the beginning."""
    return abs(motion.facts.yaw) <= most


def turns(motion: Motion, side: str, degrees: list[float]) -> bool:
    """The heading changes to a side (or "either") by so much in all."""
    yaw = motion.facts.yaw
    amount = {"left": yaw, "right": -yaw, "either": abs(yaw)}[side]
    return _within(amount, degrees)


def turning(motion: Motion, side: str, least: float) -> bool:
    """Turns and curves to a side add up to so many degrees, and to more than twice the other's."""
    total = dict.fromkeys(SIDES, 0.0)
    for event in motion.facts.of("turn", "curve"):
        total[event.side] += event.amount
    if side == "either":
        return max(total.values()) >= least
    other = SIDES[1 - SIDES.index(side)]
    return total[side] >= least and total[side] > 2 * total[other]


# Arms and legs


def hand_up(motion: Motion, side: str, seconds: float = 0.5) -> bool:
    """A hand is held up for so long while the other is not; "both": both at once."""
    up = motion.hands_up
    if side == "either":
        return _longest(up[:, 0] | up[:, 1], motion.fps) >= seconds
    if side == "both":
        return _longest(up[:, 0] & up[:, 1], motion.fps) >= seconds
    index = SIDES.index(side)
    alone = up[:, index] & ~up[:, 1 - index]
    return (
        _longest(alone, motion.fps) >= seconds and up[:, 1 - index].sum() < 0.4 * up[:, index].sum()
    )


def hands_down(motion: Motion, seconds: float = 0.4) -> bool:
    """No hand is held up for longer than so many seconds."""
    return max(_longest(up, motion.fps) for up in motion.hands_up.T) <= seconds


def waves(motion: Motion, side: str, cycles: int = 2) -> bool:
    """A raised hand swings to and fro so often; "both": each of them.

    Finer than the facts of captions, for the small waves of old people: 1.5 cm.
    """
    body = motion.body
    counts = {}
    for index, name in enumerate(SIDES):
        wrist = motion.joints[:, events.WRISTS[index]]
        elbow = motion.joints[:, events.ELBOWS[index]]
        swing = wrist - motion.joints[:, events.SHOULDERS[index]]
        high = (wrist[:, 1] > elbow[:, 1] + 0.03) & (swing[:, 1] > -0.16)
        local = to_local(swing, body.yaw)
        counts[name] = max(
            (
                oscillations(local[a:b], motion.fps, amplitude=0.015)
                for a, b in runs(closed(high, 0.2 * motion.fps))
                if b - a >= 0.6 * motion.fps
            ),
            default=0,
        )
    return _side_only({name: count >= cycles for name, count in counts.items()}, side)


def hand_speed(motion: Motion, band: list[float]) -> bool:
    """The quicker hand's speed about the chest (95th percentile), m/s."""
    return _within(max(motion.facts.wrist_speed.values()), band)


def kicks(motion: Motion, side: str = "either") -> bool:
    """A foot is swung up fast."""
    return _side_only(motion.facts.kicks, side)


def punches(motion: Motion, side: str = "either", times: int = 1) -> bool:
    """An arm is stretched out fast so often; a side must do more of it than the other."""
    counts = motion.facts.punches
    if side == "either":
        return sum(counts.values()) >= times
    return counts[side] >= times and counts[side] > counts[SIDES[1 - SIDES.index(side)]]


# The whole body


def jumps(motion: Motion, times: int = 1) -> bool:
    """Both feet leave the ground so often, and the pelvis rises and falls."""
    return motion.facts.jumps >= times


def pelvis_down(motion: Motion, band: list[float], seconds: float = 0.2) -> bool:
    """For so long, the pelvis is at this share of its standing height."""
    height = motion.body.pelvis_height / motion.body.standing
    return _longest((height >= band[0]) & (height <= band[1]), motion.fps) >= seconds


def ends_standing(motion: Motion) -> bool:
    """The pelvis ends near its standing height."""
    return motion.facts.end_height > 0.82


def bends(motion: Motion, degrees: float, seconds: float = 0.15) -> bool:
    """The trunk leans forward by so much more than at its most upright, standing."""
    body = motion.body
    lean = np.where(body.tipped & (body.pelvis_height < 0.5 * body.standing), 0.0, body.lean)
    return _longest(lean - np.quantile(lean, 0.05) >= degrees, motion.fps) >= seconds


def lies(motion: Motion, seconds: float = 0.5) -> bool:
    """The body lies still on the ground for so long."""
    return motion.facts.lying >= seconds


def prone_travel(motion: Motion, metres: float) -> bool:
    """The pelvis travels so far while low or with the trunk near level."""
    body = motion.body
    low = (body.pelvis_height < 0.62 * body.standing) | body.tipped
    step = np.linalg.norm(np.diff(running_mean(body.ground, 0.3 * motion.fps), axis=0), axis=1)
    return float(step[low[1:]].sum()) >= metres and low.mean() > 0.6


def feet_speed(motion: Motion, band: list[float]) -> bool:
    """Mean speed of the ankles, m/s."""
    steps = np.linalg.norm(np.diff(motion.joints[:, events.ANKLES], axis=0), axis=-1)
    return _within(float(steps.mean() * motion.fps), band)


def drifts(motion: Motion, most: float) -> bool:
    """From begin to end, the pelvis moves no faster than so many m/s on the average."""
    ground = motion.joints[:, 0, ::2]
    return float(np.linalg.norm(ground[-1] - ground[0])) <= most * motion.seconds


def lasts(motion: Motion, seconds: float, within: float = 0.15) -> bool:
    """The motion is as long as asked."""
    return abs(motion.seconds - seconds) <= within


def fails(motion: Motion, ask: list[dict]) -> bool:
    """Not all of these hold."""
    return not all_hold(ask, motion)


def any_of(motion: Motion, asks: list[list[dict]]) -> bool:
    """All of one of these lists hold."""
    return any(all_hold(ask, motion) for ask in asks)


def in_order(motion: Motion, steps: list[list[dict]]) -> bool:
    """The motion can be cut so that every part answers its own questions, in this order."""
    if len(steps) == 1:
        return all_hold(steps[0], motion)
    rest = SHORTEST_PART * (len(steps) - 1)
    if motion.seconds < rest + SHORTEST_PART:
        return False  # too short for so many parts
    places = max(1, round((motion.seconds - rest - SHORTEST_PART) / SPLIT_STEP))
    for end in np.linspace(SHORTEST_PART, motion.seconds - rest, min(places, MOST_SPLITS)):
        if all_hold(steps[0], motion.part(0.0, end)) and in_order(
            motion.part(end, motion.seconds), steps[1:]
        ):
            return True
    return False


QUESTIONS: dict[str, Callable[..., bool]] = {
    function.__name__: function
    for function in (
        travels, stays, speed, gait, shifts, heading, turns, turning, hand_up, hands_down, waves,
        hand_speed, kicks, punches, jumps, pelvis_down, ends_standing, bends, lies, prone_travel,
        feet_speed, drifts, lasts, fails, any_of, in_order,
    )
} | EVERYDAY  # fmt: skip
