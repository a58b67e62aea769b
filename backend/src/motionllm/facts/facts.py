"""What a clip shows, measured from its joints: travel, turns, hands, blows, jumps, postures.

Holds the `Facts` of a clip and `measure`, which finds them. Captions take every measured word
(left, backwards, twice, three metres) from here and never from a clip's label. numpy only.

Frames: Y up, metres; the clip starts facing +Z with the person's left along +X; angles in
degrees, positive to the left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.facts import events
from motionllm.facts.events import ANKLES, ELBOWS, KNEES, PELVIS, SIDES, TOES, WRISTS, Event
from motionllm.facts.signals import Body, foot_contacts
from motionllm.motion.curves import runs


@dataclass(frozen=True)
class Facts:
    """Measurements of one clip; units and frames as in the module's docstring."""

    duration: float
    distance: float  # length of the pelvis' path over the ground
    forward: float  # net displacement along the start heading
    left: float  # net displacement to the left of the start heading
    mean_speed: float  # while moving
    yaw: float  # net heading change
    yaw_known: bool  # False when the body is tipped over for too long to tell
    direction: str  # of all travel, "" when standing, "mixed" when it changes
    path: str  # still, straight, curve, circle, winding
    events: tuple[Event, ...]
    raised: dict[str, float]  # seconds each hand is up, at the shoulder or above
    overhead: dict[str, float]  # seconds each wrist is above the head
    waves: dict[str, int]
    wrist_speed: dict[str, float]  # 95th percentile, relative to the chest
    punches: dict[str, int]  # fast extensions of an arm: blows only where a label says so
    kicks: dict[str, int]  # fast high swings of a leg: kicks only where a label says so
    jumps: int
    flight: float  # share of frames with both feet off the ground
    crouch: float  # lowest pelvis height over the standing one
    highest: float  # highest pelvis height over the standing one
    start_height: float  # pelvis height in the first and last quarter second, as crouch
    end_height: float
    rise: float  # largest gain of pelvis height in the clip, over the standing height
    bend: float  # largest forward lean of the trunk
    lying: float  # seconds
    tipped: float  # share of frames with the trunk more than 50 degrees from upright
    knees_down: float  # seconds with a knee near the ground
    steps: int
    tempo: str  # still, slow, moderate, fast: how much the whole body moves

    def of(self, *kinds: str) -> list[Event]:
        """Events of these kinds in time order."""
        return [event for event in self.events if event.kind in kinds]


