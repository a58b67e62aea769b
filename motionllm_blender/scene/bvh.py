"""An armature's evaluated motion as a BVH file. May import bpy, numpy, motionllm.

Blender's own exporter keeps the armature's axes and units, so that other programs show the person
lying, and takes either no bone's movement beside the root's or every bone's. This one writes
centimetres, Y up, the world's place; of a control rig the bones of the body's joints alone.
"""

from pathlib import Path

import bpy
import numpy as np

from motionllm.files import write_whole
from motionllm.motion import rotation, skeleton
from motionllm.motion.axes import FROM_BLENDER
from motionllm.motion.bvh import tree_text
from motionllm.rig.find import loose
from motionllm.rig.find.family import is_tree
from motionllm.rig.find.match import Match
from motionllm.rig.rig import Rig

from . import read, rigs
from .awake import awake

CENTIMETRES = 100.0
STILL = 1e-3  # centimetres: a bone that moves less in its parent needs no position of its own


def write(path: Path, armature: bpy.types.Object, start: int, end: int) -> None:
    """Write frames start..end.

    Raises:
        MotionError: code "no_rig" if the armature is no humanoid, "output" if nothing can be
            written there.
    """
    scene = bpy.context.scene
    rig = rigs.read_rig(armature)
    match = rigs.match(armature, rig, "read")
    poses = read.read_poses(armature, bpy.context, start, end)
    # `read_poses` counts from the object's place in the first frame.
    with awake(armature, bpy.context):
        scene.frame_set(start)
        evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        place = np.array(evaluated.matrix_world, np.float64)
    whole = FROM_BLENDER @ place[:3, :3] * CENTIMETRES
    origin = FROM_BLENDER @ place[:3, 3] * CENTIMETRES
    axes = whole / np.maximum(np.linalg.norm(whole, axis=0), 1e-12)
    mirror = np.array([-1.0 if rig.mirrored else 1.0, 1.0, 1.0])
    turn = rotation.from_matrix(axes * mirror)
    bones, parents = _tree(rig, match)
    places = poses[:, bones][..., :3, 3] @ whole.T + origin
    world = _turns(poses, rig, bones, turn, mirror)
    rest = rig.heads[bones] @ whole.T + origin
    offsets, local, positions = rest.copy(), world.copy(), {}
    for number, parent in enumerate(parents):
        if parent < 0:
            positions[number] = places[:, number]
            continue
        offsets[number] -= rest[parent]
        back = rotation.conjugate(world[:, parent])
        local[:, number] = rotation.multiply(back, world[:, number])
        moved = rotation.rotate(back, places[:, number] - places[:, parent])
        if np.abs(moved - offsets[number]).max() > STILL:
            positions[number] = moved
    tips = {n: (rig.tails[bone] - rig.heads[bone]) @ whole.T for n, bone in enumerate(bones)}
    names = [rig.names[bone] for bone in bones]
    text = tree_text(names, parents, offsets, tips, local, positions, read.scene_fps(scene))
    write_whole(path, text.encode("utf-8"))


def _tree(rig: Rig, match: Match) -> tuple[list[int], list[int]]:
    """Return the bones to write and each one's parent among them, -1 for the root.

    All that move skin or are joints, as they hang on each other; of a control rig, whose parts
    hang on each other by constraints, the joints alone, as a body's do.
    """
    rig = loose.whole(rig, match.bones) if match.loose else rig
    if not is_tree(match.bones, rig):
        joints = list(match.bones)
        parents = []
        for joint in joints:
            parent = skeleton.PARENTS[joint]
            while parent >= 0 and parent not in match.bones:
                parent = skeleton.PARENTS[parent]
            parents.append(joints.index(parent) if parent >= 0 else -1)
        return [match.bones[joint] for joint in joints], parents
    mapped = set(match.bones.values())
    kept = [bone for bone in range(len(rig.names)) if rig.deforms[bone] or bone in mapped]
    if match.loose:  # what is below its limb may come before it
        kept.sort(key=lambda bone: len(rig.above(bone)))
    pelvis = match.bones[skeleton.JOINTS["pelvis"]]
    top = [bone for bone in rig.above(pelvis) if bone in kept][-1]
    place: dict[int, int] = {}
    parents = []
    for bone in kept:
        above = [place[other] for other in rig.above(bone)[1:] if other in place]
        if bone == top or above:
            place[bone] = len(place)
            parents.append(above[0] if above else -1)
    return list(place), parents


def _turns(
    poses: np.ndarray, rig: Rig, bones: list[int], turn: np.ndarray, mirror: np.ndarray
) -> np.ndarray:
    """Return the bones' turns (T, B, 4) since rest, in the file's axes.

    Args:
        turn: (4,) from the armature's axes to the file's.
        mirror: (3,) signs of the armature's axes, before that.
    """
    posed, rest = poses[:, bones, :3, :3], rig.rest[bones, :3, :3]
    posed = posed / np.maximum(np.linalg.norm(posed, axis=-2, keepdims=True), 1e-12)
    rest = rest / np.maximum(np.linalg.norm(rest, axis=-2, keepdims=True), 1e-12)
    since = rotation.from_matrix(posed @ np.swapaxes(rest, 1, 2))
    since = since * [1.0, *(np.prod(mirror) * mirror)]
    return rotation.multiply(rotation.multiply(turn, since), rotation.conjugate(turn))
