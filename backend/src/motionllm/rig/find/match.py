"""Which bone of a rig is which of the 22 joints, and how sure that is. numpy only.

Names first (`family`), then names at the ends of limbs with the hierarchy above them (`limbs`),
then form alone (`form`). Whatever found them, the bones must stand as a person does.
"""

import contextlib
import json
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import skeleton
from motionllm.rig.find.family import REQUIRED, IkControls, is_tree, match_names
from motionllm.rig.find.form import match_structure
from motionllm.rig.find.limbs import find_joints
from motionllm.rig.find.loose import joined, loose_joints, whole
from motionllm.rig.find.sides import contradiction, right_sides
from motionllm.rig.rig import Rig

J = skeleton.JOINTS
PRESET = 1  # version of preset files
Z_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Match:
    """Which bones of a rig are the canonical joints.

    Attributes:
        family: name of the family, "humanoid" for a rig of none.
        bones: joint index -> bone index; joints that the rig does not have are absent.
        confidence: joint index -> 0..1, how sure the bone is.
        properties: bone name -> custom property -> value that a control rig needs.
        track: index of the bone that carries a path of its own, None for the topmost.
        follows: bone index -> the bone it turns with by constraints.
        ik: the IK controls of a control rig that can follow as well.
        loose: joints whose bones do not hang on their limb, see `find.loose`; none in a control
            rig, whose parts hang on each other by constraints.
        notes: what the user should know about it, in sentences.
    """

    family: str
    bones: dict[int, int]
    confidence: dict[int, float] = field(default_factory=dict)
    properties: dict[str, dict[str, float]] = field(default_factory=dict)
    track: int | None = None
    follows: dict[int, int] = field(default_factory=dict)
    ik: IkControls | None = None
    loose: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def match_rig(
    rig: Rig, what: str = "The armature", purpose: str = "write", up: np.ndarray = Z_UP
) -> Match:
    """Find the joints of a rig.

    Args:
        what: for messages.
        purpose: "write" to animate the rig, "read" to see what it does.
        up: (3,) where up is, in the armature's space; asked only where names say nothing.

    Raises:
        MotionError: code "no_rig"; the sentence says what was not found.
    """
    if not rig.names:
        raise MotionError("no_rig", f"{what} has no bones.", "Choose a humanoid character.")
    named = match_names(rig, purpose)
    if named is not None:
        family = named.family
        bones = named.bones if family.use else complete(named.bones, rig)
        check_stance(bones, rig, what, up)
        sure = {joint: 1.0 if named.bones.get(joint) == bones[joint] else 0.9 for joint in bones}
        index = {name: bone for bone, name in enumerate(rig.names)}
        follows = {index[a]: index[b] for a, b in family.follows.items() if {a, b} <= index.keys()}
        match = Match(
            named.name, bones, sure, family.properties, index.get(family.track), follows, family.ik
        )
        return match if family.use else _as_body(match, rig)
    found, sure = _unnamed(rig, what, up)
    bones = complete(found, rig)
    check_stance(bones, rig, what, up)
    return _as_body(Match("humanoid", bones, dict.fromkeys(bones, sure)), rig)


def _unnamed(rig: Rig, what: str, up: np.ndarray) -> tuple[dict[int, int], float]:
    """Return joint -> bone of a rig of no family, and how sure that is.

    Raises:
        MotionError: code "no_rig"; the sentence says what form did not show.
    """
    limbs = joined(rig)
    # Feet and hands that hang on nothing are found below the limbs they belong to.
    looks = (rig,) if limbs is rig else (rig, limbs)
    tries = [partial(_by_hierarchy, seen, what) for seen in looks]
    tries += [partial(match_structure, seen, np.asarray(up, np.float64), what) for seen in looks]
    problem = None
    for look in tries:
        try:
            bones, sure = look()
        except MotionError as error:
            problem = error
            continue
        if is_tree(bones, whole(rig, bones)):
            return bones, sure
    raise problem or MotionError(
        "no_rig",
        f"{what} has bones that do not hang on each other as a body's do.",
        "Choose a humanoid character, or pick its bones in the panel's Rig section.",
    )


def _as_body(match: Match, rig: Rig) -> Match:
    """Return a match with left and right as the body has them, and its loose ends told."""
    bones, note = right_sides(match.bones, rig)
    sure = {bone: match.confidence[joint] for joint, bone in match.bones.items()}
    return replace(
        match,
        bones=bones,
        confidence={joint: sure[bone] for joint, bone in bones.items()},
        loose=tuple(loose_joints(bones, rig)),
        notes=(note,) if note else (),
    )


