"""Operator: start the engine and say what was found."""

import bpy

from motionllm.errors import MotionError

from ..work import engine, jobs
from ..work.status import status
from . import outcome


class MOTIONLLM_OT_test_connection(bpy.types.Operator):
    """Start the engine's process and tell what it is"""

    bl_idname = "motionllm.test_connection"
    bl_label = "Test Connection"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """One job at a time."""
        return not jobs.busy()

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Ask the engine who it is."""
        with outcome.starting():
            jobs.begin("Testing the connection", engine.client().start(), _show, anywhere=True)
        return outcome.follow_job(self)


def _show(server: object) -> None:
    if not isinstance(server, dict):
        raise MotionError("protocol", "The engine did not say what it is.")
    status.message = f"The {server.get('engine')} engine answers: motionllm {server.get('version')}"
    torch = "with PyTorch" if server.get("torch") else "without PyTorch"
    packs = [f"Pack {pack.get('name')}: {pack.get('licence')}" for pack in server.get("packs", [])]
    status.details = [
        f"Python {server.get('python')} {torch}, device {server.get('device')}",
        *packs,
    ]
