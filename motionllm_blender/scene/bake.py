"""Clips into actions. May import bpy, numpy, motionllm; `actions` writes the F-curves."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace

import bpy
import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.rig.carry.rest import Fit
from motionllm.rig.carry.transfer import AS_IS, SEPARATE, Pose, pose_basis
from motionllm.rig.find.match import Match
from motionllm.rig.rig import Rig

from . import actions, assets, guard, mirror, place, read, ready, rigs, state, strips
from .awake import in_scene
from .keys import Channel, in_mode, thin_keys

NAME_BYTES = 60  # of an action's name; up to 4.5 Blender cuts at 63


@dataclass(frozen=True)
class Options:
    """How a motion is written.

    Attributes:
        root_motion: "AS_IS", "IN_PLACE" or "SEPARATE", see `motionllm.rig.carry.transfer`.
        lock_feet: planted feet keep their place.
        thin: as few keys as the bounds allow, with Bezier handles; else one a frame, linear.
        degrees, millimetres: the bounds, of a bone's turn and of where joints are.
        strip: write an NLA strip and leave the active action alone.
        go_on: a strip begins where those before it have led the character.
        asset: mark the action as an asset.
        mute: switch off the constraints of the bones that get keys.
        ik: of a control rig "OFF": its limbs are switched to FK; "FOLLOW": to IK, whose controls
            get keys as well, so that either can be worked on.
    """

    root_motion: str = AS_IS
    lock_feet: bool = False
    thin: bool = False
    degrees: float = 4.0
    millimetres: float = 8.0
    strip: bool = False
    go_on: bool = False
    asset: bool = False
    mute: bool = False
    ik: str = "OFF"


def bake(
    clip: Clip,
    armature: bpy.types.Object,
    scene: bpy.types.Scene,
    start: int = 1,
    provenance: dict[str, object] | None = None,
    options: Options = Options(),  # noqa: B008  (frozen)
    guarded: bool = True,
) -> bpy.types.Action:
    """Write a clip as a new action of an armature.

    It becomes the active action, or an NLA strip; an action that the armature had is kept in the
    file, even where nothing else uses it. What the user should know is in the action's custom
    property "motionllm_notes": also that the armature does something else than its keys say.

    Args:
        start: the frame the motion begins at.
        provenance: further custom properties of the action, e.g. the engine.
        options: how to write it.
        guarded: look at the result (`guard`); who writes many motions does so at the end.

    Raises:
        MotionError: code "no_rig" if the armature is no humanoid, "output" if it cannot be
            animated just now.
    """
    ready.check_writable(armature)
    notes = state.leave_edit_mode(armature)
    rig = rigs.read_rig(armature)
    match = rigs.match(armature, rig)
    how = read.fit_rest(armature, bpy.context, rig, match)
    clip = clip.at_rate(read.scene_fps(scene))
    clip, basis = _in_place(clip, armature, scene, start, rig, match, how, options)
    controls = match.ik if options.ik == "FOLLOW" else None
    pose = pose_basis(
        clip, rig, match.bones, options.root_motion, options.lock_feet, how, match.track,
        match.follows, controls, match.loose,
    )  # fmt: skip
    table = [_rotation(armature, rig, pose, number) for number in range(len(pose.bones))]
    table.append(_location(armature, rig, pose.root, pose.location))
    table += [_location(armature, rig, bone, place) for bone, place in pose.loose.items()]
    table += _track(armature, rig, pose, basis)
    table += _ik_controls(armature, rig, pose)
    if options.thin:
        thin_keys(table, armature, rig, pose, match, clip, options.degrees, options.millimetres)
    writer = actions.ActionWriter(action_name(clip), armature)
    for channel in table:
        writer.write(
            channel.path, channel.group, start, channel.values, channel.keys, channel.slopes,
            channel.skip,
        )  # fmt: skip
    properties = dict(match.properties)
    if controls is not None and pose.controls:
        for name, values in controls.properties.items():
            properties[name] = properties.get(name, {}) | values
    _switch_to_controls(writer, armature, properties, start)
    action = writer.action
    action.use_frame_range = True
    action.frame_start, action.frame_end = start, start + clip.frames - 1
    _label(action, clip, match.family, provenance or {})
    paths = {channel.path for channel in table}
    notes += state.make_way(armature, options.strip)
    notes += state.overruled(armature, rig, match, paths, options.mute)
    notes += state.left_on(armature, rig, match, how, paths)
    notes += _notes(armature, rig, match, pose, options)
    if options.strip:
        if pose.track < 0:
            strips.keep_place(armature, _track(armature, rig, _standing(pose), basis))
        notes += strips.add_strip(armature, writer, start)
    else:
        actions.make_active(armature, writer)
    with in_scene(scene):
        why = state.unseen(armature, bpy.context)
    notes += [f"{armature.name} {why}: its motion is there but not seen."] if why else []
    if guarded:
        written = guard.Written(armature, clip, start, how, options.root_motion == SEPARATE)
        found = guard.notes_on([written], scene)
        notes += [note for note in found if note not in notes]
    if notes:
        action["motionllm_notes"] = "\n".join(notes)
    if options.asset:
        assets.mark_asset(action, clip.text, _tags(clip.text))
    return action


def action_name(clip: Clip) -> str:
    """Return a clip's prompt, and the seed where a model drew it, as the name of an action.

    Where it is too long, the prompt is cut at a word.
    """
    seed = f" (seed {clip.seed})" if clip.pack else ""
    words = " ".join(clip.text.split()) or "Motion"
    name = words.encode("utf-8")[: NAME_BYTES - len(seed)].decode("utf-8", "ignore")
    if len(name) < len(words) and " " in name:
        name = name[: name.rindex(" ")]
    return name + seed


def _rotation(armature: bpy.types.Object, rig: Rig, pose: Pose, number: int) -> Channel:
    bone = armature.pose.bones[rig.names[pose.bones[number]]]
    path, values = in_mode(bone.rotation_mode, pose.rotations[:, number])
    # Only Euler angles can be locked one by one: a quaternion that lacks a part is another turn.
    skip = _locked(bone.lock_rotation) if path == "rotation_euler" else ()
    return Channel(bone.path_from_id(path), bone.name, values, True, skip)


def _location(armature: bpy.types.Object, rig: Rig, number: int, location: np.ndarray) -> Channel:
    bone = armature.pose.bones[rig.names[number]]
    if not bone.bone.use_local_location:
        turn = np.array(bone.bone.matrix_local.to_3x3())
        location = location @ turn.T
    skip = _locked(bone.lock_location)
    return Channel(bone.path_from_id("location"), bone.name, location, False, skip)


def _locked(locks: Iterable[bool]) -> tuple[int, ...]:
    """Return the columns of a property that are locked."""
    return tuple(column for column, locked in enumerate(locks) if locked)


def _in_place(
    clip: Clip, armature: bpy.types.Object, scene: bpy.types.Scene, start: int, rig: Rig,
    match: Match, how: Fit, options: Options,
) -> tuple[Clip, np.ndarray]:  # fmt: skip
    """Return a clip where the character is when it begins, and the object's own matrix (4, 4).

    The place is read once, at the motion's first frame: an action that is replaced moves nothing
    any more, and leaves the character where it has taken it by then.
    """
    above = rig.above(match.bones[skeleton.JOINTS["pelvis"]])[1:]
    frame = None
    if not options.strip:
        place.settle(armature, [rig.names[bone] for bone in above], scene, start)
        basis = place.basis_at(armature, scene, start)
    elif options.go_on:
        frame = strips.led_to(armature, start)
        basis = place.basis_at(armature, scene, start)
    else:
        basis = place.basis_at(armature, scene, strips.first_frame(armature, start))
    if frame is not None:
        keyed = options.root_motion == SEPARATE
        with in_scene(scene):
            clip = strips.going_on(
                clip, armature, rig, how, frame, above[0] if above and not keyed else -1
            )
    return clip, basis


def _standing(pose: Pose) -> Pose:
    """Return a pose whose path, if it has one of its own, has not begun."""
    if pose.track_location is None:
        return pose
    return replace(pose, track_location=np.zeros((1, 3)), track_rotation=rotation.identity(1))


def _track(
    armature: bpy.types.Object, rig: Rig, pose: Pose, basis: np.ndarray
) -> list[Channel]:  # fmt: skip
    """Return the channels of a separate path: those of the root bone, else of the object.

    Args:
        basis: (4, 4) of the object, where the motion begins.
    """
    if pose.track_location is None or pose.track_rotation is None:
        return []
    turn, moved = pose.track_rotation, pose.track_location
    if pose.track >= 0:
        rest = rig.rest[pose.track, :3, :3]
        rest = rotation.from_matrix(rest / np.linalg.norm(rest, axis=0))
        back = rotation.conjugate(rest)
        head = rig.heads[pose.track]
        local = rotation.multiply(rotation.multiply(back, turn), rest)
        place = rotation.rotate(back, rotation.rotate(turn, head[None]) + moved - head)
        bone = armature.pose.bones[rig.names[pose.track]]
        path, values = in_mode(bone.rotation_mode, rotation.continuous(local))
        return [
            Channel(bone.path_from_id(path), bone.name, values, True),
            _location(armature, rig, pose.track, place),
        ]
    # A negative scale lies between the object's turn and what is turned.
    signs = np.sign(np.array(armature.scale) * np.array(armature.delta_scale))
    size = np.linalg.norm(basis[:3, :3], axis=0) * signs
    own = rotation.from_matrix(basis[:3, :3] / size)
    place = moved @ basis[:3, :3].T + basis[:3, 3]
    turned = rotation.multiply(own, turn * [1.0, *(np.prod(signs) * signs)])
    # Blender adds the delta transforms, which the basis holds, to what is keyed.
    place = place - np.array(armature.delta_location)
    turned = rotation.multiply(rotation.conjugate(_delta_turn(armature)), turned)
    path, values = in_mode(armature.rotation_mode, rotation.continuous(turned))
    group = "Object Transforms"
    return [
        Channel(path, group, values, True),
        Channel("location", group, place, False),
    ]


def _delta_turn(armature: bpy.types.Object) -> np.ndarray:
    """Return the turn (4,) that an object has beside its keyed rotation."""
    if armature.rotation_mode == "QUATERNION":
        return rotation.normalize(np.array(armature.delta_rotation_quaternion, np.float64))
    if armature.rotation_mode == "AXIS_ANGLE":
        return rotation.identity()  # its own delta is out of Python's reach
    return np.array(armature.delta_rotation_euler.to_quaternion(), np.float64)


def _ik_controls(armature: bpy.types.Object, rig: Rig, pose: Pose) -> list[Channel]:
    found = []
    for control in pose.controls:
        bone = armature.pose.bones[rig.names[control.bone]]
        if control.rotation is not None:
            path, values = in_mode(bone.rotation_mode, control.rotation)
            found.append(Channel(bone.path_from_id(path), bone.name, values, True))
        if control.location is not None:
            found.append(_location(armature, rig, control.bone, control.location))
    return found


def _switch_to_controls(
    writer: actions.ActionWriter, armature: bpy.types.Object, properties: dict, start: int
) -> None:
    """Key the properties that make a control rig's bones drive the body."""
    for name, values in properties.items():
        bone = armature.pose.bones.get(name)
        for key, value in values.items():
            if bone is not None and key in bone:
                path = f'{bone.path_from_id()}["{bpy.utils.escape_identifier(key)}"]'
                writer.write(path, name, start, np.array([[float(value)]]))


