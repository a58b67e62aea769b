"""Planted feet held in place on the target rig by two-bone inverse kinematics. numpy only.

The clip's contacts say when heel or toe is planted. From the frame a foot is set down to the frame
it leaves the ground its point of contact keeps its place, rolling from heel to toe, at the clip's
height over the ground; before and after, what that moved the foot by fades in and out. Thigh and
shin are turned so that the ankle follows, in the plane the knee bends in; the foot keeps its own
turn.
"""

import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.curves import runs, stretches
from motionllm.motion.two_bones import two_bones
from motionllm.rig.carry.rest import Fit
from motionllm.rig.rig import Rig

J = skeleton.JOINTS
FADE = 0.2  # seconds of a soft entry or exit
SLIDE = 0.12  # metres: a contact that travels further than this slides on purpose
GAP = 2  # frames that a contact may be lost without the foot having left the ground
NONE, TOE, HEEL = 0, 1, 2


def lock(
    clip: Clip,
    rig: Rig,
    bones: dict[int, int],
    how: Fit,
    turns: list[np.ndarray],
    pelvis: np.ndarray,
) -> None:
    """Turn thighs and shins so that planted feet stay; changes `turns` in place.

    Args:
        clip: says when which foot is planted.
        bones: joint index -> bone index.
        how: of the rig's rest pose.
        turns: (T, 4) for each bone, its turn since rest in armature axes.
        pelvis: (T, 3) where the pelvis bone's head is.
    """
    up = rotation.rotate(how.axes, np.array([0.0, 1.0, 0.0]))
    for number, side in enumerate(("left", "right")):
        hip, knee, ankle = (bones[J[f"{side}_{part}"]] for part in ("hip", "knee", "ankle"))
        at = {bone: place_of(rig, turns, bones, pelvis, bone) for bone in (hip, knee, ankle)}
        toe = _toe(rig, turns, bones, how, at[ankle], side, pelvis)
        planted = clip.contacts[:, 2 * number : 2 * number + 2]
        lift = _lift(clip, rig, bones, how, side, at[ankle], toe, up)
        offset = _offsets(planted, at[ankle], toe, clip.fps, how.scale, lift, up)
        held = np.linalg.norm(offset, axis=1) > 1e-9 * how.scale
        if not held.any():
            continue
        a, b = at[knee] - at[hip], at[ankle] - at[knee]
        hinge = rotation.multiply(
            rotation.multiply(turns[knee], how.axes),
            rotation.conjugate(how.corrections[J[f"{side}_knee"]]),
        )
        hinge = rotation.rotate(hinge, np.array([1.0, 0.0, 0.0]))
        thigh, shin = two_bones(a, b, a + b + offset, hinge)
        for bone, extra in ((hip, thigh), (knee, shin)):
            _replace(turns, bone, np.where(held[:, None], extra, rotation.identity()))


def place_of(
    rig: Rig, turns: list[np.ndarray], bones: dict[int, int], pelvis: np.ndarray, bone: int
) -> np.ndarray:
    """Return where a bone's head is (T, 3), given the pelvis' place and all turns."""
    place = pelvis
    above = bones[J["pelvis"]]
    for step in rig.between(above, bone):
        place = place + rotation.rotate(turns[above], rig.heads[step] - rig.heads[above])
        above = step
    return place


def _toe(
    rig: Rig, turns: list, bones: dict, how: Fit, ankle: np.ndarray, side: str, pelvis: np.ndarray
) -> np.ndarray:
    """Return the toe joint's place (T, 3); where the rig has none, that of a usual foot."""
    joint = J[f"{side}_foot"]
    if joint in bones:
        return place_of(rig, turns, bones, pelvis, bones[joint])
    offset = how.scale * rotation.rotate(how.axes, skeleton.OFFSETS[joint].astype(np.float64))
    return ankle + rotation.rotate(turns[bones[J[f"{side}_ankle"]]], offset)


