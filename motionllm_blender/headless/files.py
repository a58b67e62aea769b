"""Files that hold a character: opened in place of what is open, and written.

May import bpy, motionllm and the scene's modules.
"""

import shutil
import tempfile
from pathlib import Path

import bpy

from motionllm.errors import MotionError
from motionllm.rig.find import vrm

from ..scene import actions, bvh, rigs

READS = (".blend", ".glb", ".gltf", ".fbx", ".vrm", ".bvh")
GLTF_FPS = 30
RESTS = {
    "location": (0.0, 0.0, 0.0),
    "rotation_euler": (0.0, 0.0, 0.0),
    "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
    "rotation_axis_angle": (0.0, 0.0, 1.0, 0.0),
}


def load_armature(path: Path) -> bpy.types.Object:
    """Open a file in place of what is open, and return the armature in it that is a person.

    Raises:
        MotionError: code "bad_request" for a kind of file that holds no armatures, "bad_file" if it
            cannot be read, "no_rig" if no armature is a person.
    """
    suffix = path.suffix.lower()
    if suffix not in READS:
        raise MotionError(
            "bad_request", f"{path.name} holds no armature this program can read.",
            "It must be one of " + ", ".join(READS) + ".",
        )  # fmt: skip
    if not path.is_file():
        raise MotionError("bad_file", f"{path} is not there.")
    try:
        _open(path, suffix)
    except RuntimeError as error:
        why = str(error).strip().splitlines()[-1]
        raise MotionError("bad_file", f"{path.name} cannot be read: {why}") from error
    armatures = [thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE"]
    if not armatures:
        raise MotionError("no_rig", f"{path.name} holds no armature.")
    problems, found = [], []
    for armature in armatures:
        try:
            if suffix == ".vrm":
                rigs.show(armature, vrm.human_bones(path))
            found.append((len(rigs.match(armature, rigs.read_rig(armature)).bones), armature))
        except MotionError as error:
            problems.append(error)
    if not found:
        raise problems[0]
    return max(found, key=lambda pair: pair[0])[1]


def _open(path: Path, suffix: str) -> None:
    if suffix == ".blend":
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False, use_scripts=False)
        renew_context()
        return
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    renew_context()
    bpy.context.scene.render.fps = GLTF_FPS  # these files count seconds; the others have a rate
    if suffix == ".bvh":
        bpy.ops.import_anim.bvh(filepath=str(path), update_scene_fps=True)
    elif suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path))
    elif suffix == ".vrm":  # a .glb that says more
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / (path.stem + ".glb")
            shutil.copyfile(path, copy)
            bpy.ops.import_scene.gltf(filepath=str(copy))
    else:
        bpy.ops.import_scene.gltf(filepath=str(path))


def _stand_at_rest(armature: bpy.types.Object, frame: int) -> None:
    """Go to a frame before the motion at which the keyed bones are at rest.

    The FBX exporter writes each bone as it stands in the current frame, and readers take that for
    the rest pose of bones that move no mesh.
    """
    data = armature.animation_data
    if data is not None and data.action is not None:
        for curve in actions.curves(data.action):
            name = curve.data_path.rpartition(".")[2]
            if curve.data_path.startswith("pose.bones[") and name in RESTS:
                value = RESTS[name][curve.array_index]
                curve.keyframe_points.insert(frame, value, options={"FAST"})
                curve.update()
    bpy.context.scene.frame_set(frame)


def renew_context() -> None:
    """Make `bpy.context` belong to the file that was just opened.

    Blender 4.2 notes the scene as the context's owner whenever `context.layer_collection` is read,
    as Rigify does, and keeps it when another file is opened. The glTF importer and exporter set
    `context.window.scene`, which then writes to the memory of a scene that is no more.
    """
    _ = bpy.context.layer_collection


def write_file(out: Path, armature: bpy.types.Object, start: int, end: int) -> None:
    """Write what is open to a .blend, .fbx, .bvh or .glb.

    Args:
        armature: whose motion it is; a .bvh holds nothing else.
        start, end: its first and last frame.

    Raises:
        MotionError: code "output", if the file cannot be written.
    """
    suffix = out.suffix.lower()
    try:
        if suffix == ".blend":
            bpy.ops.wm.save_as_mainfile(filepath=str(out), copy=True)
        elif suffix == ".fbx":
            _stand_at_rest(armature, start - 1)
            bpy.ops.export_scene.fbx(
                filepath=str(out), object_types={"ARMATURE", "MESH", "EMPTY"},
                add_leaf_bones=False, bake_anim_use_all_actions=False,
                bake_anim_use_nla_strips=False, bake_anim_simplify_factor=0.0,
            )  # fmt: skip
        elif suffix == ".bvh":
            bvh.write(out, armature, start, end)
        else:
            bpy.ops.export_scene.gltf(
                filepath=str(out), export_format="GLB", export_animation_mode="ACTIVE_ACTIONS"
            )
    except RuntimeError as error:
        why = str(error).strip().splitlines()[-1]
        raise MotionError("output", f"{out} cannot be written: {why}") from error
