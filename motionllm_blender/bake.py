"""Clips into actions: the only module that writes actions and F-curves.

May import bpy, numpy, motionllm. Blender's versions differ here: an action holds its F-curves
itself up to 4.3; from 4.4 on they lie in the channelbag of a slot, and from 5.0 on nowhere else.
"""

import datetime

import bpy
import numpy as np
from mathutils import Quaternion

from motionllm import rotation
from motionllm.clip import Clip
from motionllm.errors import MotionError
from motionllm.rig.transfer import Pose, pose_basis

from . import rigs

NAME_BYTES = 60  # of an action's name; up to 4.5 Blender cuts at 63
LINEAR = 1  # of Keyframe.interpolation
SLOTS = bpy.app.version >= (4, 4)


def scene_fps(scene: bpy.types.Scene) -> float:
    """Return a scene's frames a second."""
    return scene.render.fps / scene.render.fps_base


def at_rate(clip: Clip, fps: float) -> Clip:
    """Return the clip sampled at its own times 0, 1/fps, 2/fps...; the last frame is kept.

    Nothing is stretched: frame f of the result is the clip at f / fps seconds.
    """
    if abs(fps - clip.fps) < 1e-6:
        return clip
    count = max(2, int(np.ceil((clip.frames - 1) * fps / clip.fps - 1e-6)) + 1)
    source = np.minimum(np.arange(count) * clip.fps / fps, clip.frames - 1.0)
    whole = np.arange(clip.frames)
    moved = [np.interp(source, whole, clip.translation[:, axis]) for axis in range(3)]
    return Clip.build(
        fps,
        rotation.resample(clip.rotations.astype(np.float64), source),
        np.stack(moved, axis=1),
        clip.contacts[np.round(source).astype(int)],
        clip.text,
        clip.seed,
        clip.pack,
        clip.licence,
    )


def bake(
    clip: Clip,
    armature: bpy.types.Object,
    scene: bpy.types.Scene,
    start: int = 1,
    provenance: dict[str, object] | None = None,
) -> bpy.types.Action:
    """Write a clip as a new action of an armature and make it the active one.

    An action that the armature had is kept in the file, even where nothing else uses it.

    Args:
        start: the frame the motion begins at.
        provenance: further custom properties of the action, e.g. the engine.

    Raises:
        MotionError: code "no_rig" if the armature is no humanoid, "output" if it cannot be
            animated just now.
    """
    _check_writable(armature)
    rig = rigs.read_rig(armature)
    match = rigs.match(armature, rig)
    clip = at_rate(clip, scene_fps(scene))
    pose = pose_basis(clip, rig, match.bones)
    action = bpy.data.actions.new(action_name(clip.text))
    channels, slot = _channels(action, armature)
    frames = np.arange(start, start + clip.frames, dtype=np.float32)
    for number, bone in enumerate(pose.bones):
        pose_bone = armature.pose.bones[rig.names[bone]]
        path, values = _rotation_values(pose_bone, pose.rotations[:, number])
        _write(channels, pose_bone, path, frames, values)
    _write_location(channels, armature, rig.names[pose.root], frames, pose)
    action.use_frame_range = True
    action.frame_start, action.frame_end = start, start + clip.frames - 1
    _label(action, clip, match.family, provenance or {})
    _assign(armature, action, slot)
    return action


def action_name(text: str) -> str:
    """Return a prompt as the name of an action, cut at a word where it is too long."""
    words = " ".join(text.split()) or "Motion"
    name = words.encode("utf-8")[:NAME_BYTES].decode("utf-8", "ignore")
    if len(name) < len(words) and " " in name:
        name = name[: name.rindex(" ")]
    return name


def _check_writable(armature: bpy.types.Object) -> None:
    data = armature.animation_data
    problem = ""
    if armature.library is not None:
        problem = "is linked from another file"
    elif data is not None and data.use_tweak_mode:
        problem = "is in the tweak mode of an NLA strip"
    if problem:
        hint = "Make a library override." if "linked" in problem else "Leave tweak mode first."
        raise MotionError("output", f"The armature {armature.name!r} {problem}.", hint)