def _notes(
    armature: bpy.types.Object, rig: Rig, match: Match, pose: Pose, options: Options
) -> list[str]:
    """Return what the user should know of the rig and of what was asked for, in sentences."""
    notes = [*match.notes, *mirror.notes(armature, rig, match)]
    if options.ik == "FOLLOW" and not pose.controls:
        notes.append("The rig has no IK controls that are known: its bones got the keys.")
    locked = [
        rig.names[bone] for bone in match.bones.values()
        if any(armature.pose.bones[rig.names[bone]].lock_rotation)
    ]  # fmt: skip
    if locked:
        notes.append(f"Locked rotation was left alone on {', '.join(locked[:3])}.")
    if any(armature.pose.bones[rig.names[pose.root]].lock_location):
        notes.append(f"Locked location was left alone on {rig.names[pose.root]}.")
    data = armature.animation_data
    if options.strip and data is not None and data.action is not None:
        notes.append(f"The active action {data.action.name!r} lies over the strip.")
    return notes


def _tags(prompt: str) -> list[str]:
    """Return the words of a prompt that one would look for, each once."""
    words = [word.strip(".,;:!?\"'").lower() for word in prompt.split()]
    return list(dict.fromkeys(word for word in words if len(word) > 3))


def _label(action: bpy.types.Action, clip: Clip, family: str, more: dict[str, object]) -> None:
    action["motionllm_text"] = clip.text
    action["motionllm_seed"] = str(clip.seed)  # larger than an integer property may be
    action["motionllm_pack"] = clip.pack
    action["motionllm_licence"] = clip.licence
    action["motionllm_rig"] = family
    if clip.ticks:
        action["motionllm_ticks"] = clip.ticks
    if clip.source:
        action["motionllm_source"] = clip.source
    action["motionllm_made"] = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    for key, value in more.items():
        action[f"motionllm_{key}"] = value
