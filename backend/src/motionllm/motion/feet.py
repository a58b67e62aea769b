"""Feet that stand where they stand: a light solve after decoding. numpy only.

A network that draws a pose a frame lets planted feet creep and sink by centimetres. Here every
planted stretch of a sole (contacts, as the tokenizer predicts them) is held at one spot of the
floor; before and after, the correction fades into the next one, so that nothing pops. The legs
then follow by two-bone inverse kinematics, with knees bending in the plane they bent in; where a
leg is too short the pelvis comes down, and where the body sinks it comes up. The path over the
ground and the upper body stay as they are.
"""

from __future__ import annotations

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.contacts import ANKLES, BALL, HEEL, TOES, sole_points
from motionllm.motion.curves import box, box_envelope, closed, ease, runs

GAP = 3  # frames: contacts that flicker are closed ...
SHORTEST = 3  # frames: ... and stretches shorter than this are no stance, not even a run's
FASTEST = 0.9  # m/s: a sole that moves faster is not planted, whatever the network says
FARTHEST = 0.2  # metres: a correction larger than this is a false contact
HIGHEST = 0.08  # metres: a sole that stands higher stands on something, and keeps its height
LOW, SLOW = 0.025, 0.4  # metres, m/s: a sole so near the floor and so slow stands, predicted or not
CLEARANCE = 0.03  # metres that a sole is lifted in the middle of a step of STEP metres or more:
STEP = 0.3  # a foot that goes somewhere does not glide
LANDED = 0.45  # m/s: a stance begins and ends where the sole is as slow as this, lest it pop
REACH = 0.98  # of the leg's length: no knee is locked that was not
BODY = 0.055  # metres: the least height of joints that are no feet
SEEN = 0.004  # metres: less under the floor is not seen, and not worth moving a planted foot for
HELD = 0.15  # seconds before and after in which the body comes up or down for a leg
FADE = 0.5  # seconds after which a correction is gone where no other stance follows
LIFT = 0.13  # seconds in which a sole that was set down regains its own height: a foot that swings
# low would else be drawn along the floor
HIPS, KNEES = (1, 2), (4, 5)


def clean(clip: Clip) -> Clip:
    """Return the clip with exact foot contacts; a clip without any is only kept off the floor.

    Planted soles do not move at all and stand on the floor, no sole is under it. Contacts are
    those that were used.
    """
    rotations = clip.rotations.astype(np.float64)
    place = clip.translation.astype(np.float64)
    if clip.frames < SHORTEST:
        return clip
    world, joints = skeleton.world_transforms(rotations, place)
    soles = sole_points(world, joints)
    planted = _stances(clip.contacts, soles, clip.fps)
    wanted = soles + _corrections(soles, planted, clip.fps)
    wanted[..., 1] = np.maximum(wanted[..., 1], _clearance(wanted, planted))
    turned, ankles = [], []
    for side, ankle in enumerate(ANKLES):
        foot, spot = _place_foot(
            world[:, ankle],
            soles[:, 2 * side : 2 * side + 2],
            wanted[:, 2 * side : 2 * side + 2],
            planted[:, 2 * side : 2 * side + 2],
        )
        turned.append(foot)
        ankles.append(spot)
    # Nothing else is pulled under the floor for a foot to reach it.
    room = np.maximum(_lowest(joints) - BODY, 0.0)
    drop = np.minimum(_pelvis_drop(joints, np.stack(ankles, axis=1), clip.fps), room)
    drop -= _envelope(np.maximum(BODY - _lowest(joints), 0.0), clip.fps)
    place = place - drop[:, None] * [0.0, 1.0, 0.0]
    joints = joints - drop[:, None, None] * [0.0, 1.0, 0.0]
    for side in (0, 1):
        _bend_leg(rotations, world, joints, side, ankles[side], turned[side])
    place = place + _sunk(rotations, place, clip.fps)[:, None] * [0.0, 1.0, 0.0]
    return clip.moved(rotations, place, planted)


