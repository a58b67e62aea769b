"""A place or a path for one person among those who are there. numpy only."""

from __future__ import annotations

import numpy as np

from motionllm.crowd import steer, walk
from motionllm.crowd.members import Member, Placed, Rules, Taken
from motionllm.errors import MotionError
from motionllm.motion import rotation
from motionllm.motion.clip import Clip
from motionllm.motion.features import FPS
from motionllm.motion.loop import TRAVEL, close, repeat, travel_speed

TRIES = 40  # starts of a walker tried at once ...
TURNS = (0.0, 45.0, 45.0, 45.0, 60.0, 60.0, 75.0, 90.0)  # degrees/s: ... each time up to this rate
STANDS = 160  # places of a standing person tried at once
AWAY = 0.4  # radians by which people miss the point they face
STAYS = 0.5  # metres: who does not get further than this from where it began stands


def gets_away(clip: Clip, loop: bool) -> bool:
    """Tell whether a person gets away from where it begins."""
    if loop:
        return travel_speed(clip) > TRAVEL
    away = clip.translation[:, ::2] - clip.translation[:1, ::2]
    return float(np.linalg.norm(away, axis=1).max()) > STAYS


def place(member: Member, rules: Rules, taken: Taken, random: np.random.Generator) -> Placed:
    """Return a person's place, and its path where it walks, tried on the whole of its time.

    Raises:
        MotionError: "bad_request", if none was found.
    """
    clip = member.clip.at_rate(FPS)
    goes = gets_away(clip, rules.loop)
    if not rules.loop and clip.frames > rules.frames:
        clip = clip.cut(0, rules.frames)
    if rules.loop:
        clip = close(clip, straight=False)
    if not goes:
        return _stand(clip, member, rules, taken, random)
    for turn in TURNS:
        whole = clip
        if rules.loop:
            whole = repeat(clip, rules.frames, int(random.integers(clip.frames)))
        found = _walk(whole, member, rules, taken, random, np.radians(turn))
        if found is not None:
            return found
    raise _no_room(member, "path", rules)


def _no_room(member: Member, what: str, rules: Rules) -> MotionError:
    where = "in the area" if member.fixed is None else "from where it stands"
    return MotionError(
        "bad_request",
        f"There is no {what} for {member.clip.text or 'this motion'!r} {where} that stays inside "
        f"and keeps {rules.distance:g} m from everybody.",
        "Make the area larger, the distance or the number of people smaller, or the time shorter.",
    )


def _starts(
    member: Member, rules: Rules, taken: Taken, random: np.random.Generator, count: int,
    margin: float, frames: int,
) -> walk.Starts:  # fmt: skip
    """Draw places that are free when the scene begins, headings and delays."""
    most = 0 if rules.loop else min(rules.delay, rules.frames - frames)
    delays = random.integers(0, max(most, 0) + 1, count)
    if member.fixed is not None:
        place, heading = member.fixed
        return walk.Starts(
            np.repeat(np.asarray(place, np.float64)[None], count, axis=0),
            np.full(count, float(heading)), delays,
        )  # fmt: skip
    places = rules.area.places(6 * count, margin, random)
    others = taken.paths(rules.frames)[:, 0]
    if len(others):
        apart = np.linalg.norm(places[:, None] - others[None], axis=-1).min(axis=1)
        free = np.flatnonzero(apart >= max(rules.distance, walk.COMFORT))
        places = places[free[:count]] if len(free) >= count else places[np.argsort(-apart)[:count]]
    return walk.Starts(places[:count], random.uniform(-np.pi, np.pi, count), delays)


def _walk(
    clip: Clip, member: Member, rules: Rules, taken: Taken, random: np.random.Generator,
    most: float,
) -> Placed | None:  # fmt: skip
    gait = steer.read_gait(clip, member.size)
    count = TRIES if most > 0.0 or not member.shared else 3 * TRIES
    starts = _starts(member, rules, taken, random, count, float(gait.reach[0]), clip.frames)
    found = walk.find_walks(
        gait, starts, taken.paths(rules.frames), rules.area, rules.distance, most
    )
    for way in found:
        heading, place = float(starts.headings[way.start]), starts.places[way.start]
        delay = int(starts.delays[way.start])
        bent = steer.bend(clip, way.yaw) if most > 0.0 else clip
        joints = _held(_in_place(bent, place, heading, member.size), rules.frames, delay)
        if taken.touches(joints) or not rules.area.contains(joints[..., [0, 2]]).all():
            continue
        as_is = most == 0.0 and not rules.loop
        return Placed(bent, place, heading, delay, False, as_is, joints)
    return None


def _stand(
    clip: Clip, member: Member, rules: Rules, taken: Taken, random: np.random.Generator
) -> Placed:
    reach = float(np.hypot(*_around(clip, member.size)).max())
    starts = _starts(member, rules, taken, random, STANDS, 0.0 if member.fixed else reach,
                     clip.frames)  # fmt: skip
    others = taken.paths(rules.frames)
    for k, place in enumerate(starts.places):
        heading = float(starts.headings[k])
        if member.fixed is None and rules.facing is not None:
            to = np.asarray(rules.facing) - place
            heading = float(np.arctan2(to[0], to[1]) + random.uniform(-AWAY, AWAY))
        if len(others):
            path = place + rotation.turn_floor(_around(clip, member.size, False).T, heading)
            apart = np.linalg.norm(others - path.mean(axis=0), axis=-1).min()
            if apart < rules.distance + 0.5 * STAYS and member.fixed is None:
                continue
        start = -int(random.integers(clip.frames)) if rules.loop else int(starts.delays[k])
        joints = _in_place(clip, place, heading, member.size)
        if rules.loop:
            joints = joints[(np.arange(rules.frames) - start) % clip.frames]
        else:
            joints = _held(joints, rules.frames, start)
        floor = joints[:, 0][:, [0, 2]]
        near = len(others) and np.linalg.norm(others - floor, axis=-1).min() < rules.distance
        if near or taken.touches(joints):
            continue
        if not rules.area.contains(joints[..., [0, 2]]).all():
            continue
        return Placed(clip, place, heading, start, rules.loop, True, joints)
    raise _no_room(member, "place", rules)


def _around(clip: Clip, size: float, joints: bool = True) -> np.ndarray:
    """Return x and z (2, ...) of a clip's joints, or of its pelvis, from its origin, metres."""
    points = clip.joints if joints else clip.translation
    return size * np.moveaxis(points[..., [0, 2]].astype(np.float64), -1, 0)


def _in_place(clip: Clip, place: np.ndarray, heading: float, size: float) -> np.ndarray:
    """Return the joints (T, 22, 3) of a clip put at a place of the scene."""
    joints = size * clip.joints.astype(np.float64)
    joints[..., [0, 2]] = rotation.turn_floor(joints[..., [0, 2]], heading) + place
    return joints.astype(np.float32)  # of everybody in all frames: half the memory


def _held(joints: np.ndarray, frames: int, start: int) -> np.ndarray:
    """Return joints (F, 22, 3) of a clip that begins at `start`, held before and behind."""
    return joints[np.clip(np.arange(frames) - start, 0, len(joints) - 1)]
