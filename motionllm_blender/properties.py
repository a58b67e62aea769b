"""What the user sets for a scene; saved in the .blend. May import bpy."""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from . import engines

_items: list[tuple[str, str, str]] = []  # Blender keeps no reference to the strings of an enum


def _packs(_self, _context) -> list[tuple[str, str, str]]:
    _items[:] = [
        (pack.folder.name, pack.name, pack.licence) for pack in engines.list_packs()
    ] or [("default", "default", "The pack that comes with the extension")]
    return _items


def _is_armature(_self, thing: bpy.types.Object) -> bool:
    return thing.type == "ARMATURE"


class MotionLLMSettings(bpy.types.PropertyGroup):
    """Settings of one scene. Limits are soft: the engine says what is out of range."""

    prompt: StringProperty(
        name="Prompt",
        description="What the person does, in a sentence",
        default="a person walks forward and waves",
    )
    use_seconds: BoolProperty(
        name="Set the length",
        description="Off: the model decides how long the motion is",
        default=True,
    )
    seconds: FloatProperty(
        name="Seconds",
        description="Length of the motion",
        default=4.0,
        soft_min=0.4,
        soft_max=60.0,
        step=20,
        precision=1,
    )
    seed: IntProperty(
        name="Seed",
        description="The same prompt and seed give the same motion",
        default=0,
        min=0,
    )
    new_seed: BoolProperty(
        name="Another seed each time",
        description="Count the seed up after each motion, so that the next one differs",
        default=False,
    )
    target: PointerProperty(
        name="Character",
        description="Armature to animate or to describe; empty: the active one",
        type=bpy.types.Object,
        poll=_is_armature,
    )
    start: EnumProperty(
        name="Start",
        items=(
            ("SCENE", "Scene Start", "The motion begins at the scene's first frame"),
            ("CURRENT", "Current Frame", "The motion begins at the current frame"),
        ),
        default="SCENE",
    )
    pack: EnumProperty(name="Pack", description="Model to generate with", items=_packs)
    own_sampling: BoolProperty(
        name="Own sampling values",
        description="Off: the values the pack was measured with",
        default=False,
    )
    guidance: FloatProperty(
        name="Guidance",
        description="How closely the prompt is followed; 1 is twice as fast",
        default=2.0,
        min=0.0,
        soft_min=1.0,
        soft_max=5.0,
    )
    temperature: FloatProperty(
        name="Temperature",
        description="Variety between seeds; 0 always takes the likeliest motion",
        default=1.0,
        min=0.0,
        soft_max=1.5,
    )
    use_range: BoolProperty(
        name="Own frame range",
        description="Off: the whole action of the character",
        default=False,
    )
    frame_start: IntProperty(name="From", description="First frame to describe", default=1)
    frame_end: IntProperty(name="To", description="Last frame to describe", default=120)
