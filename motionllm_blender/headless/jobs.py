"""Work on files in a Blender without a window: what `motionllm retarget` and `caption` ask for.

May import bpy, motionllm and the add-on. The same code as the operators does the work.
"""

import shutil
import tempfile
from pathlib import Path

import bpy

from motionllm.errors import MotionError
from motionllm.motion import skeleton
from motionllm.motion.clip import load_clip, save_clip
from motionllm.rig.find import vrm

from ..scene import actions, bake, bvh, measure, read, rigs
from . import crowd

READS = (".blend", ".glb", ".gltf", ".fbx", ".vrm", ".bvh")
GLTF_FPS = 30
RESTS = {
    "location": (0.0, 0.0, 0.0),
    "rotation_euler": (0.0, 0.0, 0.0),
    "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
    "rotation_axis_angle": (0.0, 0.0, 1.0, 0.0),
}


def run(job: dict) -> dict:
    """Do one job.

    Args:
        job: {"kind": "retarget", "clip", "rig", "out", "options"}, paths and `bake.Options`; or
            {"kind": "read", "file", "out"}, which writes the motion in a file as a clip; or
            {"kind": "crowd", ...}, see `crowd_file`.

    Returns:
        What to tell the user, as plain data.

    Raises:
        MotionError: as `bake.bake` and `sample.read_clip`; "bad_file" for files of no use.
    """
    if job["kind"] == "read":
        return _read(Path(job["file"]), Path(job["out"]))
    if job["kind"] == "crowd":
        return crowd.make(job)
    return _retarget(Path(job["clip"]), Path(job["rig"]), Path(job["out"]), job["options"])


def _retarget(clip_path: Path, rig_path: Path, out: Path, options: dict) -> dict:
    clip = load_clip(clip_path)
    armature = load_armature(rig_path)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = max(1, round(clip.fps)), 1.0
    rig = rigs.read_rig(armature)
    # A rest pose that is no standing person is understood by the motion that the file holds.
    rest = read.fit_rest(armature, bpy.context, rig, rigs.match(armature, rig, "read"))
    action = bake.bake(clip, armature, scene, 1, options=bake.Options(**options))
    start, end = (int(frame) for frame in action.frame_range)
    scene.frame_start, scene.frame_end = start, end
    match = rigs.match(armature, rig)
    at = bake.at_rate(clip, read.scene_fps(scene))
    numbers = {}
    if options.get("root_motion", bake.AS_IS) == bake.AS_IS and not options.get("strip"):
        joints = measure.joints_of(armature, bpy.context, start, end, rest)
        numbers = measure.compare(joints, at)
    _write(out, armature, start, end)
    return {
        "out": str(out),
        "armature": armature.name,
        "family": match.family,
        "bones": {
            skeleton.JOINT_NAMES[joint]: {
                "bone": rig.names[bone], "confidence": round(match.confidence[joint], 2)
            }
            for joint, bone in match.bones.items()
        },
        "frames": end - start + 1,
        "notes": action.get("motionllm_notes", "").splitlines(),
        **{key: round(value, 4) for key, value in numbers.items()},
    }  # fmt: skip


def _read(path: Path, out: Path) -> dict:
    armature = load_armature(path)
    scene = bpy.context.scene
    start, end = read.action_range(armature, scene)
    clip = read.read_clip(armature, bpy.context, start, end)
    save_clip(clip, out)
    return {"out": str(out), "armature": armature.name, "frames": clip.frames}


def load_armature(path: Path) -> bpy.types.Object:
    """Open a file in place of what is open, and return the armature in it that is a person.

    Raises:
        MotionError: code "bad_file" if it cannot be read, "no_rig" if no armature is a person.
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


def _write(out: Path, armature: bpy.types.Object, start: int, end: int) -> None:
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
