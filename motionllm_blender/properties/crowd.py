"""What the user sets for prompt lists and crowds; saved in the .blend. May import bpy."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
)

from .prompts import MotionLLMPrompt


def _is_mesh(_self, thing: bpy.types.Object) -> bool:
    return thing.type == "MESH"


class MotionLLMCrowd(bpy.types.PropertyGroup):
    """The prompt list and the crowd of a scene; saved in the .blend."""

    prompts: CollectionProperty(type=MotionLLMPrompt)
    index: IntProperty(name="Active prompt")
    in_sequence: BoolProperty(
        name="In Sequence",
        description="One action in which each motion begins where the one before ends; off: an "
        "action for each prompt",
        default=False,
    )
    who: EnumProperty(
        name="Characters",
        items=(
            ("ADD", "Add New", "Add so many of the extension's characters"),
            ("SELECTED", "Selected", "The selected armatures"),
            ("COLLECTION", "Collection", "All armatures of a collection"),
        ),
        default="ADD",
    )
    count: IntProperty(name="Count", default=20, min=1, soft_max=200, max=2000)
    collection: PointerProperty(name="Collection", type=bpy.types.Collection)
    use_list: BoolProperty(
        name="Use the prompt list",
        description="Off: everybody does what the prompt above says",
        default=False,
    )
    to_end: BoolProperty(
        name="To the scene's end",
        description="The crowd moves until the scene ends; off: so many seconds",
        default=False,
    )
    seconds: FloatProperty(
        name="Seconds",
        description="How long the crowd moves",
        default=6.0,
        min=1.0,
        max=60.0,
        step=50,
        precision=1,
    )
    seed: IntProperty(name="Seed", description="Of motions, places and ways", default=0, min=0)
    loop: BoolProperty(
        name="Seamless loops",
        description="Motions repeat to the end; off: they play once and hold",
        default=True,
    )
    area: PointerProperty(
        name="Area",
        description="A mesh that covers where the crowd may be; empty: a rectangle around the "
        "3D cursor",
        type=bpy.types.Object,
        poll=_is_mesh,
    )
    width: FloatProperty(name="X", default=12.0, min=0.5, soft_max=100.0, unit="LENGTH")
    depth: FloatProperty(name="Y", default=12.0, min=0.5, soft_max=100.0, unit="LENGTH")
    distance: FloatProperty(
        name="Distance",
        description="That people keep from each other, at least",
        default=0.5,
        min=0.4,
        soft_max=3.0,
        unit="LENGTH",
    )
    facing: PointerProperty(
        name="Facing",
        description="What standing people face; empty: each anywhere",
        type=bpy.types.Object,
    )
    keep_places: BoolProperty(
        name="Keep Places",
        description="Characters begin where they stand and face; off: they are placed anew",
        default=False,
    )
    share: BoolProperty(
        name="Share Motions",
        description="Characters share a few motions: one action each, on NLA strips. The file "
        "stays small",
        default=False,
    )
    takes: IntProperty(
        name="Motions", description="How many different ones", default=8, min=1, soft_max=50
    )
