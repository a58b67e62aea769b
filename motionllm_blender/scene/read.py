"""Evaluated poses of an armature into clips. May import bpy, numpy, motionllm."""

from __future__ import annotations

import bpy
import numpy as np

from motionllm.errors import MotionError
from motionllm.motion import rotation
from motionllm.motion.bvh import BvhFile
from motionllm.motion.clip import Clip, to_origin
from motionllm.motion.root import roots_of
from motionllm.rig.carry.rest import Fit, fit
from motionllm.rig.carry.rest_from_motion import fit_motion
from motionllm.rig.carry.transfer import clip_from_pose
from motionllm.rig.find.loose import whole
from motionllm.rig.find.match import Match
from motionllm.rig.from_bvh import clip_from_bvh, floor_height
from motionllm.rig.rig import Rig

from . import actions, ready, rigs, state
from .awake import awake

FIT_FRAMES = 600  # of a motion that a rest pose is made up from
STILL = 1e-5  # of the largest number in the pose: less is rounding
MAX_FRAMES = 20_000  # a minute at 240 frames a second has 14,400


def scene_fps(scene: bpy.types.Scene) -> float:
    """Return a scene's frames a second."""
    return scene.render.fps / scene.render.fps_base


def action_range(armature: bpy.types.Object, scene: bpy.types.Scene) -> tuple[int, int]:
    """Return the first and last frame of an armature's motion.

    Its action's; without one that of the NLA strips that play; else the scene's.
    """
    data = armature.animation_data
    if data is not None:
        alone = data.use_nla and any(track.is_solo for track in data.nla_tracks)
        if data.action is not None and not alone and actions.curves(data.action):
            start, end = range_of(data.action, actions.slot_of(armature))
            if end > start:
                return start, end
        strips = actions.playing_strips(armature)
        if strips:
            start = min(strip.frame_start for strip in strips)
            end = max(strip.frame_end for strip in strips)
            return int(np.floor(start)), int(np.ceil(end))
    return scene.frame_start, scene.frame_end


def has_motion(armature: bpy.types.Object) -> bool:
    """Tell whether an armature has an action, or NLA strips that play."""
    data = armature.animation_data
    own = data is not None and data.action is not None and bool(actions.curves(data.action))
    return own or bool(actions.playing_strips(armature))


def range_of(action: bpy.types.Action, slot: bpy.types.ActionSlot | None = None) -> tuple[int, int]:
    """Return the first and last frame of an action; of one of its slots that slot's."""
    start, end = action.frame_range
    if slot is not None and len(action.slots) > 1 and not action.use_frame_range:
        ends = [curve.range() for curve in actions.curves_of(action, slot)]
        if ends:
            start, end = min(first for first, _ in ends), max(last for _, last in ends)
    return int(np.floor(start)), int(np.ceil(end))


def read_poses(
    armature: bpy.types.Object, context: bpy.types.Context, start: int, end: int
) -> np.ndarray:
    """Return evaluated pose matrices (T, B, 4, 4) of frames start..end.

    They are in the armature's space at the first frame, so motion of the object itself counts; so
    does what is hidden or in rest position. The scene's frame is put back.
    """
    reader = PoseReader(armature, start, end)
    reader.read(armature, context, reader.left)
    return reader.poses


class PoseReader:
    """Reads evaluated poses in as many goes as one likes; see `read_poses`."""

    def __init__(self, armature: bpy.types.Object, start: int, end: int) -> None:
        """Read nothing yet."""
        self._next, self._start, self._end = start, start, end
        self._home: np.ndarray | None = None
        self.poses = np.empty((end - start + 1, len(armature.pose.bones), 4, 4))

    @property
    def left(self) -> int:
        """Frames still to be read."""
        return self._end + 1 - self._next

    def read(self, armature: bpy.types.Object, context: bpy.types.Context, frames: int) -> None:
        """Read up to so many frames more, and put the scene's frame back."""
        scene = context.scene
        count = self.poses.shape[1]
        buffer = np.empty(count * 16, np.float32)
        before, subframe = scene.frame_current, scene.frame_subframe
        with awake(armature, context):
            try:
                for frame in range(self._next, min(self._next + frames, self._end + 1)):
                    scene.frame_set(frame)
                    seen = armature.evaluated_get(context.evaluated_depsgraph_get())
                    seen.pose.bones.foreach_get("matrix", buffer)
                    world = np.array(seen.matrix_world, np.float64)
                    if self._home is None:
                        self._home = np.linalg.pinv(world)  # one scaled to zero has no inverse
                    matrices = buffer.reshape(count, 4, 4).transpose(0, 2, 1)
                    self.poses[frame - self._start] = (self._home @ world) @ matrices
                    self._next = frame + 1
            finally:
                scene.frame_set(before, subframe=subframe)


def read_clip(armature: bpy.types.Object, context: bpy.types.Context, start: int, end: int) -> Clip:
    """Read the motion of any humanoid armature, at the scene's frame rate.

    Returns:
        A clip that begins at the origin facing +Z, feet on the floor.

    Raises:
        MotionError: code "no_rig" if it is no humanoid, "bad_request" for a bad range, while it is
            edited, or if something keeps its motion from being played.
    """
    return read_with_root(armature, context, start, end)[0]


def read_with_root(
    armature: bpy.types.Object, context: bpy.types.Context, start: int, end: int
) -> tuple[Clip, np.ndarray]:
    """Read a motion as `read_clip` does, and its first root (3,) in the character's own space."""
    ready.check_readable(armature)
    check_range(start, end)
    rig = rigs.read_rig(armature)
    match = rigs.match(armature, rig, "read")
    poses = read_poses(armature, context, start, end)
    check_moves(armature, poses)
    return pose_clip(poses, rig, match, scene_fps(context.scene), armature.name)


