"""Armatures of several naming schemes and rest poses, built for tests. May import bpy."""

import bpy
import numpy as np
from mathutils import Matrix, Vector

from motionllm.motion import rotation, skeleton

J = skeleton.JOINTS
SMPL = (
    "Pelvis", "L_Hip", "R_Hip", "Spine1", "L_Knee", "R_Knee", "Spine2", "L_Ankle", "R_Ankle",
    "Spine3", "L_Foot", "R_Foot", "Neck", "L_Collar", "R_Collar", "Head", "L_Shoulder",
    "R_Shoulder", "L_Elbow", "R_Elbow", "L_Wrist", "R_Wrist",
)  # fmt: skip
MIXAMO = (
    "Hips", "LeftUpLeg", "RightUpLeg", "Spine", "LeftLeg", "RightLeg", "Spine1", "LeftFoot",
    "RightFoot", "Spine2", "LeftToeBase", "RightToeBase", "Neck", "LeftShoulder", "RightShoulder",
    "Head", "LeftArm", "RightArm", "LeftForeArm", "RightForeArm", "LeftHand", "RightHand",
)  # fmt: skip
FINGERS = ("index1", "index2", "index3", "thumb1")


def names_of(scheme: str) -> list[str]:
    """Return the names of the 22 joints in a scheme."""
    if scheme == "SMPL":
        return [f"m_avg_{name}" for name in SMPL]
    if scheme == "SMPL-H":
        return list(SMPL)
    if scheme == "MIXAMO":
        return [f"mixamorig:{name}" for name in MIXAMO]
    return list(skeleton.JOINT_NAMES)


def extras_of(scheme: str) -> list[tuple[str, int]]:
    """Return the scheme's further bones with the joint they hang on."""
    if scheme == "SMPL":
        return [("m_avg_L_Hand", 20), ("m_avg_R_Hand", 21)]
    if scheme == "SMPL-H":
        return [(f"{s}_{f.capitalize()}", j) for s, j in (("L", 20), ("R", 21)) for f in FINGERS]
    if scheme == "SMPL-X":
        fingers = [(f"{s}_{f}", j) for s, j in (("left", 20), ("right", 21)) for f in FINGERS]
        return [*fingers, ("jaw", 15), ("left_eye_smplhf", 15), ("right_eye_smplhf", 15)]
    return []


def rest_joints(arm_drop: float) -> np.ndarray:
    """Return rest joints (22, 3), Y up, with the arms lowered by an angle."""
    local = rotation.identity(1, 22)
    z = np.array([0.0, 0.0, 1.0])
    local[0, J["left_shoulder"]] = rotation.from_axis_angle(z, np.float64(-arm_drop))
    local[0, J["right_shoulder"]] = rotation.from_axis_angle(z, np.float64(arm_drop))
    return skeleton.forward_kinematics(local, np.array([[0.0, skeleton.PELVIS_HEIGHT, 0.0]]))[0]


def build(
    scheme: str, arm_drop: float = 0.0, unit: float = 1.0, y_up: bool = False, seed: int = 3
) -> bpy.types.Object:
    """Add an armature of canonical proportions whose bones point and roll at random.

    Args:
        scheme: "SMPL", "SMPL-H", "SMPL-X" or "MIXAMO".
        arm_drop: radians the arms hang below the horizontal at rest.
        unit: armature units a metre; the object is scaled back.
        y_up: bones in Y-up axes and the object turned upright, as FBX importers do.
    """
    generator = np.random.default_rng(seed)
    joints = rest_joints(arm_drop)
    if not y_up:
        joints = joints @ np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]]).T
    data = bpy.data.armatures.new(scheme)
    thing = bpy.data.objects.new(scheme, data)
    bpy.context.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    bones = []
    if scheme == "SMPL-X":
        root = data.edit_bones.new("root")
        root.head, root.tail = (0, 0, 0), (0, 0, 0.1 * unit)
    for joint, name in enumerate(names_of(scheme)):
        bone = data.edit_bones.new(name)
        head = Vector(joints[joint] * unit)
        bone.head = head
        bone.tail = head + Vector(generator.normal(size=3)).normalized() * 0.1 * unit
        bone.roll = generator.uniform(-3.0, 3.0)
        parent = skeleton.PARENTS[joint]
        if parent >= 0:
            bone.parent = bones[parent]
        elif scheme == "SMPL-X":
            bone.parent = root
        bones.append(bone)
    for name, joint in extras_of(scheme):
        bone = data.edit_bones.new(name)
        bone.head = bones[joint].tail
        bone.tail = bone.head + Vector((0.0, 0.0, 0.02 * unit))
        bone.parent = bones[joint]
    return finished(thing, unit, y_up)


def finished(thing: bpy.types.Object, unit: float, y_up: bool) -> bpy.types.Object:
    """Leave edit mode; scale an armature to metres and turn it upright, as importers do."""
    bpy.ops.object.mode_set(mode="OBJECT")
    thing.scale = (1.0 / unit,) * 3
    if y_up:
        thing.rotation_euler = (np.pi / 2, 0.0, 0.0)
    bpy.context.view_layer.update()
    return thing


def evaluated_joints(armature: bpy.types.Object, names: list[str], frames: range) -> np.ndarray:
    """Return world positions (T, 22, 3) of the named bones' heads, in Blender's axes."""
    scene = bpy.context.scene
    result = []
    for frame in frames:
        scene.frame_set(frame)
        evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        world: Matrix = evaluated.matrix_world
        result.append([world @ evaluated.pose.bones[name].head for name in names])
    return np.array(result)


def placed(joints: np.ndarray, armature: bpy.types.Object, upright: bool = True) -> np.ndarray:
    """Return a clip's joints (..., 3) as they must stand in the world for this object."""
    axes = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
    place = np.array(armature.matrix_world)
    turn = place[:3, :3] / np.linalg.norm(place[:3, :3], axis=0)
    inside = joints if not upright else joints @ axes.T
    return inside @ turn.T + place[:3, 3]