def _lift(
    clip: Clip, rig: Rig, bones: dict, how: Fit, side: str, heel: np.ndarray, toe: np.ndarray,
    up: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return how far (T, 2) heel and toe have to be raised to their heights over the ground.

    Legs of other proportions bring the feet to other heights than the clip's; at rest the rig
    stands on the ground as the canonical body does.
    """
    ankle_joint, toe_joint = J[f"{side}_ankle"], J[f"{side}_foot"]
    down = float(skeleton.OFFSETS[toe_joint, 1])
    rest = {ankle_joint: rig.heads[bones[ankle_joint]] @ up}
    rest[toe_joint] = rest[ankle_joint] + how.scale * down
    if toe_joint in bones:
        rest[toe_joint] = rig.heads[bones[toe_joint]] @ up
    raised = []
    for joint, place, own in (
        (ankle_joint, heel, skeleton.ANKLE_HEIGHT),
        (toe_joint, toe, skeleton.ANKLE_HEIGHT + down),
    ):
        wanted = rest[joint] + how.scale * (clip.joints[:, joint, 1].astype(np.float64) - own)
        raised.append(wanted - place @ up)
    return np.stack(raised, axis=1)


def _offsets(
    planted: np.ndarray, heel: np.ndarray, toe: np.ndarray, fps: float, scale: float,
    lift: np.ndarray, up: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return how far (T, 3) to move the foot in each frame.

    Args:
        planted: (T, 2) bool, ankle and toe.
        heel, toe: (T, 3) their places.
        fps: frames a second.
        scale: units a metre.
        lift: (T, 2) how far heel and toe have to be raised to their heights over the ground.
        up: (3,) unit vector.
    """
    state = np.where(planted[:, 1], TOE, np.where(planted[:, 0], HEEL, NONE))
    _close_gaps(state)
    frames = len(state)
    offset = np.zeros((frames, 3))
    firm = np.zeros(frames, bool)
    points = {TOE: (toe, lift[:, 1]), HEEL: (heel, lift[:, 0])}
    last = np.zeros(3)
    for start, stop in stretches(state):
        if state[start] == NONE:
            continue
        point, raised = (values[start:stop] for values in points[int(state[start])])
        goes_on = start > 0 and firm[start - 1]
        pin = point[0] + last if goes_on else point.mean(axis=0)
        moved = pin - point
        moved = moved - (moved @ up)[:, None] * up
        if np.linalg.norm(moved, axis=1).max() > SLIDE * scale:
            continue
        offset[start:stop] = moved + raised[:, None] * up
        firm[start:stop] = True
        last = moved[-1]
    _fade(offset, firm, max(2, int(round(FADE * fps))))
    return offset


def _close_gaps(state: np.ndarray) -> None:
    where = np.flatnonzero(state)
    for a, b in zip(where[:-1], where[1:], strict=True):
        if 1 < b - a <= GAP + 1:
            state[a + 1 : b] = state[a]


def _fade(offset: np.ndarray, firm: np.ndarray, length: int) -> None:
    """Fill the frames between held stretches: the end of one fades out, the next one fades in."""
    frames = len(firm)
    for start, stop in runs(~firm):
        count = stop - start
        ramp = np.clip(np.arange(1, count + 1) / (min(length, count) + 1), 0.0, 1.0)
        ramp = ramp * ramp * (3.0 - 2.0 * ramp)
        if start > 0:
            offset[start:stop] += (1.0 - ramp)[:, None] * offset[start - 1]
        if stop < frames:
            offset[start:stop] += (1.0 - ramp)[::-1, None] * offset[stop]


def _replace(turns: list[np.ndarray], bone: int, extra: np.ndarray) -> None:
    """Turn a bone further, and the helpers that follow it and share its array."""
    old = turns[bone]
    new = rotation.multiply(extra, old)
    for index, value in enumerate(turns):
        if value is old:
            turns[index] = new
