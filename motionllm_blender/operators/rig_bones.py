"""Operators: which bone is which joint, found, written to a preset file and read from one."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from motionllm.errors import MotionError

from ..scene.target import find_target
from ..translations import said
from ..work import paths
from ..work.status import status
from . import outcome

SUFFIX = ".json"


def _has_target(context: bpy.types.Context) -> bool:
    try:
        armature = find_target(context)
    except MotionError:
        return False
    return armature.data.library is None


class MOTIONLLM_OT_detect_bones(bpy.types.Operator):
    """Find out which bone of the character is which joint; forgets bones that were picked"""

    bl_idname = "motionllm.detect_bones"
    bl_label = "Detect Bones"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The table is kept with the armature, so it must be of this file."""
        return _has_target(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Fill the table; where nothing is found it has the joints alone, to be picked."""
        from ..scene import rigs

        status.clear_messages()
        armature = find_target(context)
        armature.data.motionllm.rows.clear()
        try:
            found = rigs.show(armature)
        except MotionError as error:
            status.fail(error)
            self.report({"WARNING"}, f"{said(error.message)} {said(error.hint)}".strip())
            return {"FINISHED"}
        self.report({"INFO"}, said(f"{found.family}: {len(found.bones)} of 22 joints"))
        return {"FINISHED"}


class MOTIONLLM_OT_export_bones(bpy.types.Operator, ExportHelper):
    """Write which bone is which joint to a preset file"""

    bl_idname = "motionllm.export_bones"
    bl_label = "Export Bones"
    filename_ext = SUFFIX
    filter_glob: bpy.props.StringProperty(default="*" + SUFFIX, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be a table."""
        return _has_target(context) and bool(find_target(context).data.motionllm.rows)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the file."""
        from motionllm.files import write_whole
        from motionllm.rig.find.match import preset_text

        status.clear_messages()
        table = find_target(context).data.motionllm
        names = {row.name: row.bone for row in table.rows}
        try:
            write_whole(
                paths.absolute(self.filepath), preset_text(names, table.family).encode("utf-8")
            )
        except MotionError as error:
            status.fail(error)
            return outcome.report_failure(self)
        self.report({"INFO"}, said(f"Wrote {self.filepath}"))
        return {"FINISHED"}


class MOTIONLLM_OT_import_bones(bpy.types.Operator, ImportHelper):
    """Read which bone is which joint from a preset file"""

    bl_idname = "motionllm.import_bones"
    bl_label = "Import Bones"
    bl_options = {"REGISTER", "UNDO"}
    filename_ext = SUFFIX
    filter_glob: bpy.props.StringProperty(default="*" + SUFFIX, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The table is kept with the armature, so it must be of this file."""
        return _has_target(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Read the file into the table."""
        from motionllm.rig.find.match import read_preset

        from ..scene import rigs

        status.clear_messages()
        path = Path(self.filepath)
        armature = find_target(context)
        before = [(r.name, r.bone, r.found, r.confidence) for r in armature.data.motionllm.rows]
        try:
            path = paths.absolute(self.filepath)
            names = read_preset(path.read_text("utf-8", errors="replace"), path.name)
            armature.data.motionllm.rows.clear()
            rigs.show(armature, names)
        except OSError as error:
            status.fail(MotionError("bad_file", f"{path} cannot be read: {error.strerror}."))
            return outcome.report_failure(self)
        except MotionError as error:
            rows = armature.data.motionllm.rows
            rows.clear()
            for values in before:
                row = rows.add()
                row.name, row.bone, row.found, row.confidence = values
            status.fail(error)
            return outcome.report_failure(self)
        return {"FINISHED"}
