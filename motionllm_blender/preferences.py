"""The extension's preferences: engine, device, environments. May import bpy and motionllm."""

import bpy
from bpy.props import EnumProperty, StringProperty

from motionllm.errors import MotionError

from .identity import PACKAGE
from .panels import progress
from .translations import said
from .work import engine, extension, packs


class MotionLLMPreferences(bpy.types.AddonPreferences):
    """Which engine runs, and where."""

    bl_idname = PACKAGE

    engine: EnumProperty(
        name="Engine",
        items=(
            ("EMBEDDED", "Embedded", "Runs on the CPU in Blender's own Python; nothing to install"),
            ("TORCH", "GPU (PyTorch)", "Runs in an environment of its own, on a GPU if there is"),
            ("COMMAND", "Own command", "Any program that serves the protocol, e.g. through ssh"),
        ),
        default="EMBEDDED",
    )
    device: EnumProperty(
        name="Device",
        items=(
            ("auto", "Automatic", "A GPU where there is one"),
            ("cuda", "CUDA", "NVIDIA or AMD GPU"),
            ("mps", "Metal", "Apple GPU"),
            ("cpu", "CPU", "No GPU"),
        ),
        default="auto",
    )
    python: StringProperty(
        name="Python",
        description="Interpreter that has motionllm and PyTorch; empty: the environment below",
        subtype="FILE_PATH",
    )
    environment: StringProperty(
        name="Environment",
        description="Folder for the GPU engine; empty: the extension's own folder",
        subtype="DIR_PATH",
    )
    package_index: StringProperty(
        name="Package Index",
        description="Address of a package index, or a folder of wheels, that is asked besides "
        "those of pip's own configuration. On Linux without an NVIDIA GPU one is needed that has "
        "PyTorch's CPU builds",
    )
    command: StringProperty(
        name="Command",
        description="For example: ssh gpu-box motionllm serve",
        default="motionllm serve",
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the preferences."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "engine")
        if self.engine == "TORCH":
            self._draw_torch(layout)
        elif self.engine == "COMMAND":
            layout.prop(self, "command")
        layout.separator()
        self._draw_backbone(layout)
        self._draw_packs(layout)
        row = layout.row()
        row.operator("motionllm.test_connection", icon="LINKED")
        progress.draw_status(layout, context, wide=True)
        layout.label(text=said(f"Log: {extension.log_path()}"))

    def _draw_torch(self, layout: bpy.types.UILayout) -> None:
        from .work import gpu_environment

        layout.prop(self, "device")
        layout.prop(self, "python")
        layout.prop(self, "environment")
        layout.prop(self, "package_index")
        state = gpu_environment.state(extension.gpu_folder(), extension.wheel())
        labels = {
            "ready": "The GPU engine is installed",
            "incomplete": "Its installation was interrupted; press the button to go on",
            "outdated": "The GPU engine is of another version; press the button to bring it up",
            "missing": "The GPU engine is not installed",
        }
        layout.label(text=labels[state], icon="CHECKMARK" if state == "ready" else "INFO")
        size = gpu_environment.size_text(self.package_index.strip())
        layout.label(text=said(f"Needs {size}, outside Blender"))
        layout.operator("motionllm.setup_gpu", icon="IMPORT")

    def _draw_packs(self, layout: bpy.types.UILayout) -> None:
        column = layout.column(align=True)
        for pack in packs.list_packs():
            use = "commercial use allowed" if pack.commercial else "non-commercial use only"
            column.label(text=said(f"Pack {pack.name}: {use}"), icon="PACKAGE")
        layout.operator("motionllm.install_pack", icon="IMPORT")

    def _draw_backbone(self, layout: bpy.types.UILayout) -> None:
        from motionllm.pack import backbone

        try:
            engine.find_backbone()
        except MotionError as error:
            layout.label(text=said(error.message), icon="ERROR")
            size = backbone.WHEEL_BYTES / 1e6
            if not bpy.app.online_access:
                layout.label(text="Fetching it needs Preferences > System > Allow Online Access")
            layout.operator(
                "motionllm.fetch_backbone", text=said(f"Fetch Language Model ({size:.0f} MB)"),
                icon="IMPORT", translate=False,
            )  # fmt: skip
        else:
            layout.label(text="The language model is installed", icon="CHECKMARK")
