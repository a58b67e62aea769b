"""The character the add-on brings: a skinned human whose joints are the 22 of a clip.

May import bpy, numpy and motionllm.motion.skeleton. The mesh is read from `assets/character.npz`,
which `install/make_character.py` made.
"""

import bpy
import numpy as np
from mathutils import Vector

from motionllm.motion import skeleton
from motionllm.motion.axes import to_blender

from ..identity import FOLDER

ASSET = FOLDER / "assets" / "character.npz"
NAME = "MotionLLM Character"
# Name and colour (linear RGBA) in the order of install/make_character.py's MATERIALS.
MATERIALS = (
    ("skin", (0.52, 0.32, 0.23, 1.0)),
    ("suit", (0.055, 0.105, 0.18, 1.0)),
    ("shoes", (0.035, 0.035, 0.04, 1.0)),
    ("eyes", (0.75, 0.75, 0.75, 1.0)),
    ("iris", (0.05, 0.032, 0.022, 1.0)),
)
# Where a joint's bone points: to this child's joint. The others have an own offset, metres, Y up.
POINTS_TO = {
    "pelvis": "spine1", "spine1": "spine2", "spine2": "spine3", "spine3": "neck", "neck": "head",
    "left_hip": "left_knee", "left_knee": "left_ankle", "left_ankle": "left_foot",
    "left_collar": "left_shoulder", "left_shoulder": "left_elbow", "left_elbow": "left_wrist",
    "right_hip": "right_knee", "right_knee": "right_ankle", "right_ankle": "right_foot",
    "right_collar": "right_shoulder", "right_shoulder": "right_elbow",
    "right_elbow": "right_wrist",
}  # fmt: skip
ENDS = {
    "head": (0.0, 0.19, 0.0),
    "left_foot": (0.0, -0.01, 0.06),
    "right_foot": (0.0, -0.01, 0.06),
    "left_wrist": (0.16, 0.0, 0.0),
    "right_wrist": (-0.16, 0.0, 0.0),
}


def rest_joints() -> np.ndarray:
    """Return the joints (22, 3) of the canonical rest pose on the floor, metres, Y up."""
    rest = np.zeros((1, skeleton.JOINT_COUNT, 4))
    rest[..., 0] = 1.0
    height = np.array([[0.0, skeleton.PELVIS_HEIGHT, 0.0]])
    return skeleton.forward_kinematics(rest, height)[0]


def add_character(
    context: bpy.types.Context, name: str = NAME, place: Vector | None = None
) -> bpy.types.Object:
    """Add armature and mesh to the active collection; return the armature, selected and active.

    It stands upright, facing -Y.

    Args:
        place: where; the 3D cursor if absent.
    """
    if context.object is not None and context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    armature = _add_armature(context, name)
    body = _add_mesh(context, armature)
    for other in context.selected_objects:
        other.select_set(False)
    armature.location = context.scene.cursor.location if place is None else place
    body.select_set(False)
    armature.select_set(True)
    context.view_layer.objects.active = armature
    return armature


def _add_armature(context: bpy.types.Context, name: str) -> bpy.types.Object:
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    context.collection.objects.link(armature)
    context.view_layer.objects.active = armature
    armature.show_in_front = True
    data.display_type = "STICK"
    joints = rest_joints()
    heads = to_blender(joints)
    bpy.ops.object.mode_set(mode="EDIT")
    bones = []
    for joint, joint_name in enumerate(skeleton.JOINT_NAMES):
        bone = data.edit_bones.new(joint_name)
        bone.head = heads[joint]
        if joint_name in ENDS:
            bone.tail = to_blender(joints[joint] + np.array(ENDS[joint_name]))
        else:
            bone.tail = heads[skeleton.JOINTS[POINTS_TO[joint_name]]]
        bone.align_roll((0.0, -1.0, 0.0) if abs(bone.vector.normalized().y) < 0.9 else (0, 0, 1))
        if skeleton.PARENTS[joint] >= 0:
            bone.parent = bones[skeleton.PARENTS[joint]]
        bones.append(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def _add_mesh(context: bpy.types.Context, armature: bpy.types.Object) -> bpy.types.Object:
    with np.load(ASSET, allow_pickle=False) as archive:
        arrays = {key: archive[key] for key in archive.files}
    vertices = to_blender(arrays["vertices"])
    mesh = bpy.data.meshes.new(armature.name + " Body")
    mesh.from_pydata(vertices.tolist(), [], arrays["faces"].tolist())
    mesh.polygons.foreach_set("material_index", arrays["materials"].astype(np.int32))
    mesh.shade_smooth()
    for label, colour in MATERIALS:
        mesh.materials.append(_material(label, colour))
    mesh.update()
    body = bpy.data.objects.new(mesh.name, mesh)
    context.collection.objects.link(body)
    _add_weights(body, arrays["joints"], arrays["weights"])
    body.parent = armature
    modifier = body.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    # Rounder shoulders and hips, for renders only: it costs two thirds of the playback's speed.
    smooth = body.modifiers.new("Smooth", "CORRECTIVE_SMOOTH")
    smooth.iterations = 5
    smooth.show_viewport = False
    return body


def _add_weights(body: bpy.types.Object, joints: np.ndarray, weights: np.ndarray) -> None:
    """Write the weights; equal ones of a joint share a call, which makes it fast."""
    for joint, name in enumerate(skeleton.JOINT_NAMES):
        group = body.vertex_groups.new(name=name)
        vertex, slot = np.nonzero((joints == joint) & (weights > 0))
        strength = weights[vertex, slot]
        for value in np.unique(strength):
            group.add(vertex[strength == value].tolist(), float(value) / 255.0, "REPLACE")


def _material(label: str, colour: tuple[float, float, float, float]) -> bpy.types.Material:
    """Return the add-on's material of that name, made on first use."""
    name = f"MotionLLM {label}"
    material = bpy.data.materials.get(name)
    if material is not None:
        return material
    material = bpy.data.materials.new(name)
    material.diffuse_color = colour
    material.roughness = 0.7
    if bpy.app.version < (5, 0):  # later a material has its nodes from the start
        material.use_nodes = True
    for node in material.node_tree.nodes:
        if node.type == "BSDF_PRINCIPLED":
            node.inputs["Base Color"].default_value = colour
            node.inputs["Roughness"].default_value = 0.7
    return material
