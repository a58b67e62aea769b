"""Files that hold a character: opened in place of what is open, and written.

May import bpy, motionllm and the scene's modules.
"""

import fnmatch
from pathlib import Path

import bpy

from motionllm.errors import MotionError
from motionllm.rig.find import vrm

from ..scene import actions, bvh, rigs
from . import importers

READS = (".blend", ".glb", ".gltf", ".fbx", ".vrm", ".bvh")
GLTF_FPS = 30
RESTS = {
    "location": (0.0, 0.0, 0.0),
    "rotation_euler": (0.0, 0.0, 0.0),
    "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
    "rotation_axis_angle": (0.0, 0.0, 1.0, 0.0),
}


def load_armature(path: Path, name: str = "") -> bpy.types.Object:
    """Open a file in place of what is open, and return the armature in it to animate.

    Args:
        name: the one wanted; absent: the best of the people, see `people`.

    Raises:
        MotionError: as `people` and `called`.
    """
    return called(people(path), name, path)[0]


def people(path: Path) -> list[bpy.types.Object]:
    """Open a file in place of what is open, and return the armatures in it that are people.

    Those of the scene that is shown; if there are none, of another scene, which is then shown.
    What can be seen comes first, then known control rigs, then what has more joints.

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
        raise importers.unreadable(path, error) from error
    names = vrm.human_bones(path) if suffix == ".vrm" else None
    problems: list[MotionError] = []
    shown = bpy.context.scene
    for scene in [shown, *(other for other in bpy.data.scenes if other != shown)]:
        found = _people_in(scene, names, problems)
        if found:
            bpy.context.window.scene = scene
            return found
    raise problems[0] if problems else _nobody(path)


def _nobody(path: Path) -> MotionError:
    """Return why there is no armature in any scene of a file."""
    elsewhere = [thing for thing in bpy.data.objects if thing.type == "ARMATURE"]
    if not elsewhere:
        return MotionError("no_rig", f"{path.name} holds no armature.")
    armature = elsewhere[0]
    if armature.library is not None:
        return MotionError(
            "no_rig", f"The armature {armature.name!r} of {path.name} is an instance linked from "
            "another file.",
            "Make a library override of it, or name the file it comes from.",
        )  # fmt: skip
    return MotionError(
        "no_rig", f"The armature {armature.name!r} of {path.name} is in none of its scenes.",
        "Link it to a scene's collection.",
    )  # fmt: skip


def _people_in(
    scene: bpy.types.Scene, names: dict[str, str] | None, problems: list[MotionError]
) -> list[bpy.types.Object]:
    found = []
    for armature in scene.objects:
        if armature.type != "ARMATURE":
            continue
        try:
            if names is not None:
                rigs.show(armature, names)
            match = rigs.match(armature, rigs.read_rig(armature))
        except MotionError as error:
            problems.append(error)
            continue
        seen = any(layer.objects.get(armature.name) == armature for layer in scene.view_layers)
        seen = seen and not armature.hide_viewport
        found.append(((seen, bool(match.properties), len(match.bones)), armature))
    return [armature for _, armature in sorted(found, key=lambda pair: pair[0], reverse=True)]


def called(found: list[bpy.types.Object], name: str, path: Path) -> list[bpy.types.Object]:
    """Return those people of a file that have a name; without one all.

    Raises:
        MotionError: code "bad_request", if nobody is called so.
    """
    chosen = [armature for armature in found if is_called(armature.name, name)]
    if not chosen:
        raise MotionError(
            "bad_request", f"{path.name} holds no character called {name!r}.",
            "There is " + ", ".join(repr(armature.name) for armature in found) + ".",
        )  # fmt: skip
    return chosen


def is_called(name: str, wanted: str) -> bool:
    """Tell whether a name is the one wanted, or like it where that has wildcards."""
    return not wanted or name == wanted or fnmatch.fnmatchcase(name, wanted)


def _open(path: Path, suffix: str) -> None:
    if suffix == ".blend":
        bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False, use_scripts=False)
        renew_context()
        return
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    renew_context()
    bpy.context.scene.render.fps = GLTF_FPS  # these files count seconds; the others have a rate
    importers.import_file(path)


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


def show(armature: bpy.types.Object) -> None:
    """Have a character seen that is hidden, disabled or in an excluded collection."""
    layer = bpy.context.view_layer
    _include(layer.layer_collection, armature)
    if layer.objects.get(armature.name) != armature:
        bpy.context.scene.collection.objects.link(armature)
    armature.hide_viewport = False
    armature.hide_set(False)


def _include(collection: bpy.types.LayerCollection, armature: bpy.types.Object) -> None:
    if armature not in collection.collection.all_objects.values():
        return
    collection.exclude = collection.hide_viewport = collection.collection.hide_viewport = False
    for child in collection.children:
        _include(child, armature)


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
