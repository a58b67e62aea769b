"""The motions in a file, for `motionllm caption`. May import bpy, motionllm, the scene's modules.

A .blend is read as it plays: what each animated character does. Files of other kinds are containers
of animations: all of them are read, whichever one their importer puts on.
"""

from pathlib import Path

import bpy

from motionllm.errors import MotionError
from motionllm.motion.clip import save_clip

from ..scene import actions, motions, read, ready, rigs
from ..scene.motions import Motion
from . import files

SHOWN = 5  # names in a note


def read_file(path: Path, folder: Path, action: str, character: str, first: bool) -> dict:
    """Read the motions of a file as clips.

    Args:
        folder: where the clips are written.
        action, character: names of those wanted, wildcards allowed; "" for any.
        first: the first one is enough.

    Returns:
        "motions": for each its "name", "armature" and "action", and either "out", "frames" and
        "notes" or the "error" that kept it from being read; "notes" on what was not read.

    Raises:
        MotionError: code "no_rig" if nobody is in it, "bad_request" if nothing is called as wanted.
    """
    everybody = files.people(path)
    chosen = files.called(everybody, character, path)
    if action or path.suffix.lower() != ".blend":
        found, notes = _animations(path, everybody, chosen, action), []
    else:
        found, notes = _played(everybody, chosen, bool(character))
    doing = {motion.character for motion in found}
    still = [armature.name for armature in everybody if not is_animated(armature)]
    if still and not character and doing.isdisjoint(still):
        notes.append(
            f"{len(everybody) - len(still)} of {len(everybody)} characters read; left out, since "
            f"without a motion of its own: {_listed(still)}."
        )
    if first:
        notes += _only_first(found)
        found = found[:1]
    several = len({motion.character for motion in found}) > 1
    answers = []
    for number, motion in enumerate(found):
        entry: dict[str, object] = {
            "name": _title(motion, several), "armature": motion.character,
            "action": _action_name(motion),
        }  # fmt: skip
        try:
            entry |= _read(motion, folder / f"{number}.npz")
        except MotionError as error:
            entry["error"] = [error.code, error.message, error.hint]
        answers.append(entry)
    return {"motions": answers, "notes": notes}


def _read(motion: Motion, out: Path) -> dict:
    armature, context = bpy.data.objects[motion.character], bpy.context
    ready.check_readable(armature)
    read.check_range(motion.start, motion.end)
    rig = rigs.read_rig(armature)
    match = rigs.match(armature, rig, "read")
    notes = [*([motion.note] if motion.note else []), *match.notes]
    if rig.mirrored:
        notes.append(f"{armature.name} is mirrored by a negative scale: it was read as it is seen.")
    if armature.data.pose_position == "REST":
        notes.append(f"{armature.name} is in rest position: it was read in pose position.")
    with motions.wearing(armature, motion):
        poses = read.read_poses(armature, context, motion.start, motion.end)
    if not motion.action and not read.check_moves(armature, poses):
        notes.append(f"{armature.name} does not move from frame {motion.start} to {motion.end}.")
    fps = read.scene_fps(context.scene)
    clip = read.pose_clip(poses, rig, match, fps, armature.name)[0]
    save_clip(clip, out)
    return {"out": str(out), "frames": clip.frames, "notes": notes}


def _played(
    everybody: list[bpy.types.Object], chosen: list[bpy.types.Object], named: bool
) -> tuple[list[Motion], list[str]]:
    """Return what the animated characters do, and notes on animations that nobody plays.

    If nobody is animated, what the best of them does all the same: something else may move it.
    """
    doing = [armature for armature in chosen if is_animated(armature)]
    doing = doing or (chosen if named else chosen[:1])
    found = [motions.of_character(armature, bpy.context.scene) for armature in doing]
    others = [
        motion.name for motion in _worn_by(chosen, everybody)
        if _moves(motion) and not any(_plays(armature, motion) for armature in everybody)
    ]  # fmt: skip
    if not others:
        return found, []
    return found, [
        f"{len(found)} of {len(found) + len(others)} animations read, what is played; --action "
        f"NAME reads another: {_listed(others)}."
    ]


