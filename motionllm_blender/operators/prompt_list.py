"""Operators: the prompt list: lines added, removed, moved, written to and read from JSON Lines."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from motionllm.errors import MotionError

from ..translations import said
from ..work import paths
from ..work.status import status
from . import outcome

SUFFIX = ".jsonl"


class MOTIONLLM_OT_prompt_edit(bpy.types.Operator):
    """Add a prompt to the list, remove the active one, or move it"""

    bl_idname = "motionllm.prompt_edit"
    bl_label = "Edit Prompt List"
    bl_options = {"INTERNAL", "UNDO"}

    what: bpy.props.EnumProperty(
        items=(
            ("ADD", "Add", "Add the prompt of the panel"),
            ("REMOVE", "Remove", "Remove the active prompt"),
            ("UP", "Up", "Move it up"),
            ("DOWN", "Down", "Move it down"),
        )
    )

    @classmethod
    def description(cls, _context, properties) -> str:
        """Say what this button does."""
        items = cls.bl_rna.properties["what"].enum_items if hasattr(cls, "bl_rna") else {}
        return items[properties.what].description if properties.what in items else cls.__doc__ or ""

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Change the list."""
        settings = context.scene.motionllm_crowd
        prompts, index = settings.prompts, settings.index
        if self.what == "ADD":
            row = prompts.add()
            row.text = context.scene.motionllm.prompt
            settings.index = len(prompts) - 1
        elif index < len(prompts):
            if self.what == "REMOVE":
                prompts.remove(index)
                settings.index = max(0, min(index, len(prompts) - 1))
            else:
                to = index + (1 if self.what == "DOWN" else -1)
                if 0 <= to < len(prompts):
                    prompts.move(index, to)
                    settings.index = to
        return {"FINISHED"}


class MOTIONLLM_OT_prompts_export(bpy.types.Operator, ExportHelper):
    """Write the prompt list as JSON Lines, as `motionllm generate --prompts` reads them"""

    bl_idname = "motionllm.prompts_export"
    bl_label = "Export Prompts"
    filename_ext = SUFFIX
    filter_glob: bpy.props.StringProperty(default="*" + SUFFIX, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be prompts."""
        return context.scene is not None and bool(context.scene.motionllm_crowd.prompts)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the file."""
        from motionllm.batch.prompt_list import line_text
        from motionllm.files import write_whole

        status.clear_messages()
        lines = [
            line_text(
                row.text, row.seconds if row.use_seconds else None,
                row.seed if row.use_seed else None, row.weight,
            )
            for row in context.scene.motionllm_crowd.prompts
        ]  # fmt: skip
        try:
            write_whole(paths.absolute(self.filepath), ("\n".join(lines) + "\n").encode("utf-8"))
        except MotionError as error:
            status.fail(error)
            return outcome.report_failure(self)
        self.report({"INFO"}, said(f"Wrote {len(lines)} prompts"))
        return {"FINISHED"}


class MOTIONLLM_OT_prompts_import(bpy.types.Operator, ImportHelper):
    """Read a prompt list from a file."""

    bl_idname = "motionllm.prompts_import"
    bl_description = (
        "Read prompts from JSON Lines, a text file (a prompt a line) or a table with a column "
        "'text'; they take the place of those in the list"
    )
    bl_label = "Import Prompts"
    bl_options = {"REGISTER", "UNDO"}
    filename_ext = SUFFIX
    filter_glob: bpy.props.StringProperty(default="*.jsonl;*.txt;*.csv", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Read the file; bad lines are told of, the others are taken."""
        from motionllm.batch.prompt_list import Line, read_prompts
        from motionllm.requests import GenerateRequest

        status.clear_messages()
        path = Path(self.filepath)
        try:
            path = paths.absolute(self.filepath)
            with path.open("rb") as file:
                found = list(read_prompts(file, GenerateRequest("motion"), path.suffix))
        except OSError as error:
            status.fail(MotionError("bad_file", f"{path} cannot be read: {error.strerror}."))
            return outcome.report_failure(self)
        except MotionError as error:
            status.fail(error)
            return outcome.report_failure(self)
        lines = [line for line in found if isinstance(line, Line)]
        bad = [f"Line {line[0]}: {line[1]}" for line in found if not isinstance(line, Line)]
        if not lines:
            what = bad[0] if bad else "The file holds no prompts."
            status.fail(MotionError("bad_request", what))
            return outcome.report_failure(self)
        _fill(context.scene.motionllm_crowd, lines)
        status.message = f"Read {len(lines)} prompts"
        status.details = bad + _not_kept(lines)
        for text in status.details:
            self.report({"WARNING"}, said(text))
        self.report({"INFO"}, said(status.message))
        return {"FINISHED"}


def _not_kept(lines: list) -> list[str]:
    """Say what the lines ask for that the panel sets for all prompts together."""
    from motionllm.requests import FIELDS, GenerateRequest

    from ..work.settings import OF_A_LINE

    plain = GenerateRequest("motion")
    names = [
        name for name in FIELDS
        if name not in OF_A_LINE
        and any(getattr(line.request, name) != getattr(plain, name) for line in lines)
    ]  # fmt: skip
    if not names:
        return []
    return [f"Left out, since the panel sets it for all prompts: {', '.join(names)}."]


def _fill(crowd: bpy.types.PropertyGroup, lines: list) -> None:
    """Put prompts in the place of the list's."""
    crowd.prompts.clear()
    for line in lines:
        row = crowd.prompts.add()
        row.text, row.weight = line.request.text, line.weight
        row.use_seconds, row.use_seed = line.own_seconds, line.own_seed
        if line.own_seconds:
            row.seconds = line.request.seconds
        if line.own_seed:
            row.seed = min(line.request.seed, 2**31 - 1)  # as large as Blender's integers are
    crowd.index = 0
