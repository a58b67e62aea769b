"""Whether the bones called left are the body's left ones: toes and knees tell. numpy only.

Left and right with the direction up say where the front is. If toes, or where there are none feet
or bent knees and elbows, point the other way at rest, the names are those of a mirror image.
"""

import re

import numpy as np

from motionllm.motion import skeleton
from motionllm.rig.rig import Rig

J = skeleton.JOINTS
ARMS = tuple((J[f"left_{p}"], J[f"right_{p}"]) for p in ("collar", "shoulder", "elbow", "wrist"))
LEGS = tuple((J[f"left_{p}"], J[f"right_{p}"]) for p in ("hip", "knee", "ankle", "foot"))
TOES = 0.06  # leg lengths that toes reach ahead of the ankle, on average, to be believed
BEND = 0.05  # limb lengths that a knee or elbow lies off the line between the limb's ends
STANDS = 0.8  # cosine: a trunk as much along the legs, hips as much across them stand
FORWARD = 0.3  # cosine of toes to the front in the mean of a motion, from which they tell
MOVING_BEND = 0.04  # limb lengths that knees bend to the front in the mean of a motion
_HEEL = re.compile(r"heel|pivot|(?:^|[_ .\-])(?:ik|ctrl|pole)(?:$|[_ .\-])", re.IGNORECASE)


def right_sides(bones: dict[int, int], rig: Rig) -> tuple[dict[int, int], str]:
    """Return the bones of the joints with left and right as the body has them, and a note.

    Args:
        bones: joint index -> bone index, as names have them.
        rig: at rest.

    Returns:
        The same bones and "" where nothing speaks against the names.
    """
    wrong = reversed_limbs(bones, rig)
    if not wrong:
        return bones, ""
    swapped = {}
    for limbs in wrong:
        for left, right in limbs:
            swapped |= {a: bones[b] for a, b in ((left, right), (right, left)) if b in bones}
    gone = {joint for limbs in wrong for pair in limbs for joint in pair}
    kept = {joint: bone for joint, bone in bones.items() if joint not in gone}
    which = "Left and right" if len(wrong) == 2 else "Left and right of the " + _word(wrong[0])
    return dict(sorted((kept | swapped).items())), (
        f"{which} are named the other way round on this rig: the motion follows the body, whose "
        "left side is where its toes and knees say. Rename the bones, or pick others in the "
        "panel's Rig section, if that is wrong."
    )


def contradiction(bones: dict[int, int], rig: Rig) -> str:
    """Return a note on bones that were picked for sides where the body has not got them."""
    wrong = reversed_limbs(bones, rig)
    if not wrong:
        return ""
    what = "bones" if len(wrong) == 2 else _word(wrong[0])
    return (
        f"The {what} picked as left are on the right of the body, as toes and knees say: the "
        "motion comes out turned about. Swap left and right in the panel's Rig section."
    )


def reversed_limbs(bones: dict[int, int], rig: Rig) -> list[tuple[tuple[int, int], ...]]:
    """Return which of `LEGS` and `ARMS` are on the other side than their joints say.

    None where the rest pose does not stand: where a limb points says little then.
    """
    if any(joint not in bones for pair in (*LEGS[:3], *ARMS[1:3]) for joint in pair):
        return []
    heads = {joint: rig.heads[bone] for joint, bone in bones.items()}
    hips, ankles, shoulders = (
        0.5 * (heads[left] + heads[right]) for left, right in (LEGS[0], LEGS[2], ARMS[1])
    )
    leg, trunk = hips - ankles, shoulders - hips
    side, arms = (heads[left] - heads[right] for left, right in (LEGS[0], ARMS[1]))
    length, width = float(np.linalg.norm(leg)), float(np.linalg.norm(side))
    ahead = np.cross(side, leg)
    depth = float(np.linalg.norm(ahead))
    stands = leg @ trunk > STANDS * length * np.linalg.norm(trunk)
    if not stands or depth < STANDS * length * width or depth < 1e-12:
        return []
    front = _front(bones, rig, heads, ahead / depth, length)
    crossed = side @ arms < -STANDS * width * np.linalg.norm(arms)
    wrong = [LEGS] if front < 0 else []
    # Arms of the other side than the legs go with what the legs are found to be.
    return wrong + ([ARMS] if crossed != (front < 0) else [])


