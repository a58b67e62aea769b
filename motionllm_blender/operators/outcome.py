"""How an operator starts a job, and how it ends: at once in a window, with the job in the
background."""

import contextlib
from collections.abc import Iterator

import bpy

from motionllm.errors import MotionError

from ..translations import said
from ..work import jobs
from ..work.status import status


class OneJob:
    """What operators that start a job in the scene have in common."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One job at a time."""
        return context.scene is not None and not jobs.busy()


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Clear the last job's messages; what keeps the new one from starting becomes the panel's."""
    status.clear_messages()
    try:
        yield
    except MotionError as error:
        status.fail(error)


def follow_job(operator: bpy.types.Operator) -> set[str]:
    """Leave the job to the timer; in background mode wait for it and report its error.

    Where it could not be started, that is reported at once.
    """
    if status.error:
        return report_failure(operator)
    if not bpy.app.background:
        return {"FINISHED"}
    jobs.run_to_end()
    if status.error:
        return report_failure(operator)
    if status.message:
        operator.report({"INFO"}, said(status.message))
    return {"FINISHED"}


def report_failure(operator: bpy.types.Operator) -> set[str]:
    """Report the error that the panel shows."""
    text = f"{said(status.error)} {said(status.hint)}".strip()
    operator.report({"ERROR"}, text)
    return {"CANCELLED"}
