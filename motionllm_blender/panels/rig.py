"""The sub-panel of the character's bones, and of how a motion is put on them."""

import bpy

from motionllm.errors import MotionError

from ..scene.target import find_target
from ..translations import said
from .main import Tab

DOUBTFUL = 0.7  # a bone that is less sure than this is pointed out


class MOTIONLLM_PT_rig(Tab, bpy.types.Panel):
    """Which bone is which joint, and how motions are written."""

    bl_idname = "MOTIONLLM_PT_rig"
    bl_label = "Rig"
    bl_parent_id = "MOTIONLLM_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        settings = context.scene.motionllm
        try:
            armature = find_target(context)
        except MotionError:
            armature = None
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "root_motion")
        column.prop(settings, "ik_limbs")
        column.prop(settings, "lock_feet")
        column.prop(settings, "thin_keys")
        if settings.thin_keys:
            column.prop(settings, "thin_degrees")
            column.prop(settings, "thin_millimetres")
        column.prop(settings, "as_strip")
        if settings.as_strip:
            column.prop(settings, "go_on")
        column.prop(settings, "as_asset")
        column.prop(settings, "mute_constraints")
        if armature is not None:  # last: the table is long
            self._draw_bones(layout, armature)

    def _draw_bones(self, layout: bpy.types.UILayout, armature: bpy.types.Object) -> None:
        table = armature.data.motionllm
        row = layout.row(align=True)
        row.operator("motionllm.detect_bones", icon="ARMATURE_DATA")
        row.operator("motionllm.import_bones", text="", icon="IMPORT")
        row.operator("motionllm.export_bones", text="", icon="EXPORT")
        if not table.rows:
            return
        box = layout.box()
        count = sum(bool(row.bone) for row in table.rows)
        title = said(f"{table.family or 'Unknown'}: {count} of {len(table.rows)} joints")
        icon = "TRIA_DOWN" if table.show else "TRIA_RIGHT"
        box.prop(table, "show", text=title, icon=icon, emboss=False)
        if not table.show:
            return
        column = box.column(align=True)
        for entry in table.rows:
            line = column.split(factor=0.46, align=True)
            joint = entry.name.replace("_", " ").capitalize()
            line.label(text=said(joint), icon=_icon(entry))
            line.prop_search(entry, "bone", armature.data, "bones", text="")


def _icon(entry: bpy.types.PropertyGroup) -> str:
    if not entry.bone:
        from motionllm.rig.find.family import REQUIRED  # not before there is a table to draw

        return "ERROR" if entry.name in REQUIRED else "REMOVE"
    if entry.bone != entry.found:
        return "USER"
    return "CHECKMARK" if entry.confidence >= DOUBTFUL else "QUESTION"
