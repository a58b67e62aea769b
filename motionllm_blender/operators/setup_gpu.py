"""Operator: make the GPU engine's environment."""

import bpy

from motionllm.errors import MotionError

from ..work import engine, gpu_environment, jobs, thread
from . import outcome
from .fetch_backbone import need_online_access


class MOTIONLLM_OT_setup_gpu(bpy.types.Operator):
    """Install PyTorch and the engine into a folder of their own; press again after a failure"""

    bl_idname = "motionllm.setup_gpu"
    bl_label = "Set Up GPU Engine"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        return not jobs.busy()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask first: it is a large download."""
        return context.window_manager.invoke_props_dialog(self, width=420)

    def draw(self, context: bpy.types.Context) -> None:
        """Show what will happen."""
        layout = self.layout
        layout.label(text=f"Downloads {gpu_environment.size_text(_package_index())}")
        layout.label(text=f"into {engine.gpu_folder()}")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Start the installation."""
        with outcome.starting():
            need_online_access()
            wheel = engine.wheel()
            if wheel is None:
                raise MotionError("internal", "The extension does not carry the engine's wheel.")
            folder, index = engine.gpu_folder(), _package_index()
            task = thread.ThreadTask(
                lambda progress, cancelled: gpu_environment.set_up(
                    folder, wheel, progress, cancelled, index
                )
            )
            jobs.begin("Setting up the GPU engine", task, _show)
        return outcome.follow_job(self)


def _package_index() -> str:
    settings = engine.preferences()
    return settings.package_index.strip() if settings else ""


def _show(found: object) -> None:
    jobs.status.message = "The GPU engine is installed"
    jobs.status.details = [str(found)]
