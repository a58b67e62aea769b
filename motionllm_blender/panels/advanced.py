"""The panel's section for pack, engine and sampling."""

import bpy

from ..identity import PACKAGE
from ..translations import said
from ..work import extension
from .main import Tab


class MOTIONLLM_PT_sampling(Tab, bpy.types.Panel):
    """Pack, engine, sampling."""

    bl_idname = "MOTIONLLM_PT_sampling"
    bl_label = "Advanced"
    bl_parent_id = "MOTIONLLM_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        layout.use_property_split = True
        settings = context.scene.motionllm
        layout.prop(settings, "pack")
        layout.prop(settings, "best_of")
        layout.prop(settings, "cleanup")
        layout.prop(settings, "own_sampling")
        column = layout.column()
        column.active = settings.own_sampling
        column.prop(settings, "guidance")
        column.prop(settings, "temperature")
        column.prop(settings, "top_p")
        layout.label(text=said(f"Engine: {_engine_name()}"))
        layout.operator(
            "preferences.addon_show", text="Engine Preferences", icon="PREFERENCES"
        ).module = PACKAGE


def _engine_name() -> str:
    settings = extension.preferences()
    return {"EMBEDDED": "embedded", "TORCH": "PyTorch", "COMMAND": "own command"}.get(
        settings.engine if settings else "EMBEDDED", ""
    )
