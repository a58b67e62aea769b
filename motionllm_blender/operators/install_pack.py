"""Operator: a model pack, a folder or a zip, into the user's folder of packs."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ImportHelper

from motionllm.errors import MotionError

from ..translations import said
from ..work import packs
from ..work.status import status
from . import outcome


class MOTIONLLM_OT_install_pack(bpy.types.Operator, ImportHelper):
    """Install a model pack."""

    bl_idname = "motionllm.install_pack"
    bl_label = "Install Model Pack"
    bl_description = (
        "Copy a model pack to where Blender and the command line find it: a zip, or the folder "
        "that 'motionllm train pack' wrote"
    )
    bl_options = {"REGISTER"}
    filename_ext = ".zip"
    filter_glob: bpy.props.StringProperty(default="*.zip;pack.json", options={"HIDDEN"})
    replace: bpy.props.BoolProperty(
        name="Replace",
        description="Take the place of an installed pack of the same name",
        default=False,
    )

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Check it and copy it; a file that is no pack is refused."""
        from motionllm.pack.install import install_pack

        status.clear_messages()
        try:
            pack = install_pack(Path(bpy.path.abspath(self.filepath)), self.replace)
        except MotionError as error:
            status.fail(error)
            return outcome.report_failure(self)
        packs.forget()
        status.message = f"Installed the model pack {pack.folder.name}"
        status.details = [str(pack.folder), "Choose it in the panel under Advanced."]
        self.report({"INFO"}, said(status.message))
        return {"FINISHED"}