def is_animated(armature: bpy.types.Object) -> bool:
    """Tell whether something of a character's own moves its bones, be it muted."""
    data = armature.animation_data
    if data is None:
        return False
    played = [(data.action, actions.slot_of(armature) or motions.missing_slot(armature))]
    for track in data.nla_tracks:
        for strip in track.strips:
            played.append((strip.action, strip.action_slot if actions.SLOTS else None))
    return any(action is not None and motions.moves_bones(action, slot) for action, slot in played)


def _moves(motion: Motion) -> bool:
    action = bpy.data.actions[motion.action]
    return motions.moves_bones(action, action.slots[motion.slot] if motion.slot else _slot(action))


def _slot(action: bpy.types.Action):
    """Return the slot that moves bones, of an action that has only one such."""
    slots = [slot for slot in actions.slots_of(action) if motions.bones_of(action, slot)]
    return slots[0] if slots else None


def _plays(armature: bpy.types.Object, motion: Motion) -> bool:
    action = bpy.data.actions[motion.action]
    slot = action.slots[motion.slot] if motion.slot else None
    return motions.is_used(action, slot, armature)


def _worn_by(chosen: list[bpy.types.Object], everybody: list[bpy.types.Object]) -> list[Motion]:
    """Return the motions of all actions that are some people's; others may have the same bones."""
    names = {armature.name for armature in chosen}
    return [motion for motion in motions.all_of(everybody)[0] if motion.character in names]


def _animations(
    path: Path, everybody: list[bpy.types.Object], chosen: list[bpy.types.Object], wanted: str
) -> list[Motion]:
    """Return every animation of a file, what is put on first.

    Raises:
        MotionError: code "bad_request", if none is called as wanted.
    """
    there = _worn_by(chosen, everybody)
    found = [motion for motion in there if _is_called(motion, wanted)]
    if not wanted:  # else a pose that an animation library holds would be one
        found = [motion for motion in found if _moves(motion)]
    if wanted and not found:
        names = [motion.name for motion in there]
        hint = f"There is {_listed(names)}." if names else "It holds no animation."
        raise MotionError("bad_request", f"{path.name} holds no animation called {wanted!r}.", hint)
    scene = bpy.context.scene
    if not found:
        return [motions.of_character(chosen[0], scene)]

    def rank(motion: Motion) -> tuple[int, bool]:
        armature = next(one for one in chosen if one.name == motion.character)
        return chosen.index(armature), not _is_on(motion)

    found.sort(key=rank)
    # What is on is read as it plays, by the frames that the scene plays of it.
    return [
        motions.of_character(bpy.data.objects[one.character], scene) if _is_on(one) else one
        for one in found
    ]


def _is_called(motion: Motion, wanted: str) -> bool:
    return files.is_called(motion.action, wanted) or files.is_called(motion.name, wanted)


def _is_on(motion: Motion) -> bool:
    armature = bpy.data.objects[motion.character]
    data = armature.animation_data
    if data is None or data.action is None or data.action.name != motion.action:
        return False
    slot = actions.slot_of(armature)
    return not motion.slot or (slot is not None and slot.identifier == motion.slot)


def _action_name(motion: Motion) -> str:
    if motion.action:
        return motion.action
    data = bpy.data.objects[motion.character].animation_data
    return data.action.name if data is not None and data.action is not None else ""


def _title(motion: Motion, several: bool) -> str:
    """Return what a motion is called among those of its file."""
    action = _action_name(motion)
    if not several:
        return action or motion.character
    return f"{motion.character}: {action}" if action else motion.character


def _only_first(found: list[Motion]) -> list[str]:
    if len(found) < 2:
        return []
    names = [_title(motion, True) for motion in found]
    return [
        f"1 of {len(found)} motions read, {names[0]}; --action NAME reads another: "
        f"{_listed(names[1:])}."
    ]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
