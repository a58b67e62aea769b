"""Whether a character does what its keys say. May import bpy, numpy, motionllm.

The one look at the result, after every motion that is written: arms and legs as Blender evaluates
them, against the clip's, in a few frames.
"""

import contextlib
from dataclasses import dataclass

import bpy
import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.motion.clip import Clip
from motionllm.motion.compare import limbs_apart, limbs_move
from motionllm.rig.carry.rest import Fit

from . import mirror, rigs, state
from .awake import evaluated, in_scene

LIMIT = 10.0  # degrees
STANDS, MOVES = 0.01, 2.0  # degrees that limbs turn, of who does nothing and of a motion
FRAMES = 6
UNKNOWN = "What moves them otherwise was not found."


@dataclass(frozen=True)
class Written:
    """A motion that a character shall do.

    Attributes:
        armature: the character.
        clip: the motion, at the scene's frame rate.
        start: the frame it begins at.
        how: of the character's rest pose.
        apart: the path may lie on the object, so that what the object does is part of it.
    """

    armature: bpy.types.Object
    clip: Clip
    start: int
    how: Fit
    apart: bool = False


@dataclass(frozen=True)
class Look:
    """What is seen of a character that shall do a motion.

    Attributes:
        degrees: how far arms and legs are from the motion's, see `limbs_apart`; NaN where it has
            no motion in the frames that were looked at.
        stands: it does not move, and the motion does.
    """

    degrees: float
    stands: bool = False

    @property
    def wrong(self) -> bool:
        """Tell whether it does something else."""
        return self.stands or self.degrees > LIMIT

    def sentence(self, name: str) -> str:
        """Return what is wrong."""
        does = "does not move and its" if self.stands else "does something else: its"
        return f"{name} {does} limbs are {self.degrees:.0f} degrees off this motion."


def look(many: list[Written], scene: bpy.types.Scene, frames: int = FRAMES) -> list[Look]:
    """Look at characters, all in the same few frames of the scene.

    Raises:
        MotionError: code "no_rig", if somebody's joints are not found.
    """
    first = min(one.start for one in many)
    last = max(one.start + one.clip.frames - 1 for one in many)
    at = np.unique(np.linspace(first, last, frames).round().astype(int))
    with in_scene(scene):
        heads = _heads(many, bpy.context, at)
    found = []
    for one, places in zip(many, heads, strict=True):
        rows = at - one.start
        inside = (rows >= 0) & (rows < one.clip.frames)
        if not inside.any():
            found.append(Look(float("nan")))
            continue
        rig = rigs.read_rig(one.armature)
        bones = rigs.match(one.armature, rig, "read").bones
        joints = np.full((inside.sum(), skeleton.JOINT_COUNT, 3), np.nan)
        back = rotation.conjugate(one.how.axes)
        for joint, bone in bones.items():
            joints[:, joint] = rotation.rotate(back, places[inside, bone])
        joints, wanted = mirror.as_seen(joints, rig), one.clip.joints[rows[inside]]
        stands = limbs_move(joints) < STANDS and limbs_move(wanted) > MOVES
        found.append(Look(limbs_apart(joints, wanted), stands))
    return found


def _heads(many: list[Written], context: bpy.types.Context, frames: np.ndarray) -> list[np.ndarray]:
    """Return where the bones' heads are (T, B, 3), in the space of each armature.

    Where the path may lie on the object, in the space it has in the first frame.
    """
    scene = context.scene
    before, subframe = scene.frame_current, scene.frame_subframe
    poses = [np.empty((len(frames), len(one.armature.pose.bones), 3)) for one in many]
    turns = np.empty((len(many), len(frames), 3, 3))
    with contextlib.ExitStack() as stack:
        for one in many:
            stack.enter_context(evaluated(one.armature, context))
        try:
            for row, frame in enumerate(frames):
                scene.frame_set(int(frame))
                graph = context.evaluated_depsgraph_get()
                for number, one in enumerate(many):
                    seen = one.armature.evaluated_get(graph)
                    buffer = np.empty(len(seen.pose.bones) * 16, np.float32)
                    seen.pose.bones.foreach_get("matrix", buffer)
                    poses[number][row] = buffer.reshape(-1, 4, 4)[:, 3, :3]  # by column
                    turns[number, row] = seen.matrix_basis.to_3x3()
        finally:
            scene.frame_set(before, subframe=subframe)
    for number, one in enumerate(many):
        if one.apart:
            own = np.linalg.pinv(turns[number, :1]) @ turns[number]
            poses[number] = poses[number] @ own.transpose(0, 2, 1)
    return poses


def notes_on(many: list[Written], scene: bpy.types.Scene, frames: int = FRAMES) -> list[str]:
    """Return what the user has to know of characters that do not do their motion, in sentences."""
    notes = []
    for one, seen in zip(many, look(many, scene, frames), strict=True):
        if seen.wrong:
            with in_scene(scene):
                why = state.causes(one.armature, bpy.context) or [UNKNOWN]
            notes += [seen.sentence(one.armature.name), *why]
    return list(dict.fromkeys(notes))