def _stances(contacts: np.ndarray, soles: np.ndarray, fps: float) -> np.ndarray:
    """Return (T, 4) bool: contacts without flicker and without those that cannot be."""
    speed = np.linalg.norm(np.gradient(soles[..., ::2], axis=0), axis=-1) * fps
    planted = (contacts & (speed < FASTEST)) | ((soles[..., 1] < LOW) & (speed < SLOW))
    for index, column in enumerate(planted.T):
        column[:] = closed(column, GAP)
        for start, stop in runs(column):
            slow = np.flatnonzero(speed[start:stop, index] < LANDED)
            first, last = (start + slow[0], start + slow[-1] + 1) if len(slow) else (stop, stop)
            column[start:first] = column[last:stop] = False
            if last - first < SHORTEST:
                column[first:last] = False
    return planted


def _corrections(soles: np.ndarray, planted: np.ndarray, fps: float) -> np.ndarray:
    """Return (T, 4, 3), what to add to the soles; stances that need too much are taken back."""
    added = np.zeros_like(soles)
    for index in range(soles.shape[1]):
        track = soles[:, index]
        stances = []
        for start, stop in runs(planted[:, index]):
            spot = track[start:stop].mean(axis=0)
            if spot[1] < HIGHEST:
                spot[1] = 0.0
            shift = spot - track[start:stop]
            if np.linalg.norm(shift, axis=1).max() > FARTHEST:
                planted[start:stop, index] = False
                continue
            added[start:stop, index] = shift
            stances.append((start, stop))
        lowered = np.minimum(added[:, index] * [0.0, 1.0, 0.0], 0.0)
        others = added[:, index] - lowered
        _fill_between(others, stances, int(FADE * fps))
        _fill_between(lowered, stances, int(LIFT * fps))
        added[:, index] = others + lowered
    return added


def _fill_between(added: np.ndarray, stances: list[tuple[int, int]], fade: int) -> None:
    """Lead the correction (T, 3) from each stance to the next, in place.

    Quintic easing: speed and acceleration of the correction are zero at both ends.
    """
    frames = len(added)
    edges = [(0, 0), *stances, (frames, frames)]
    for (_, before), (after, _) in zip(edges, edges[1:], strict=False):
        count = after - before
        if count <= 0:
            continue
        first = added[before - 1] if before > 0 else None
        last = added[after] if after < frames else None
        steps = np.arange(1, count + 1)
        if first is not None and last is not None and count <= 2 * fade:
            added[before:after] = first + ease(steps / (count + 1))[:, None] * (last - first)
            continue
        if first is not None:
            added[before:after] += (1.0 - ease(steps / (fade + 1)))[:, None] * first
        if last is not None:
            added[before:after] += (1.0 - ease((count + 1 - steps) / (fade + 1)))[:, None] * last


def _clearance(wanted: np.ndarray, planted: np.ndarray) -> np.ndarray:
    """Return (T, 4), the least height of the soles: an arc over each step, else the floor."""
    least = np.zeros(planted.shape)
    for index in range(planted.shape[1]):
        for start, stop in runs(~planted[:, index]):
            if start == 0 or stop == len(planted) or stop - start < SHORTEST:
                continue
            gone = np.linalg.norm(wanted[stop, index, ::2] - wanted[start - 1, index, ::2])
            t = np.arange(1, stop - start + 1) / (stop - start + 1)
            arc = ease(2.0 * t) * ease(2.0 - 2.0 * t)
            least[start:stop, index] = CLEARANCE * min(1.0, gone / STEP) * arc
    return least


