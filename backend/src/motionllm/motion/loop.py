"""Clips that repeat without a seam. numpy only.

A loop is a clip whose frame after the last is its first again, further on by what the person
travels. It is cut out of a longer clip where pose and velocity come back best; what still differs
is spread over the frames around the cut (inertialisation), and the feet are cleaned afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import rotation
from motionllm.motion.clip import Clip, heading, to_origin
from motionllm.motion.curves import slopes
from motionllm.motion.feet import clean

SHORTEST = 0.7  # seconds of a loop, and ...
SHARE = 0.4  # ... of the clip it is cut from
LENGTHS = (0.85, 1.15)  # of the length asked for: where the best cut is sought
BLEND = 0.6  # seconds on either side of the cut that take up what differs
TURNING = 0.15  # seconds: how much a difference of velocity weighs beside one of place
LEAD = 1.5  # seconds repeated on both sides while the feet are cleaned
STRAIGHTENED = np.pi / 4  # radians a cycle: who turns less was to go straight on
STILL = 0.05  # m/s: a loop that gains less does not travel at all
TRAVEL = 0.25  # m/s of net movement: a person that is slower stays in its place


@dataclass(frozen=True)
class Seam:
    """How the step over a loop's cut compares with the largest step elsewhere: 1 is as large.

    Attributes:
        position: of the joints' movement from frame to frame.
        velocity: of the change of that movement.
    """

    position: float
    velocity: float


def close(clip: Clip, seconds: float | None = None, straight: bool = True) -> Clip:
    """Return a loop cut out of a clip, at the origin facing +Z.

    A person that travels goes on by the same step each time; one that does not stays in its place.

    Args:
        seconds: length wanted; the loop is within 15 % of it where the clip is long enough.
        straight: take the turning of a whole cycle away, so that cycles lie in one line and a
            constant offset repeats them. Where it is more than an eighth of a circle it is meant,
            and stays: cycles go on in the direction they end in, as they do without `straight`.

    Raises:
        MotionError: "bad_request", if the clip is too short to be looped.
    """
    if clip.seconds < 2.0 * SHORTEST:
        raise MotionError(
            "bad_request",
            f"A clip of {clip.seconds:.1f} s is too short for a loop.",
            f"Ask for {2.0 * SHORTEST:.1f} seconds or more.",
        )
    travels = travel_speed(clip) > TRAVEL
    start, stop = find_cut(clip, seconds, travels)
    period = stop - start
    body, root = _channels(clip)
    body = _join(body, start, stop, clip.fps)
    root = _join(root, start, stop, clip.fps)
    gone = np.linalg.norm(_walk(root, period)[0][-1]) * clip.fps / period
    travels = travels and gone > 2.0 * STILL  # the stretch that was cut out may well stand
    if not travels or (straight and abs(root[:, 0].sum()) < STRAIGHTENED):
        root[:, 0] -= root[:, 0].mean()
    step, turn = _walk(root, period)
    if not travels:
        # The drift is taken off evenly: a constant creep of centimetres, which the feet's
        # clean-up takes out of the soles.
        step = step - np.linspace(0.0, 1.0, period + 1)[:, None] * step[-1]
    around = max(1, int(np.ceil(LEAD * clip.fps / period)))
    once = _build(clip, body, step, turn, clip.contacts[start:stop])
    net = Net(turn[-1], step[-1])
    long = clean(_repeat(once, net, 2 * around + 1))
    middle = slice(around * period, (around + 1) * period)
    rotations, place = to_origin(
        long.rotations[middle].astype(np.float64), long.translation[middle].astype(np.float64)
    )
    return clip.moved(rotations, place, long.contacts[middle])


def travel_speed(clip: Clip) -> float:
    """Return how fast the person gets away from where it began, m/s."""
    gone = clip.translation[-1, ::2] - clip.translation[0, ::2]
    return float(np.linalg.norm(gone)) / max(clip.seconds, 1e-6)


@dataclass(frozen=True)
class Net:
    """What one cycle of a loop adds: a turn about +Y, radians, then a movement (2,) x and z."""

    turn: float
    step: np.ndarray


def net(loop: Clip) -> Net:
    """Return what a cycle of a loop adds, read from its last steps and first ones.

    A person that stays in its place adds exactly nothing.
    """
    yaw = heading(loop.rotations[:, 0].astype(np.float64))
    place = loop.translation[:, ::2].astype(np.float64)
    ahead = np.diff(yaw[[0, 1, -2, -1]])[[0, 2]].mean()
    turn = float(yaw[-1] + ahead - yaw[0])
    # The step over the seam: the mean of those beside it, each in its own heading.
    last = rotation.turn_floor(place[-1] - place[-2], -yaw[-2])
    first = rotation.turn_floor(place[1] - place[0], -yaw[0])
    over = place[-1] + rotation.turn_floor(0.5 * (last + first), yaw[-1]) - place[0]
    if np.linalg.norm(over) / loop.seconds < STILL:
        return Net(0.0, np.zeros(2))
    return Net(turn if abs(turn) > 0.01 else 0.0, over)


def repeat(loop: Clip, frames: int, phase: int = 0) -> Clip:
    """Return a loop repeated to so many frames, from frame `phase` on, at the origin facing +Z."""
    adds = net(loop)
    cycles = int(np.ceil((phase + frames) / loop.frames))
    return _repeat(loop, adds, cycles).cut(phase, phase + frames)


def with_closing_frame(loop: Clip, fps: float) -> Clip:
    """Return the loop with its first frame once more at the end, further on: for F-curves.

    At another rate than its own, its time is stretched by up to half a frame, so that a cycle has
    a whole number of frames: else its last step would be shorter than the others.
    """
    closed = _first_frames(_repeat(loop, net(loop), 2), loop.frames + 1)
    if abs(fps - loop.fps) < 1e-6:
        return closed
    count = max(2, int(round(loop.frames * fps / loop.fps)) + 1)
    return closed.sampled(fps, np.linspace(0.0, float(loop.frames), count))


def seam(loop: Clip) -> Seam:
    """Measure the cut of a loop."""
    count = loop.frames
    joints = _repeat(loop, net(loop), 2).joints.astype(np.float64)
    velocity = np.diff(joints, axis=0)
    change = np.diff(velocity, axis=0)
    speed = np.sqrt((velocity**2).sum(axis=-1).mean(axis=-1))
    jump = np.sqrt((change**2).sum(axis=-1).mean(axis=-1))
    return Seam(
        float(speed[count - 1] / max(speed[: count - 1].max(), 1e-6)),
        float(jump[count - 2 : count].max() / max(jump[: count - 2].max(), 1e-6)),
    )


def find_cut(clip: Clip, seconds: float | None, travels: bool) -> tuple[int, int]:
    """Return the frames between which pose and velocity come back best."""
    yaw = heading(clip.rotations[:, 0].astype(np.float64))
    unturn = rotation.yaw_quaternion(-yaw)[:, None]
    place = clip.translation.astype(np.float64) * [1.0, 0.0, 1.0]
    body = rotation.rotate(unturn, clip.joints.astype(np.float64) - place[:, None])
    going = rotation.rotate(unturn[:, 0], np.gradient(place, axis=0)) * clip.fps
    posed = body.reshape(len(body), -1)
    features = [
        posed / np.sqrt(body.shape[1]),
        TURNING * clip.fps * slopes(posed) / np.sqrt(body.shape[1]),
        TURNING * going,
        TURNING * clip.fps * np.gradient(yaw)[:, None],
        0.1 * clip.contacts,
    ]  # fmt: skip
    if not travels:
        features += [0.5 * place, 0.3 * yaw[:, None]]
    table = np.concatenate(features, axis=1)
    square = (table**2).sum(axis=1)
    differ = np.sqrt(np.maximum(square[:, None] + square[None] - 2.0 * table @ table.T, 0.0))
    last = clip.frames - 1
    gap = np.arange(clip.frames)[None] - np.arange(clip.frames)[:, None]
    least = max(int(SHORTEST * clip.fps), int(SHARE * last))
    most = last
    if seconds is not None:
        wanted = min(seconds * clip.fps, last)
        least, most = int(LENGTHS[0] * wanted), max(int(LENGTHS[1] * wanted), int(wanted) + 1)
    allowed = (gap >= least) & (gap <= most)
    # A longer loop is seen to repeat later: worth a little.
    cost = np.where(allowed, differ + 0.02 * (1.0 - gap / max(last, 1)), np.inf)
    start, stop = np.unravel_index(int(np.argmin(cost)), cost.shape)
    return int(start), int(stop)


def _channels(clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    """Return (T, 89) body: height, then rotations without heading, and (T, 3) root: yaw, x and z
    velocities to the next frame, in the heading's frame."""
    rotations = clip.rotations.astype(np.float64)
    yaw = heading(rotations[:, 0])
    place = clip.translation.astype(np.float64)
    local = rotations.copy()
    local[:, 0] = rotation.multiply(rotation.yaw_quaternion(-yaw), rotations[:, 0])
    local = rotation.continuous(local)
    step = np.diff(place[:, ::2], axis=0, append=2 * place[-1:, ::2] - place[-2:-1, ::2])
    turn = np.diff(yaw, append=2 * yaw[-1] - yaw[-2])
    body = np.concatenate([place[:, 1:2], local.reshape(len(local), -1)], axis=1)
    return body, np.concatenate([turn[:, None], rotation.turn_floor(step, -yaw)], axis=1)


