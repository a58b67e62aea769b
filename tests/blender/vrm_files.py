"""Write one person as a VRM 0.x and a VRM 1.0 file, by the VRM add-on (PyPI bpy-vrm-format).

    python tests/blender/vrm_files.py FOLDER

In a Blender of its own, since the add-on leaves handlers behind. The bones have names that say
nothing: what they are stands in the VRM's own table. Writes vrm0.vrm, vrm1.vrm and bones.json,
joint name -> bone name as it ought to be found.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import bpy
import rig_zoo

import motionllm
from motionllm.rig.find import vrm

ADDON = "io_scene_vrm"
NAMES = ("vrm0.vrm", "vrm1.vrm")
LIMIT = 300.0  # seconds


def available() -> bool:
    """Tell whether the VRM add-on is installed beside this Python."""
    return importlib.util.find_spec(ADDON) is not None


def write(folder: Path) -> tuple[list[Path], dict[str, str]]:
    """Write the files in a process of their own; return their paths and the expected bones."""
    package = Path(motionllm.__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-u", __file__, str(folder)], capture_output=True, text=True,
        env=dict(os.environ, PYTHONPATH=str(package)), timeout=LIMIT, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    expected = json.loads((folder / "bones.json").read_text("utf-8"))
    return [folder / name for name in NAMES], expected


def main(folder: Path) -> None:
    """Build the person twice and export it."""
    for version, name in zip(("0.0", "1.0"), NAMES, strict=True):
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        bpy.ops.preferences.addon_enable(module=ADDON)
        armature, expected = rig_zoo.scrambled(rig_zoo.KINDS[7])
        _add_skin(armature)
        extension = armature.data.vrm_addon_extension
        extension.spec_version = version
        if version == "0.0":
            _name_bones_0(extension.vrm0.humanoid.human_bones, expected)
        else:
            _name_bones_1(extension.vrm1.humanoid.human_bones, expected)
        assert bpy.ops.export_scene.vrm(filepath=str(folder / name)) == {"FINISHED"}
    (folder / "bones.json").write_text(json.dumps(expected), "utf-8")


def _add_skin(armature: bpy.types.Object) -> None:
    """Hang a triangle on every bone: in a glTF file, what no skin hangs on is no bone."""
    heads = [bone.head_local for bone in armature.data.bones]
    corners = [(0.0, 0.0, 0.0), (0.02, 0.0, 0.0), (0.0, 0.0, 0.02)]
    points = [tuple(head[i] + corner[i] for i in range(3)) for head in heads for corner in corners]
    mesh = bpy.data.meshes.new("Skin")
    mesh.from_pydata(points, [], [(3 * n, 3 * n + 1, 3 * n + 2) for n in range(len(heads))])
    skin = bpy.data.objects.new("Skin", mesh)
    bpy.context.collection.objects.link(skin)
    for number, bone in enumerate(armature.data.bones):
        group = skin.vertex_groups.new(name=bone.name)
        group.add(range(3 * number, 3 * number + 3), 1.0, "REPLACE")
    skin.parent = armature
    skin.modifiers.new("Armature", "ARMATURE").object = armature


def _name_bones_0(table, expected: dict[str, str]) -> None:
    rows = {row.bone: row for row in table}
    for joint, bone in expected.items():
        row = rows.get(vrm.JOINTS[joint]) or table.add()
        row.bone = vrm.JOINTS[joint]
        row.node.bone_name = bone


def _name_bones_1(table, expected: dict[str, str]) -> None:
    for joint, bone in expected.items():
        part = re.sub("([A-Z])", r"_\1", vrm.JOINTS[joint]).lower()
        getattr(table, part).node.bone_name = bone


if __name__ == "__main__":
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="motionllm-vrm-")
    main(Path(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)  # Blender 4.2 crashes and 4.5 hangs in the interpreter's own ending
