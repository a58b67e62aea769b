"""The panel in the 3D View's sidebar, tab "MotionLLM"."""

import bpy

from ..work import packs, prompt_check
from ..work.status import status
from . import progress
from .character import draw_pin, draw_whom


class Tab:
    """Where the panels are."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "MotionLLM"


class MOTIONLLM_PT_main(Tab, bpy.types.Panel):
    """Prompt, character, Generate."""

    bl_idname = "MOTIONLLM_PT_main"
    bl_label = "MotionLLM"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        settings = context.scene.motionllm
        layout.prop(settings, "prompt", text="")
        _draw_prompt_check(layout, context)
        row = layout.row(align=True)
        row.prop(settings, "use_seconds", text="")
        length = row.row(align=True)
        length.active = settings.use_seconds
        if settings.use_seconds:
            length.prop(settings, "seconds")
        else:
            length.label(text="The model decides")
        row.prop(settings, "loop", text="Loop", toggle=True)
        layout.row(align=True).prop(settings, "start", expand=True)
        row = layout.row(align=True)
        row.prop(settings, "seed")
        row.prop(settings, "new_seed", text="", icon="FILE_REFRESH")
        draw_pin(layout, context)
        draw_whom(layout, context)
        row = layout.row()
        row.scale_y = 1.6
        row.operator("motionllm.generate", icon="PLAY")
        progress.draw_status(layout, context)
        self._draw_licence(layout, context)

    def _draw_licence(self, layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
        pack = packs.find_pack(context.scene.motionllm.pack)
        if pack is None:
            return
        column = layout.column(align=True)
        column.scale_y = 0.85
        if not pack.commercial:
            column.label(text="Non-commercial use only", icon="ERROR")
        if not status.details:  # which name the pack of the last motion
            progress.draw_lines(column, context, f"Pack {pack.name}: {pack.licence}")


def draw_add_menu(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    """Add the character to Add's menu."""
    menu.layout.operator(
        "motionllm.add_character", text="MotionLLM Character", icon="OUTLINER_OB_ARMATURE"
    )


def _draw_prompt_check(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Say before the button is pressed what is wrong with the prompt, or not sure."""
    settings = context.scene.motionllm
    problem = prompt_check.problem(settings.prompt)
    if problem:
        progress.draw_lines(layout, context, problem, "ERROR")
        return
    doubt = prompt_check.doubt(settings.prompt, settings.pack)
    if doubt and doubt not in status.details:  # else it is said below
        progress.draw_lines(layout, context, doubt, "QUESTION")
