"""Blender's importers, and what went wrong in one in words. May import bpy and motionllm."""

import re
import tempfile
from pathlib import Path

import bpy

from motionllm.errors import MotionError
from motionllm.files import decoded
from motionllm.motion import bvh_text
from motionllm.rig.find import vrm
from motionllm.rig.other_files import refusal

_RAISED = re.compile(r"^(\w[\w.]*): (.*)$")
_SAID = ("Exception", "RuntimeError", "ImportError", "ValueError")  # with a sentence for people


def import_file(path: Path) -> None:
    """Import a .bvh, .fbx, .vrm, .glb or .gltf into the open scene.

    Raises:
        MotionError: code "bad_file", with what is wrong in words.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".bvh":
            _import_bvh(path)
        elif suffix == ".fbx":
            bpy.ops.import_scene.fbx(filepath=str(path))
        elif suffix == ".vrm":  # a .glb that says more
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / (path.stem + ".glb")
                copy.write_bytes(vrm.as_glb(path))
                bpy.ops.import_scene.gltf(filepath=str(copy))
        else:
            bpy.ops.import_scene.gltf(filepath=str(path))
    except RuntimeError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: RuntimeError) -> MotionError:
    """Return the error that Blender could not open a file."""
    return refusal(path) or MotionError(
        "bad_file", f"{path.name} cannot be read: {cause(str(error))}.",
        "Export it again, from the newest version of the program that made it.",
    )  # fmt: skip


def cause(text: str) -> str:
    """Return what Blender says of a failure without its traceback, a sentence without its end."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Location:")] or ["Blender failed"]
    last = lines[-1].removeprefix("Error: ").rstrip(".")
    raised = _RAISED.match(last)
    if "Traceback (most recent call last)" not in text or raised is None:
        return last
    kind, said = raised.groups()
    if kind in _SAID and said:
        return said
    return f"it is damaged, or holds what Blender's importer does not know ({kind})"


def _import_bvh(path: Path) -> None:
    """Import a BVH; where Blender cannot read its dialect, a copy in the plain form.

    Of some dialects its importer says nothing and takes but a part of the joints.
    """
    taken, problem = None, None
    try:
        taken = bvh_text.take_apart(decoded(path.read_bytes()), path.name)
    except MotionError as error:
        problem = error
    try:
        bpy.ops.import_anim.bvh(filepath=str(path), update_scene_fps=True)
        bones = sum(len(armature.bones) for armature in bpy.data.armatures)
        if taken is None or bones == len(taken.hierarchy.names):
            return
        bpy.data.batch_remove([*bpy.data.objects, *bpy.data.armatures, *bpy.data.actions])
    except RuntimeError as error:
        if problem is not None:
            raise problem from error
    if taken is not None:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / path.name  # the armature gets the file's name
            copy.write_text(bvh_text.plain_text(taken), "utf-8")
            bpy.ops.import_anim.bvh(filepath=str(copy), update_scene_fps=True)
