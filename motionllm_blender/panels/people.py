"""The panel's section for several people who do something together."""

import bpy

from ..scene.target import chosen
from . import progress
from .main import Tab


class MOTIONLLM_PT_people(Tab, bpy.types.Panel):
    """How many people, and the partner of one who is animated."""

    bl_idname = "MOTIONLLM_PT_people"
    bl_label = "People"
    bl_parent_id = "MOTIONLLM_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        settings = context.scene.motionllm
        found = chosen(context)
        people = settings.people
        layout.prop(settings, "people")
        progress.draw_lines(layout, context, _who(found[:people], people))
        layout.operator("motionllm.people", icon="COMMUNITY")
        row = layout.row()
        row.operator("motionllm.partner", icon="USER")
        if not found:
            layout.label(text="Select an animated character", icon="INFO")


def _who(found: list[bpy.types.Object], people: int) -> str:
    """Say which characters are animated."""
    names = ", ".join(armature.name for armature in found)
    more = people - len(found)
    if not more:
        return f"Animates {names}"
    if names:
        return f"Animates {names} and adds {more} more"
    return f"Adds {more} new characters"
