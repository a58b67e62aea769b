"""A line of the prompt list; saved in the .blend. May import bpy."""

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty


class MotionLLMPrompt(bpy.types.PropertyGroup):
    """One line of the prompt list."""

    text: StringProperty(name="Prompt", default="a person walks")
    use_seconds: BoolProperty(
        name="Own length", description="Off: the length that is set for all", default=False
    )
    seconds: FloatProperty(
        name="Seconds", default=4.0, soft_min=0.4, soft_max=60.0, step=20, precision=1
    )
    use_seed: BoolProperty(
        name="Own seed", description="Off: seeds count up from the one for all", default=False
    )
    seed: IntProperty(name="Seed", default=0, min=0)
    weight: FloatProperty(
        name="Weight",
        description="Share of a crowd's characters that do this, among the other prompts'",
        default=1.0,
        min=0.0,
        soft_max=10.0,
        precision=1,
        step=50,
    )