def root_at(
    armature: bpy.types.Object, context: bpy.types.Context, rig: Rig, how: Fit, frame: int,
    carrier: int = -1,
) -> np.ndarray:  # fmt: skip
    """Return where a character is at a frame, and where it faces: its root (3,) in its own space.

    Args:
        how: of the rest pose.
        carrier: index of a bone above the body; from where it is that is counted, not from where
            it rests. -1: from the object.
    """
    poses = read_poses(armature, context, frame, frame)
    if carrier >= 0:
        moved = poses[:, carrier] @ np.linalg.inv(rig.rest[carrier])
        poses = np.linalg.pinv(moved)[:, None] @ poses
    bones = rigs.match(armature, rig, "read").bones
    return roots_of(clip_from_pose(poses, rig, bones, scene_fps(context.scene), how))[0]


def check_range(start: int, end: int) -> None:
    """Make sure that frames start..end are a motion that can be read.

    Raises:
        MotionError: code "bad_request".
    """
    if end <= start:
        raise MotionError("bad_request", f"There is no motion from frame {start} to {end}.")
    if end - start >= MAX_FRAMES:
        raise MotionError(
            "bad_request",
            f"{end - start + 1:,} frames are more than can be described at once.",
            "Set a shorter frame range.",
        )


def check_moves(armature: bpy.types.Object, poses: np.ndarray) -> bool:
    """Tell whether an armature does something in its poses (T, B, 4, 4).

    Raises:
        MotionError: code "bad_request", if it does nothing and has a motion that is not played.
    """
    if np.abs(poses - poses[:1]).max() > STILL * max(1.0, float(np.abs(poses[0]).max())):
        return True
    why = state.stilled(armature)
    if why:
        raise MotionError(
            "bad_request", why[0], "Switch that in the action editor or the NLA, and ask again."
        )
    return False


def pose_clip(
    poses: np.ndarray, rig: Rig, match: Match, fps: float, name: str
) -> tuple[Clip, np.ndarray]:
    """Return poses (T, B, 4, 4) of a rig as a clip at the origin, and the root it began with.

    A rest pose that is no standing person is made up for from the motion itself.

    Raises:
        MotionError: code "bad_request", if a pose is not finite.
    """
    if not np.isfinite(poses).all():
        raise MotionError("bad_request", f"The pose of {name!r} is not finite.")
    try:
        how = fit(rig, match.bones)
    except MotionError:
        bvh = _as_bvh(poses, rig, match, fps)
        clip = clip_from_bvh(bvh, name=f"The armature {name!r}")
        clip = clip.mirrored() if rig.mirrored else clip
        return clip, roots_of(clip)[0]  # without a rest pose nobody knows where it stands
    clip = clip_from_pose(poses, rig, match.bones, fps, how)
    root = roots_of(clip)[0]
    rotations, translation = to_origin(
        clip.rotations.astype(np.float64), clip.translation.astype(np.float64)
    )
    translation[:, 1] -= floor_height(clip.joints)
    return Clip.build(fps, rotations, translation), root


def fit_rest(armature: bpy.types.Object, context: bpy.types.Context, rig: Rig, match: Match) -> Fit:
    """Measure a rig's rest pose; where that is no standing person, by the motion it has.

    Raises:
        MotionError: code "no_rig", if it is no standing person and has no motion.
    """
    try:
        return fit(rig, match.bones)
    except MotionError:
        data = armature.animation_data
        if data is None or data.action is None:
            raise
    start, end = action_range(armature, context.scene)
    poses = read_poses(armature, context, start, min(end, start + FIT_FRAMES))
    fps = scene_fps(context.scene)
    bvh = _as_bvh(poses, rig, match, fps)
    body = {name: number for number, name in enumerate(rig.names)}
    return fit_motion(bvh, rig, match.bones, [body[name] for name in bvh.names])


def _as_bvh(poses: np.ndarray, rig: Rig, match: Match, fps: float) -> BvhFile:
    """Return the body's bones as a BVH motion whose joints have the armature's axes at rest."""
    rig = whole(rig, match.bones) if match.loose else rig
    root = _common_root(rig, match)
    body = [bone for bone in range(len(rig.parents)) if _is_below(rig, bone, root)]
    if match.loose:  # what is below its limb may come before it
        body.sort(key=lambda bone: len(rig.above(bone)))
    place = {bone: number for number, bone in enumerate(body)}
    turned = poses[:, body, :3, :3]
    turned = turned / np.maximum(np.linalg.norm(turned, axis=-2, keepdims=True), 1e-9)
    world = rotation.from_matrix(turned @ np.swapaxes(rig.rest[body, :3, :3], 1, 2))
    local = world.copy()
    offsets = np.zeros((len(body), 3))
    parents = [-1] + [place[int(rig.parents[bone])] for bone in body[1:]]
    for number, parent in enumerate(parents[1:], start=1):
        local[:, number] = rotation.multiply(rotation.conjugate(world[:, parent]), world[:, number])
        offsets[number] = rig.heads[body[number]] - rig.heads[body[parent]]
    return BvhFile(
        names=[rig.names[bone] for bone in body],
        parents=parents,
        offsets=offsets,
        ends={},
        rotations=local,
        positions=poses[:, root, :3, 3],
        frame_time=1.0 / fps,
    )


def _is_below(rig: Rig, bone: int, root: int) -> bool:
    while bone >= 0 and bone != root:
        bone = int(rig.parents[bone])
    return bone == root


def _common_root(rig: Rig, match: Match) -> int:
    """Return the lowest bone that all the joints hang on."""
    root = rig.common(list(match.bones.values()))
    return -1 if root is None else root
