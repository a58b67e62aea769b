"""How an operator that started a job ends: at once in a window, with the job in the background."""

import bpy

from .. import jobs


def follow_job(operator: bpy.types.Operator) -> set[str]:
    """Leave the job to the timer; in background mode wait for it and report its error."""
    if not bpy.app.background:
        return {"FINISHED"}
    jobs.run_to_end()
    if jobs.status.error:
        return report_failure(operator)
    if jobs.status.message:
        operator.report({"INFO"}, jobs.status.message)
    return {"FINISHED"}


def report_failure(operator: bpy.types.Operator) -> set[str]:
    """Report the error that the panel shows."""
    text = f"{jobs.status.error} {jobs.status.hint}".strip()
    operator.report({"ERROR"}, text)
    return {"CANCELLED"}
