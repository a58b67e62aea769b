"""Write saved_scene.blend and saved_scene.json: a file as a user of this version leaves it.

    python tests/recorded/make_scene.py        # with the Python of the oldest Blender supported

Later versions must open it, show its settings and go on (tests/blender/test_saved_scene.py).
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

import bpy

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OTHER_TEXT = {"prompt": "a tired man walks, then waves", "csv_path": "//captions.csv"}


def other_values(group: bpy.types.PropertyGroup, left: tuple[str, ...] = ()) -> None:
    """Set every value of a group to another than its default."""
    for name, kind in group.bl_rna.properties.items():
        if kind.is_readonly or name in ("name", *left):
            continue
        if kind.type == "BOOLEAN":
            setattr(group, name, not kind.default)
        elif kind.type == "INT":
            setattr(group, name, min(kind.default + 3, kind.hard_max))
        elif kind.type == "FLOAT":
            setattr(group, name, round(kind.default * 0.5 + 1.5, 3))
        elif kind.type == "STRING":
            setattr(group, name, OTHER_TEXT.get(name, name))
        elif kind.type == "ENUM" and name != "pack":
            setattr(group, name, kind.enum_items[-1].identifier)


def values(group: bpy.types.PropertyGroup) -> dict:
    """Return what a group holds, as plain data."""
    table = {}
    for name, kind in group.bl_rna.properties.items():
        if name in ("rna_type", "name"):
            continue
        value = getattr(group, name)
        if kind.type == "COLLECTION":
            table[name] = [{"name": row.name} | values(row) for row in value]
        elif kind.type == "POINTER":
            table[name] = value.name if value is not None else None
        else:
            table[name] = round(value, 4) if kind.type == "FLOAT" else value
    return table


def shown() -> dict:
    """Return all that the file keeps of the add-on's, as plain data."""
    scene = bpy.context.scene
    armatures = sorted(bpy.data.armatures, key=lambda armature: armature.name)
    actions = sorted(bpy.data.actions, key=lambda action: action.name)
    return {
        "scene": values(scene.motionllm),
        "crowd": values(scene.motionllm_crowd),
        "captions": values(scene.motionllm_captions),
        "rigs": {armature.name: values(armature.motionllm) for armature in armatures},
        "actions": {
            action.name: {
                key: value for key, value in action.items() if key.startswith("motionllm")
            }
            for action in actions
        },
    }


def make() -> None:
    """Build the scene with the add-on of this checkout and save it."""
    sys.path[:0] = [str(ROOT), str(ROOT / "backend" / "src")]
    importlib.import_module("motionllm_blender").register()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.mesh.primitive_plane_add(size=8.0)
    area = bpy.context.object
    bpy.ops.motionllm.add_character()
    character = bpy.context.object
    scene = bpy.context.scene
    settings, crowd = scene.motionllm, scene.motionllm_crowd
    settings.prompt, settings.seconds, settings.best_of = "a person walks forward", 1.0, 1
    bpy.ops.motionllm.generate()
    settings.prompt, settings.loop = "a person jogs", True
    bpy.ops.motionllm.generate()
    bpy.ops.motionllm.detect_bones()
    for text in ("a person waves", "a person sits down"):
        row = crowd.prompts.add()
        other_values(row)
        row.text = text
    other_values(settings)
    other_values(crowd)
    other_values(scene.motionllm_captions)
    settings.as_strip = settings.loop = False
    settings.target, crowd.area, crowd.facing = character, area, character
    crowd.index = 1
    path = HERE / "saved_scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=True)
    (HERE / "saved_scene.json").write_text(json.dumps(shown(), indent=1) + "\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    make()
    sys.stdout.flush()
    os._exit(0)