def _place_foot(
    world: np.ndarray, soles: np.ndarray, wanted: np.ndarray, planted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the foot's world rotation (T, 4) and the ankle's position (T, 3).

    The foot is turned by the smallest rotation that lays its sole along the wanted line; of its
    two ends the planted one is met exactly, the middle where both or none are.
    """
    line = wanted[:, 1] - wanted[:, 0]
    foot = rotation.multiply(rotation.between(soles[:, 1] - soles[:, 0], line), world)
    weight = 0.5 + 0.5 * (planted[:, 1].astype(float) - planted[:, 0].astype(float))
    # A sole does not stretch: what the two ends want is made to fit, the free one giving way.
    # Two planted ends that do not fit (by millimetres) share the error, and it is shared out
    # slowly, lest the foot jump when one of them comes off.
    size = np.linalg.norm(line, axis=1, keepdims=True)
    extra = line * (1.0 - np.linalg.norm(BALL - HEEL) / np.maximum(size, 1e-6))
    share = np.where(planted.all(axis=1), box(weight, 2), weight)
    heel = wanted[:, 0] + share[:, None] * extra
    return foot, heel - rotation.rotate(foot, HEEL[None])


def _reach(hips: np.ndarray, ankles: np.ndarray) -> np.ndarray:
    """Return (...) metres from hip to ankle that a leg may stretch to."""
    return np.maximum(REACH * skeleton.LEG_LENGTH, np.linalg.norm(ankles - hips, axis=-1))


def _pelvis_drop(joints: np.ndarray, ankles: np.ndarray, fps: float) -> np.ndarray:
    """Return (T,) metres by which the pelvis must come down for both legs to reach."""
    reach = _reach(joints[:, HIPS], joints[:, ANKLES])
    legs = joints[:, HIPS] - ankles
    aside = np.minimum((legs[..., ::2] ** 2).sum(axis=-1), reach**2)
    missing = np.maximum(legs[..., 1] - np.sqrt(reach**2 - aside), 0.0).max(axis=1)
    return _envelope(missing, fps)


def _lowest(joints: np.ndarray) -> np.ndarray:
    """Return (T,) metres from the floor to the lowest of all joints but the feet."""
    return np.delete(joints[..., 1], (*ANKLES, *TOES), axis=1).min(axis=1)


def _sunk(rotations: np.ndarray, place: np.ndarray, fps: float) -> np.ndarray:
    """Return (T,) metres by which the body must come up for what is left under the floor.

    Feet whose two ends want what no foot can, and legs too folded to follow.
    """
    world, joints = skeleton.world_transforms(rotations, place)
    soles = sole_points(world, joints)[..., 1].min(axis=1)
    under = np.minimum(soles + SEEN, _lowest(joints) - BODY)
    return _envelope(np.maximum(-under, 0.0), fps)


def _envelope(amount: np.ndarray, fps: float) -> np.ndarray:
    """Return (T,) a smooth curve that is nowhere under the amount."""
    return box_envelope(amount, max(1, int(HELD * fps)))


def _bend_leg(
    rotations: np.ndarray,
    world: np.ndarray,
    joints: np.ndarray,
    side: int,
    target: np.ndarray,
    foot: np.ndarray,
) -> None:
    """Put one ankle at its target (T, 3), its foot turned as wanted (T, 4); rotations in place."""
    hip, knee, ankle = HIPS[side], KNEES[side], ANKLES[side]
    upper, lower = (float(np.linalg.norm(skeleton.OFFSETS[j])) for j in (knee, ankle))
    root = joints[:, hip]
    thigh = joints[:, knee] - root
    aim = target - root
    length = np.linalg.norm(aim, axis=1, keepdims=True)
    direction = aim / np.maximum(length, 1e-9)
    most = _reach(root, joints[:, ankle])[:, None]
    span = np.clip(length, abs(upper - lower) + 1e-3, np.minimum(most, upper + lower))
    # The knee stays on the side of the line from hip to ankle on which it was. The leg as it was
    # is first turned as a whole, since the plane of a nearly straight leg says little.
    swing = rotation.between(joints[:, ankle] - root, aim)
    thigh = rotation.rotate(swing, thigh)
    # A straight leg's plane comes from the thigh's own forward axis; both are blended by weight.
    ahead = rotation.rotate(rotation.multiply(swing, world[:, hip]), np.array([[0.0, 0.0, 1.0]]))
    bend = thigh + 0.05 * ahead
    bend = bend - (bend * direction).sum(axis=1, keepdims=True) * direction
    bend = bend / np.maximum(np.linalg.norm(bend, axis=1, keepdims=True), 1e-9)
    along = (upper**2 + span**2 - lower**2) / (2.0 * span)
    out = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    new_knee = root + along * direction + out * bend
    new_ankle = root + span * direction
    swung = rotation.multiply(swing, world[:, hip])
    hip_world = rotation.multiply(rotation.between(thigh, new_knee - root), swung)
    shin = rotation.rotate(
        rotation.multiply(hip_world, rotations[:, knee]), skeleton.OFFSETS[ankle][None]
    )
    knee_world = rotation.multiply(
        rotation.between(shin, new_ankle - new_knee),
        rotation.multiply(hip_world, rotations[:, knee]),
    )
    rotations[:, hip] = rotation.multiply(rotation.conjugate(world[:, 0]), hip_world)
    rotations[:, knee] = rotation.multiply(rotation.conjugate(hip_world), knee_world)
    rotations[:, ankle] = rotation.multiply(rotation.conjugate(knee_world), foot)
