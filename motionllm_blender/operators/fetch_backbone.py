"""Operator: download the language model's file, for the lite extension."""

from collections.abc import Callable

import bpy

from motionllm.errors import MotionError

from ..work import engine, jobs
from ..work.status import status
from . import outcome


def need_online_access() -> None:
    """Respect Blender's setting.

    Raises:
        MotionError: code "download", if Blender is to stay offline.
    """
    if bpy.app.online_access:
        return
    hint = "Switch Preferences > System > Network > Allow Online Access on."
    if bpy.app.online_access_override:
        hint = "Blender was started in offline mode."
    raise MotionError("download", "Blender may not use the network.", hint)


class MOTIONLLM_OT_fetch_backbone(bpy.types.Operator):
    """Download the language model; a download that was stopped goes on where it ended"""

    bl_idname = "motionllm.fetch_backbone"
    bl_label = "Fetch Language Model"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """One job at a time."""
        return not jobs.busy()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Start the download."""
        from ..work.thread import ThreadTask

        with outcome.starting():
            need_online_access()
            jobs.begin(engine.FETCHING, ThreadTask(_fetch), _show, anywhere=True)
        return outcome.follow_job(self)


def _fetch(progress: Callable[[str, int, int], None], cancelled: Callable[[], bool]) -> str:
    from motionllm.pack import backbone

    def tell(done: int, total: int) -> None:
        progress(f"{done / 1e6:.0f} of {total / 1e6:.0f} MB", done, total)

    return str(backbone.fetch_backbone(tell, cancelled))


def _show(path: object) -> None:
    status.message = "The language model is installed"
    status.details = [str(path)]
