"""An armature's evaluated motion as a BVH file. May import bpy, numpy, motionllm.

Blender's own exporter keeps the armature's axes and units, so that other programs show the person
lying, and takes either no bone's movement beside the root's or every bone's. This one writes
centimetres, Y up, the world's place; of a control rig the bones that move skin.
"""

from pathlib import Path

import bpy
import numpy as np

from motionllm import rotation, skeleton
from motionllm.bvh import tree_text
from motionllm.clip import write_whole
from motionllm.rig.armature import Rig
from motionllm.rig.matching import Match

from . import rigs, sample

UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])  # Blender's axes to Y up
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
    poses = sample.read_poses(armature, bpy.context, start, end)
    scene.frame_set(start)
    evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    # `read_poses` counts from the object's place in the first frame.
    whole = UP @ np.array(evaluated.matrix_world.to_3x3(), np.float64) * CENTIMETRES
    origin = UP @ np.array(evaluated.matrix_world.translation, np.float64) * CENTIMETRES
    turn = rotation.from_matrix(whole / np.maximum(np.linalg.norm(whole, axis=0), 1e-12))
    bones = _bones(rig, match)
    parents = _parents(rig, bones)
    places = poses[:, bones][..., :3, 3] @ whole.T + origin
    world = _turns(poses, rig, bones, turn)
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
    text = tree_text(names, parents, offsets, tips, local, positions, sample.scene_fps(scene))
    write_whole(path, text.encode("utf-8"))


def _bones(rig: Rig, match: Match) -> list[int]:
    """Return the bones to write: those that move skin or are joints, in one tree."""
    joints = set(match.bones.values())
    kept = [bone for bone in range(len(rig.names)) if rig.deforms[bone] or bone in joints]
    pelvis = match.bones[skeleton.JOINTS["pelvis"]]
    top = [bone for bone in rig.above(pelvis) if bone in kept][-1]
    below = [bone for bone in kept if top in rig.above(bone)]
    return below if joints <= set(below) else [pelvis, *(b for b in kept if b != pelvis)]


def _parents(rig: Rig, bones: list[int]) -> list[int]:
    """Return each bone's nearest ancestor among the bones; the first one is the root."""
    place = {bone: number for number, bone in enumerate(bones)}
    parents = [-1]
    for number, bone in enumerate(bones[1:], start=1):
        above = (place[b] for b in rig.above(bone)[1:] if b in place and place[b] < number)
        parents.append(next(above, 0))
    return parents


def _turns(poses: np.ndarray, rig: Rig, bones: list[int], turn: np.ndarray) -> np.ndarray:
    """Return the bones' turns (T, B, 4) since rest, in the file's axes."""
    posed, rest = poses[:, bones, :3, :3], rig.rest[bones, :3, :3]
    posed = posed / np.maximum(np.linalg.norm(posed, axis=-2, keepdims=True), 1e-12)
    rest = rest / np.maximum(np.linalg.norm(rest, axis=-2, keepdims=True), 1e-12)
    since = rotation.from_matrix(posed @ np.swapaxes(rest, 1, 2))
    return rotation.multiply(rotation.multiply(turn, since), rotation.conjugate(turn))