def _join(values: np.ndarray, start: int, stop: int, fps: float) -> np.ndarray:
    """Return values (P, C) of a cycle whose ends meet in value and slope.

    Half of what differs is taken up before the cut, half behind it, by quintics that leave value,
    slope and curvature at zero. Source: D. Bollo, "Inertialization", GDC 2018.
    """
    slope = np.gradient(values, axis=0)
    sign = np.ones(values.shape[1])
    if values.shape[1] % 4 == 1:  # height and quaternions: of both signs the nearer one
        last, first = (values[frame, 1:].reshape(-1, 4) for frame in (stop, start))
        sign[1:] = np.repeat(np.where((last * first).sum(axis=1) < 0.0, -1.0, 1.0), 4)
    differs = values[start] - sign * values[stop]
    bend = slope[start] - sign * slope[stop]
    period = stop - start
    width = max(2, min(period // 2, int(round(BLEND * fps))))
    result = values[start:stop].copy()
    t = np.arange(width) / width
    value, tilt = _decay(t)
    result[:width] -= value[:, None] * 0.5 * differs + tilt[:, None] * 0.5 * bend * width
    t = 1.0 - np.arange(period - width, period) / width + (period - width) / width
    value, tilt = _decay(t)
    result[period - width :] += sign * (
        value[:, None] * 0.5 * differs - tilt[:, None] * 0.5 * bend * width
    )
    return result


def _decay(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return quintics of t in 0..1, of value 1 and of slope 1 at 0, flat and zero at 1."""
    value = 1.0 - t**3 * (10.0 - 15.0 * t + 6.0 * t * t)
    tilt = t - t**3 * (6.0 - 8.0 * t + 3.0 * t * t)
    return value, tilt


def _walk(root: np.ndarray, period: int) -> tuple[np.ndarray, np.ndarray]:
    """Return places (P + 1, 2) and headings (P + 1,) of root velocities (P, 3)."""
    turn = np.concatenate([[0.0], np.cumsum(root[:, 0])])
    step = rotation.turn_floor(root[:, 1:], turn[:period])
    return np.concatenate([np.zeros((1, 2)), np.cumsum(step, axis=0)]), turn


def _build(
    clip: Clip, body: np.ndarray, step: np.ndarray, turn: np.ndarray, contacts: np.ndarray
) -> Clip:
    count = len(body)
    rotations = rotation.normalize(body[:, 1:].reshape(count, -1, 4))
    rotations[:, 0] = rotation.multiply(rotation.yaw_quaternion(turn[:count]), rotations[:, 0])
    place = np.stack([step[:count, 0], body[:, 0], step[:count, 1]], axis=1)
    return clip.moved(rotations, place, contacts)


def _repeat(loop: Clip, adds: Net, cycles: int) -> Clip:
    rotations, places = [], []
    turn, at = 0.0, np.zeros(2)
    origin = loop.translation[0, ::2].astype(np.float64)
    base = loop.translation.astype(np.float64)
    for _ in range(cycles):
        turned = loop.rotations.astype(np.float64).copy()
        turned[:, 0] = rotation.multiply(rotation.yaw_quaternion(turn), turned[:, 0])
        floor = origin + at + rotation.turn_floor(base[:, ::2] - origin, turn)
        rotations.append(turned)
        places.append(np.stack([floor[:, 0], base[:, 1], floor[:, 1]], axis=1))
        at = at + rotation.turn_floor(adds.step, turn)
        turn += adds.turn
    contacts = np.concatenate([loop.contacts] * cycles)
    return loop.moved(np.concatenate(rotations), np.concatenate(places), contacts)


def _first_frames(clip: Clip, count: int) -> Clip:
    return clip.moved(clip.rotations[:count], clip.translation[:count], clip.contacts[:count])