def reversed_in_motion(
    at: dict[str, np.ndarray], feet: dict[str, np.ndarray]
) -> list[tuple[tuple[int, int], ...]]:
    """Return which limbs are on the other side than their names say, by what a motion shows.

    People's toes and knees point ahead of them for most of the time, whatever they do.

    Args:
        at: joint name -> (T, 3) its places, of legs and arms.
        feet: side -> (T, 3) from the ankle to the toes; empty where nothing is known of them.
    """
    side, arms = (at[f"left_{part}"] - at[f"right_{part}"] for part in ("hip", "shoulder"))
    trunk = sum(at[f"{s}_shoulder"] - at[f"{s}_hip"] for s in ("left", "right"))
    ahead = _unit(np.cross(side, trunk))
    toes = [np.sum(_unit(foot) * ahead, axis=-1).mean() for foot in feet.values()]
    toe = float(sum(toes)) / max(len(toes), 1)
    knees = []
    for s in ("left", "right"):
        off, way = at[f"{s}_knee"] - at[f"{s}_hip"], _unit(at[f"{s}_ankle"] - at[f"{s}_hip"])
        size = np.maximum(2.0 * np.linalg.norm(off, axis=-1), 1e-9)
        off = off - np.sum(off * way, axis=-1, keepdims=True) * way
        knees.append(float((np.sum(off * ahead, axis=-1) / size).mean()))
    behind = max(knees) < -MOVING_BEND if abs(toe) < FORWARD else toe < 0.0
    behind = behind and sum(knees) < 0.5 * MOVING_BEND
    crossed = float(np.sum(_unit(side) * _unit(arms), axis=-1).mean()) < -STANDS
    return ([LEGS] if behind else []) + ([ARMS] if crossed != behind else [])


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def _front(
    bones: dict[int, int], rig: Rig, heads: dict[int, np.ndarray], ahead: np.ndarray, leg: float
) -> int:
    """Return 1 where the body faces `ahead`, -1 where it faces away, 0 where nothing tells."""
    limit = TOES * leg
    toes = [_toe_reach(rig, bones[ankle], ahead) for ankle in LEGS[2]]
    feet = [
        float((rig.tails[bones[ankle]] - heads[ankle]) @ ahead)
        # Where bones are drawn along the body, a foot's tail is at its ball.
        if np.linalg.norm(rig.tails[bones[knee]] - heads[ankle]) < 0.1 * leg else 0.0
        for knee, ankle in zip(LEGS[1], LEGS[2], strict=True)
    ]  # fmt: skip
    knees = [_bend(heads, ahead, *(pair[s] for pair in LEGS[:3])) / BEND for s in (0, 1)]
    ends = all(joint in heads for joint in ARMS[3])
    elbows = [-_bend(heads, ahead, *(p[s] for p in ARMS[1:])) / BEND for s in (0, 1) if ends]
    for clue in ([r / limit for r in toes], [r / limit for r in feet], knees, elbows):
        if clue and min(map(abs, clue)) > 0.5 and abs(sum(clue)) > len(clue):
            if min(clue) > 0:
                return 1
            if max(clue) < 0:
                return -1
    return 0


def _toe_reach(rig: Rig, ankle: int, ahead: np.ndarray) -> float:
    """Return how far what hangs on a foot reaches ahead of it, or behind where that is more."""
    below = [
        float((rig.heads[bone] - rig.heads[ankle]) @ ahead)
        for bone in range(len(rig.names))
        if bone != ankle and ankle in rig.above(bone) and not _HEEL.search(rig.names[bone])
    ]
    return max(below, key=abs, default=0.0)


def _bend(
    heads: dict[int, np.ndarray], ahead: np.ndarray, upper: int, middle: int, end: int
) -> float:
    """Return how far a limb's middle joint lies ahead of the line between its ends, in limbs."""
    way, off = heads[end] - heads[upper], heads[middle] - heads[upper]
    square = float(way @ way)
    if square < 1e-12:
        return 0.0
    return float((off - (off @ way) / square * way) @ ahead) / float(np.sqrt(square))


def _word(limbs: tuple[tuple[int, int], ...]) -> str:
    return "legs" if limbs is LEGS else "arms"
