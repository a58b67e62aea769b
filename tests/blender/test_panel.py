"""The Rig panel asks Blender for nothing that is not there: drawn into a layout that checks."""

import importlib
from types import SimpleNamespace

import bpy
import pytest
import rig_zoo

MODULE = "bl_ext.user_default.motionllm_blender"


class Layout:
    """Looks like a UILayout: properties and operators that are named must exist."""

    def __init__(self, said):
        self.said = said

    def _part(self, **_):
        return Layout(self.said)

    row = column = box = split = _part

    def label(self, text="", icon="NONE"):
        self.said.append(text)

    def prop(self, data, name, text=None, icon="NONE", emboss=True):
        assert name in data.bl_rna.properties, name
        self.said.append(text or data.bl_rna.properties[name].name)

    def prop_search(self, data, name, where, what, text=""):
        assert name in data.bl_rna.properties and len(getattr(where, what)), name
        self.said.append(getattr(data, name))

    def operator(self, name, text="", icon="NONE"):
        group, verb = name.split(".")
        assert hasattr(getattr(bpy.ops, group), verb), name
        return SimpleNamespace()


def drawn():
    panel = importlib.import_module(f"{MODULE}.panels.rig").MOTIONLLM_PT_rig
    said = []
    stand_in = SimpleNamespace(layout=Layout(said), _draw_bones=None)
    stand_in._draw_bones = lambda *values: panel._draw_bones(stand_in, *values)
    panel.draw(stand_in, bpy.context)
    return said


@pytest.mark.parametrize("thin", [False, True])
def test_the_rig_panel(addon, thin):
    settings = bpy.context.scene.motionllm
    settings.thin_keys = thin
    assert "Root Motion" in drawn()  # no character yet
    armature, expected = rig_zoo.build(rig_zoo.KINDS[2])
    settings.target = armature
    assert expected["head"] not in drawn()
    assert bpy.ops.motionllm.detect_bones() == {"FINISHED"}
    said = drawn()
    assert "Mixamo: 22 of 22 joints" in said and expected["head"] in said
    assert ("Distance" in said) == thin
    armature.data.motionllm.show = False
    assert expected["head"] not in drawn()


def test_a_rig_nobody_knows_gets_an_empty_table(addon):
    bpy.ops.object.armature_add()
    bpy.context.scene.motionllm.target = bpy.context.object
    assert bpy.ops.motionllm.detect_bones() == {"FINISHED"}
    said = drawn()
    assert "Unknown: 0 of 22 joints" in said and "Left knee" in said
