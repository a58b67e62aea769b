"""The Rig panel asks Blender for nothing that is not there: drawn into a layout that checks."""

from types import SimpleNamespace

import bpy
import pytest
import rig_zoo

from tests.helpers.extension import module
from tests.helpers.layout import Layout

pytestmark = pytest.mark.usefixtures("addon")


def drawn():
    panel = module("panels.rig").MOTIONLLM_PT_rig
    said = []
    stand_in = SimpleNamespace(layout=Layout(said), _draw_bones=None)
    stand_in._draw_bones = lambda *values: panel._draw_bones(stand_in, *values)
    panel.draw(stand_in, bpy.context)
    return said


@pytest.mark.parametrize("thin", [False, True])
def test_the_rig_panel(thin):
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


def test_a_rig_nobody_knows_gets_an_empty_table():
    bpy.ops.object.armature_add()
    bpy.context.scene.motionllm.target = bpy.context.object
    assert bpy.ops.motionllm.detect_bones() == {"FINISHED"}
    said = drawn()
    assert "Unknown: 0 of 22 joints" in said and "Left knee" in said
