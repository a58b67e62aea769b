"""Events found in a clip's joints: travel, turns, raised hands, waves, blows, jumps, postures.

numpy only. Frames and units as in motionllm.facts.facts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.facts.signals import Body, oscillations, peaks, split, to_local
from motionllm.motion.curves import closed, highest, runs

PELVIS, HEAD = 0, 15
HIPS, KNEES, ANKLES, TOES = (1, 2), (4, 5), (7, 8), (10, 11)
SHOULDERS, ELBOWS, WRISTS = (16, 17), (18, 19), (20, 21)
SIDES: tuple[str, ...] = ("left", "right")


@dataclass(frozen=True)
class Event:
    """One thing that happens from `start` to `end` seconds.

    kind: move, stand, turn, curve, raise, wave, jump, crouch, bend, lie, kick or punch.
    side: left, right, both or "". direction (move only): forward, backward, left, right,
    forward_left, forward_right, backward_left, backward_right.
    amount: metres (move, jump), degrees (turn, curve, bend), cycles (wave), else 0.
    speed: mean m/s of a move. gait: walk or run of a move.
    """

    kind: str
    start: float
    end: float
    side: str = ""
    amount: float = 0.0
    direction: str = ""
    speed: float = 0.0
    gait: str = ""


def _sector(angle: float) -> str:
    """Name of a direction of travel, from its angle to the facing (degrees, + = left)."""
    side = "left" if angle > 0 else "right"
    size = abs(angle)
    if size <= 17:
        return "forward"
    if size <= 60:
        return f"forward_{side}"
    if size < 120:
        return side
    return f"backward_{side}" if size < 152 else "backward"


def find_moves(body: Body, airborne: np.ndarray) -> list[Event]:
    """Stretches of travel, cut where the direction relative to the facing changes."""
    events = []
    angle = np.degrees(np.arctan2(body.local_velocity[:, 0], body.local_velocity[:, 1]))
    coarse = np.where(np.abs(angle) <= 55, 0, np.where(np.abs(angle) >= 125, 1, 2))
    coarse = np.where((coarse == 2) & (angle < 0), 3, coarse)
    for start, end in runs(closed(body.speed > 0.22, 0.3 * body.fps)):
        for a, b in split(coarse[start:end], 0.6 * body.fps):
            a, b = a + start, b + start
            length = float(body.speed[a:b].sum() / body.fps)
            seconds = (b - a) / body.fps
            if length < 0.35 or seconds < 0.35:
                continue
            mean = body.local_velocity[a:b].mean(axis=0)
            heading = float(np.degrees(np.arctan2(mean[0], mean[1])))
            speed = length / seconds
            flight = float(airborne[a:b].mean())
            fast = speed > 2.1 or (speed > 1.3 and flight > 0.12)
            events.append(
                Event("move", a / body.fps, b / body.fps, "", length, _sector(heading), speed,
                      "run" if fast else "walk")
            )  # fmt: skip
    return events


def find_turns(body: Body) -> list[Event]:
    """Heading changes of 25 degrees and more; a slow one along a walk is a curve."""
    events = []
    rate = np.gradient(body.yaw) * body.fps
    for sign, side in ((1, "left"), (-1, "right")):
        mask = closed(sign * rate > 18, 0.25 * body.fps)
        for a, b in runs(mask):
            amount = float(sign * (body.yaw[min(b, len(body.yaw) - 1)] - body.yaw[a]))
            hips = float(sign * (body.hip_yaw[min(b, len(body.yaw) - 1)] - body.hip_yaw[a]))
            # A twist of the shoulders alone is no turn.
            if amount < 25 or hips < 0.6 * amount or body.tipped[a:b].mean() > 0.3:
                continue
            seconds = (b - a) / body.fps
            walked = float(body.speed[a:b].sum() / body.fps)
            slow = seconds > 2.2 and amount / seconds < 60 and walked > 1.0
            # Walking round in a circle of more than half a metre's radius is no spin.
            wide = amount > 200 and walked > 0.5 * np.radians(amount)
            kind = "curve" if slow or wide else "turn"
            events.append(Event(kind, a / body.fps, b / body.fps, side, amount))
    return sorted(events, key=lambda event: event.start)


def find_raises(body: Body):
    events, raised, overhead = [], {}, {}
    for i, side in enumerate(SIDES):
        wrist, shoulder = body.joints[:, WRISTS[i], 1], body.joints[:, SHOULDERS[i], 1]
        forearm = wrist - body.joints[:, ELBOWS[i], 1]
        # A hand held up in front of the shoulder, elbow down, counts as raised too.
        up = (wrist > shoulder + 0.02) | ((wrist > shoulder - 0.13) & (forearm > 0.08))
        up &= ~body.tipped
        high = (wrist > body.joints[:, HEAD, 1] + 0.02) & ~body.tipped
        raised[side] = float(up.sum() / body.fps)
        overhead[side] = float(high.sum() / body.fps)
        for a, b in runs(closed(up, 0.3 * body.fps)):
            if b - a >= 0.3 * body.fps:
                over = float(high[a:b].mean())
                events.append(Event("raise", a / body.fps, b / body.fps, side, over))
    return events, raised, overhead


def find_waves(body: Body) -> list[Event]:
    """A wrist held up that swings to and fro: amount = full cycles."""
    events = []
    for i, side in enumerate(SIDES):
        wrist = body.joints[:, WRISTS[i]]
        up = wrist[:, 1] > body.joints[:, SHOULDERS[i], 1] - 0.16
        up &= (wrist[:, 1] > body.joints[:, ELBOWS[i], 1] + 0.03) & ~body.tipped
        swing = to_local(wrist - body.joints[:, SHOULDERS[i]], body.yaw)
        for a, b in runs(closed(up, 0.2 * body.fps)):
            if b - a < 0.6 * body.fps:
                continue
            cycles = oscillations(swing[a:b], body.fps, amplitude=0.045)
            if cycles >= 2:
                events.append(Event("wave", a / body.fps, b / body.fps, side, cycles))
    return events


def find_punches(body: Body) -> list[Event]:
    """Fast stretches of an arm from bent to long, roughly level or rising."""
    events = []
    for i, side in enumerate(SIDES):
        arm = body.joints[:, WRISTS[i]] - body.joints[:, SHOULDERS[i]]
        reach = np.linalg.norm(arm, axis=1) / body.arm_length
        speed = body.relative_speed(WRISTS[i])
        # Blows to the body go down a little, if they are fast.
        level = arm[:, 1] > np.where(highest(speed, 3) > 3.0, -0.6, -0.35) * body.arm_length
        last = -1.0
        for peak in peaks(speed, 2.2, 0.25 * body.fps):
            a, b = max(0, peak - int(0.3 * body.fps)), peak + int(0.25 * body.fps) + 1
            top = a + int(np.argmax(reach[a:b]))
            gain = reach[top] - reach[a : top + 1].min()
            time = top / body.fps
            if gain > 0.2 and reach[top] > 0.66 and level[top] and time - last > 0.25:
                events.append(Event("punch", max(0.0, time - 0.3), time, side))
                last = time
    return events


def find_kicks(body: Body) -> list[Event]:
    """An ankle swung up fast with a nearly straight knee, the other foot lower."""
    events = []
    for i, side in enumerate(SIDES):
        ankle = body.joints[:, ANKLES[i]]
        leg = np.linalg.norm(ankle - body.joints[:, HIPS[i]], axis=1) / body.leg_length
        height = ankle[:, 1] - body.joints[:, ANKLES[1 - i], 1]
        speed = body.relative_speed(ANKLES[i], PELVIS)
        ahead = to_local(ankle - body.joints[:, PELVIS], body.yaw)[:, 2]
        stands = body.joints[:, ANKLES[1 - i], 1] < 0.45
        hit = ((height > 0.24) & (leg > 0.78)) | ((height > 0.5) & (speed > 4.5))
        # A ball on the ground is kicked low, faster than a jogger's leg swings.
        hit = stands & (hit | ((speed > 6.3) & (body.speed < 2.6) & (ahead > -0.3)))
        for a, b in runs(closed(hit, 0.3 * body.fps)):
            # A runner's back leg swings up behind.
            running = body.speed[a:b].mean() > 1.2 and ahead[a:b].max() < 0.25
            fast = speed[max(0, a - int(0.25 * body.fps)) : b + 1].max() > 2.4
            if fast and not running:
                events.append(Event("kick", a / body.fps, b / body.fps, side))
    return events


def find_jumps(body: Body) -> list[Event]:
    """Both feet well off the ground while the pelvis rises and falls again."""
    events = []
    off = (body.foot_height.min(axis=1) > 0.07) & ~body.tipped
    window = int(0.5 * body.fps)
    for a, b in runs(closed(off, 0.07 * body.fps)):
        if not 0.08 * body.fps <= b - a <= 1.2 * body.fps:
            continue
        top = body.pelvis_height[a:b].max()
        before = body.pelvis_height[max(0, a - window) : a + 1].min()
        after = body.pelvis_height[b - 1 : b + window].min()
        rise = float(top - max(before, after))
        # A runner's flight is long and flat.
        least = 0.2 if body.speed[a:b].mean() > 1.5 else 0.12
        seconds = (b - a) / body.fps
        # Standing on something high lasts longer than a throw of that height can.
        if rise > max(least, 0.3 * 9.81 * seconds**2 / 8) and b < len(off):
            events.append(Event("jump", a / body.fps, b / body.fps, "", rise))
    return events


def find_postures(body: Body) -> list[Event]:
    events = []
    height = body.pelvis_height / body.standing
    lying = (body.pelvis_height < 0.35) & (body.tilt > 55) & (body.speed < 0.25)
    low = (height < 0.72) & ~lying & ~body.tipped
    bent = (body.lean > 38) & (height > 0.7)
    for kind, mask, least in (("lie", lying, 0.4), ("crouch", low, 0.3), ("bend", bent, 0.25)):
        for a, b in runs(closed(mask, 0.3 * body.fps)):
            if b - a >= least * body.fps:
                amount = {"bend": body.lean[a:b].max(), "crouch": height[a:b].min()}.get(kind, 0)
                events.append(Event(kind, a / body.fps, b / body.fps, "", float(amount)))
    return events


def find_stands(body: Body, events: list[Event]) -> list[Event]:
    """Stretches of a second and more in which nothing else happens to the whole body."""
    free = np.ones(len(body.joints), bool)
    for event in events:
        if event.kind in ("move", "jump", "crouch", "lie", "turn", "curve"):
            free[int(event.start * body.fps) : int(event.end * body.fps) + 1] = False
    return [
        Event("stand", a / body.fps, b / body.fps)
        for a, b in runs(free & (body.speed < 0.22))
        if b - a >= body.fps
    ]