def _channels(action: bpy.types.Action, armature: bpy.types.Object):
    """Return what holds the action's F-curves, and the slot (None before 4.4)."""
    if not SLOTS:
        return action, None
    slot = action.slots.new(id_type="OBJECT", name=armature.name)
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True), slot


def _rotation_values(bone: bpy.types.PoseBone, rotations: np.ndarray) -> tuple[str, np.ndarray]:
    """Return the bone's own rotation channel and its values (T, 3 or 4): its mode is kept."""
    if bone.rotation_mode == "QUATERNION":
        return "rotation_quaternion", rotations
    if bone.rotation_mode == "AXIS_ANGLE":
        half = np.arctan2(np.linalg.norm(rotations[:, 1:], axis=1), rotations[:, 0])
        sine = np.maximum(np.sin(half), 1e-9)[:, None]
        axis = np.where(np.abs(half)[:, None] < 1e-7, [[0.0, 1.0, 0.0]], rotations[:, 1:] / sine)
        return "rotation_axis_angle", np.concatenate([2.0 * half[:, None], axis], axis=1)
    values = np.empty((len(rotations), 3))
    last = None
    for frame, quaternion in enumerate(rotations):
        turned = Quaternion(quaternion)
        last = turned.to_euler(bone.rotation_mode, last) if last else turned.to_euler(
            bone.rotation_mode
        )
        values[frame] = last
    return "rotation_euler", values


def _write_location(channels, armature, name: str, frames: np.ndarray, pose: Pose) -> None:
    bone = armature.pose.bones[name]
    if bone.bone.use_connect:
        raise MotionError(
            "no_rig",
            f"The bone {name!r} is connected to its parent and cannot travel.",
            "Switch Connected off in the bone's relations, in Edit Mode.",
        )
    location = pose.location
    if not bone.bone.use_local_location:
        turn = np.array(bone.bone.matrix_local.to_3x3())
        location = location @ turn.T
    _write(channels, bone, "location", frames, location)


def _write(channels, bone: bpy.types.PoseBone, path: str, frames, values: np.ndarray) -> None:
    """Write one channel: an F-curve for each column of values (T, N)."""
    where = bone.path_from_id(path)
    points = np.empty((len(frames), 2), np.float32)
    points[:, 0] = frames
    linear = np.full(len(frames), LINEAR, np.int32)
    for column in range(values.shape[1]):
        curve = _new_curve(channels, where, column, bone.name)
        points[:, 1] = values[:, column]
        curve.keyframe_points.add(len(frames))
        curve.keyframe_points.foreach_set("co", points.ravel())
        curve.keyframe_points.foreach_set("interpolation", linear)
        curve.update()


def _new_curve(channels, path: str, index: int, group: str):
    if bpy.app.version >= (5, 0):
        return channels.fcurves.new(path, index=index, group_name=group)
    if not SLOTS:
        return channels.fcurves.new(path, index=index, action_group=group)
    # 4.4 and 4.5 have groups in a channelbag, but no keyword for them.
    curve = channels.fcurves.new(path, index=index)
    curve.group = channels.groups.get(group) or channels.groups.new(group)
    return curve


def _label(action: bpy.types.Action, clip: Clip, family: str, more: dict[str, object]) -> None:
    action["motionllm_text"] = clip.text
    action["motionllm_seed"] = str(clip.seed)  # larger than an integer property may be
    action["motionllm_pack"] = clip.pack
    action["motionllm_licence"] = clip.licence
    action["motionllm_rig"] = family
    action["motionllm_made"] = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    for key, value in more.items():
        action[f"motionllm_{key}"] = value


def _assign(armature: bpy.types.Object, action: bpy.types.Action, slot) -> None:
    data = armature.animation_data_create()
    if data.action is not None:
        data.action.use_fake_user = True  # else it would vanish when the file is saved
    data.action = action
    if slot is not None:
        data.action_slot = slot