def measure(joints: np.ndarray, fps: float, contacts: np.ndarray | None = None) -> Facts:
    """Measure a clip.

    joints: (T, 22, 3) metres, Y up, starting towards +Z. contacts: (T, 4) bool in the order
    left heel, left toe, right heel, right toe; worked out from the joints when missing.
    Raises ValueError for another shape or fewer than two frames.
    """
    joints = np.asarray(joints, dtype=np.float64)
    if joints.ndim != 3 or joints.shape[1:] != (22, 3) or len(joints) < 2:
        raise ValueError(f"joints must be (T >= 2, 22, 3), not {joints.shape}")
    body = Body(joints, float(fps))
    feet = foot_contacts(body) if contacts is None else np.asarray(contacts, bool)
    airborne = ~feet.any(axis=1) & (body.foot_height.min(axis=1) > 0.03)
    moves = events.find_moves(body, airborne)
    turns = events.find_turns(body)
    raises, raised, overhead = events.find_raises(body)
    waves = events.find_waves(body)
    punches, kicks = events.find_punches(body), events.find_kicks(body)
    jumps = events.find_jumps(body)
    postures = events.find_postures(body)
    found = moves + turns + raises + waves + punches + kicks + jumps + postures
    if not any(event.kind in ("move", "lie", "jump", "crouch") for event in found):
        found.append(Event("stand", 0.0, body.seconds))
    else:
        found += events.find_stands(body, found)
    travel = body.ground[-1] - body.ground[0]
    moving = [event for event in found if event.kind == "move"]
    time = sum(event.end - event.start for event in moving)
    distance = sum(event.amount for event in moving)
    height = body.pelvis_height / body.standing
    return Facts(
        duration=body.seconds,
        distance=distance,
        forward=float(travel[1]),
        left=float(travel[0]),
        mean_speed=distance / time if time else 0.0,
        yaw=float(body.yaw[-1] - body.yaw[0]),
        yaw_known=body.tipped.mean() < 0.2,
        direction=_direction(moving),
        path=_path(body, moving, turns, distance),
        events=tuple(sorted(found, key=lambda event: (event.start, event.end))),
        raised=raised,
        overhead=overhead,
        waves={s: sum(int(e.amount) for e in waves if e.side == s) for s in SIDES},
        wrist_speed={
            s: float(np.quantile(body.relative_speed(WRISTS[i]), 0.95)) for i, s in enumerate(SIDES)
        },
        punches={s: sum(e.side == s for e in punches) for s in SIDES},
        kicks={s: sum(e.side == s for e in kicks) for s in SIDES},
        jumps=len(jumps),
        flight=float(airborne.mean()),
        crouch=float(np.quantile(height, 0.02)),
        highest=float(np.quantile(height, 0.98)),
        start_height=float(height[: max(1, int(0.25 * body.fps))].mean()),
        end_height=float(height[-max(1, int(0.25 * body.fps)) :].mean()),
        rise=float((height - np.minimum.accumulate(height)).max()),
        bend=float(np.quantile(body.lean, 0.98)),
        lying=sum(e.end - e.start for e in postures if e.kind == "lie"),
        tipped=float(body.tipped.mean()),
        knees_down=float((body.joints[:, KNEES, 1].min(axis=1) < 0.17).sum() / body.fps),
        steps=_steps(body),
        tempo=_tempo(body),
    )


def _direction(moving: list[Event]) -> str:
    if not moving:
        return ""
    total = sum(event.amount for event in moving)
    lengths: dict[str, float] = {}
    for event in moving:
        lengths[event.direction] = lengths.get(event.direction, 0.0) + event.amount
    name, length = max(lengths.items(), key=lambda item: item[1])
    return name if length > 0.8 * total else "mixed"


def _path(body: Body, moving: list[Event], turns: list[Event], distance: float) -> str:
    if not moving or distance < 0.6:
        return "still"
    net = float(np.linalg.norm(body.ground[-1] - body.ground[0]))
    turned = sum(event.amount * (1 if event.side == "left" else -1) for event in turns)
    if net > 0.94 * distance and abs(turned) < 25:
        return "straight"
    round_trip = net < 0.35 * distance and distance > 2.0
    if abs(turned) > 270 and round_trip and len({e.side for e in turns}) == 1:
        return "circle"
    if any(event.kind == "curve" for event in turns):
        return "curve"
    return "winding"


def _steps(body: Body) -> int:
    """Times a foot is put down in another place (0.2 m and more from its last one)."""
    count = 0
    for i in range(2):
        foot = body.joints[:, TOES[i]]
        speed = np.linalg.norm(np.gradient(foot, axis=0), axis=1) * body.fps
        still = (speed < max(0.45, 0.25 * body.speed.max())) & (body.foot_height[:, i] < 0.12)
        places = [foot[a:b, ::2].mean(axis=0) for a, b in runs(still) if b - a >= 2]
        for before, after in zip(places, places[1:], strict=False):
            count += np.linalg.norm(after - before) > 0.2
    return int(count)


def _tempo(body: Body) -> str:
    points = [PELVIS, *ELBOWS, *WRISTS, *ANKLES]
    velocity = np.gradient(body.joints[:, points], axis=0) * body.fps
    speed = float(np.linalg.norm(velocity, axis=-1).mean())
    for name, limit in (("still", 0.08), ("slow", 0.4), ("moderate", 1.3)):
        if speed < limit:
            return name
    return "fast"