def complete(bones: dict[int, int], rig: Rig) -> dict[int, int]:
    """Return the joints with the spine put right: its last bone is the one that carries the arms.

    Of n bones between pelvis and arms the three joints get those at thirds; where names gave
    other ones on the way, those stay.
    """
    result = dict(bones)
    arms = [bones[J[j]] for j in ("left_collar", "right_collar") if J[j] in bones]
    arms += [bones[J["left_shoulder"]], bones[J["right_shoulder"]]]
    chest = rig.common(arms)
    pelvis = bones[J["pelvis"]]
    spine = rig.between(pelvis, chest) if chest is not None else []
    if chest in arms:
        spine = spine[:-1]
    names = [J["spine1"], J["spine2"], J["spine3"]]
    mapped = {bone: joint for joint, bone in bones.items()}
    # Neither helpers of a control rig nor what is another joint: a thigh that carries the trunk.
    spine = [b for b in spine if mapped.get(b, names[0] if rig.deforms[b] else -1) in names]
    if not spine:
        return {joint: bone for joint, bone in result.items() if joint not in names}
    for joint in names:
        if result.get(joint) not in spine:
            result.pop(joint, None)
    if result.get(names[2]) != spine[-1]:
        for joint in names:
            if result.get(joint) == spine[-1]:
                result.pop(joint)
        result[names[2]] = spine[-1]
        for step, joint in enumerate(names[:2], start=1):
            place = max(step * len(spine) // 3 - 1, 0)
            if joint not in result and spine[place] not in result.values():
                result[joint] = spine[place]
    return dict(sorted(result.items()))


def check_stance(bones: dict[int, int], rig: Rig, what: str, up: np.ndarray = Z_UP) -> None:
    """Refuse what has the bones of a person and stands on four legs.

    A rest pose that does not stand at all is let through: motions can still be read from it.

    Raises:
        MotionError: code "no_rig"; the sentence says what is wrong.
    """
    missing = [joint for joint in REQUIRED if J[joint] not in bones]
    if missing:
        raise MotionError(
            "no_rig",
            f"{what} has no bone for: {', '.join(missing).replace('_', ' ')}.",
            "Pick the bones in the panel's Rig section, or choose a humanoid character.",
        )
    heads = rig.heads

    def middle(part: str) -> np.ndarray:
        return 0.5 * (heads[bones[J[f"left_{part}"]]] + heads[bones[J[f"right_{part}"]]])

    hips, ankles, shoulders = middle("hip"), middle("ankle"), middle("shoulder")
    hands = middle("wrist") if {J["left_wrist"], J["right_wrist"]} <= bones.keys() else shoulders
    leg, trunk = hips - ankles, shoulders - hips
    sizes = np.linalg.norm(leg), np.linalg.norm(trunk)
    if min(sizes) < 1e-6:
        raise MotionError("no_rig", f"{what} has legs or a trunk of no length.")
    stands = leg @ up > 0.8 * sizes[0]
    level = abs(trunk @ up) < 0.6 * sizes[1]
    if stands and level and (hands - ankles) @ up < 0.3 * sizes[0]:
        raise MotionError(
            "no_rig",
            f"{what} stands on four legs: its trunk lies level and its hands reach the floor.",
            "Choose a humanoid character that stands upright at rest.",
        )


def corrected(match: Match, chosen: dict[int, int | None], rig: Rig, what: str) -> Match:
    """Return a match with bones of the user's own choice in it.

    Args:
        chosen: joint -> bone, None where the rig has none.

    Raises:
        MotionError: code "no_rig", if a needed joint is left without a bone, or the bones of two
            joints hang the wrong way round.
    """
    bones = {joint: bone for joint, bone in match.bones.items() if joint not in chosen}
    taken = {bone for bone in chosen.values() if bone is not None}
    bones = {joint: bone for joint, bone in bones.items() if bone not in taken}
    bones |= {joint: bone for joint, bone in chosen.items() if bone is not None}
    if all(chosen.get(J[joint]) is not None for joint in REQUIRED):
        bones = _around(bones, chosen, rig)
    check_stance(bones, rig, what)
    control_rig = bool(match.properties)
    if not (control_rig or is_tree(bones, whole(rig, bones))):
        raise MotionError(
            "no_rig",
            f"In {what} the chosen bones do not hang on each other as a body's do.",
            "Look for a joint whose bone lies above that of the joint before it.",
        )
    sure = {joint: match.confidence.get(joint, 1.0) for joint in bones}
    sure |= dict.fromkeys((j for j, b in chosen.items() if b is not None), 1.0)
    loose = () if control_rig else tuple(loose_joints(bones, rig))
    note = "" if control_rig else contradiction(bones, rig)
    return replace(
        match, bones=dict(sorted(bones.items())), confidence=sure, loose=loose,
        notes=(note,) if note else (),
    )  # fmt: skip


def _around(bones: dict[int, int], chosen: dict[int, int | None], rig: Rig) -> dict[int, int]:
    """Return a whole chosen body with those found bones that belong to it.

    A file may hold two skeletons, and the names may have led to the other one.
    """
    pelvis = chosen[J["pelvis"]]
    kept = {
        joint: bone for joint, bone in bones.items()
        if joint in chosen or pelvis in rig.above(bone)
    }  # fmt: skip
    spine = {J["spine1"], J["spine2"], J["spine3"]}
    return kept if spine & chosen.keys() else complete(kept, rig)


def preset_text(names: dict[str, str], family: str) -> str:
    """Return a mapping, joint name -> bone name ("" for none), as the text of a preset file."""
    return json.dumps({"motionllm_rig": PRESET, "family": family, "bones": names}, indent=2) + "\n"


def read_preset(text: str, name: str) -> dict[str, str]:
    """Return joint name -> bone name of a preset file's text.

    Raises:
        MotionError: code "bad_file", if it is no preset.
    """
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
        table = json.loads(text)
        bones = table["bones"]
        good = all(joint in J and isinstance(bone, str) for joint, bone in bones.items())
        if good and table["motionllm_rig"] == PRESET:
            return bones
    hint = "Export one from the panel."
    raise MotionError("bad_file", f"{name} is no preset of bones.", hint)


def _by_hierarchy(rig: Rig, what: str) -> tuple[dict[int, int], float]:
    """Return joint -> bone by names at the ends of limbs, and how sure that is."""
    humanoid = find_joints(list(rig.names), rig.parents.tolist(), what, rig.heads)
    return {J[joint]: bone for joint, bone in humanoid.joints.items()}, 0.75
