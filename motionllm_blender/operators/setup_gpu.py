"""Operator: make the GPU engine's environment."""

import bpy

from motionllm.errors import MotionError

from ..translations import said
from ..work import extension, jobs, paths
from ..work.status import status
from . import outcome
from .fetch_backbone import need_online_access


class MOTIONLLM_OT_setup_gpu(bpy.types.Operator):
    """Install PyTorch and the engine into a folder of their own; press again after a failure"""

    bl_idname = "motionllm.setup_gpu"
    bl_label = "Set Up GPU Engine"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """One job at a time."""
        return not jobs.busy()

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask first: it is a large download."""
        return context.window_manager.invoke_props_dialog(self, width=420)

    def draw(self, _context: bpy.types.Context) -> None:
        """Show what will happen."""
        from ..work import gpu_environment

        layout = self.layout
        layout.label(text=said(f"Downloads {gpu_environment.size_text(_package_index())}"))
        layout.label(text=said(f"into {extension.gpu_folder()}"))

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Start the installation."""
        from ..work import gpu_environment
        from ..work.thread import ThreadTask

        with outcome.starting():
            need_online_access()
            wheel = extension.wheel()
            if wheel is None:
                raise MotionError("internal", "The extension does not carry the engine's wheel.")
            settings = extension.preferences()
            if settings is not None and settings.environment.strip():
                paths.absolute(settings.environment.strip())
            folder, index = extension.gpu_folder(), _package_index()
            task = ThreadTask(
                lambda progress, cancelled: gpu_environment.set_up(
                    folder, wheel, progress, cancelled, index
                )
            )
            jobs.begin("Setting up the GPU engine", task, _show, anywhere=True)
        return outcome.follow_job(self)


def _package_index() -> str:
    settings = extension.preferences()
    return settings.package_index.strip() if settings else ""


def _show(found: object) -> None:
    status.message = "The GPU engine is installed"
    status.details = [str(found)]
