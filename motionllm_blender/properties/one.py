"""What the user sets for a scene; saved in the .blend. May import bpy."""

import math

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from motionllm.requests import MAX_BEST_OF

from ..work import packs

_items: list[tuple[str, str, str]] = []  # Blender keeps no reference to the strings of an enum


def _packs(_self, _context) -> list[tuple[str, str, str]]:
    _items[:] = [(pack.folder.name, pack.name, pack.licence) for pack in packs.list_packs()] or [
        ("default", "default", "The pack that comes with the extension")
    ]
    return _items


def _is_armature(_self, thing: bpy.types.Object) -> bool:
    return thing.type == "ARMATURE"


class MotionLLMSettings(bpy.types.PropertyGroup):
    """Settings of one scene. Limits are soft: the engine says what is out of range."""

    prompt: StringProperty(
        name="Prompt",
        description="What the person does, in a sentence",
        default="a person walks forward, then waves",
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
    loop: BoolProperty(
        name="Seamless loop",
        description="The end meets the start, and the action repeats",
        default=False,
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
    people: IntProperty(
        name="People",
        description="How many people do together what the prompt says",
        default=2,
        min=2,
        max=8,
    )
    target: PointerProperty(
        name="Pinned Character",
        description="Armature to animate or to describe whatever is selected; empty: the selected "
        "ones",
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
    root_motion: EnumProperty(
        name="Root Motion",
        items=(
            ("AS_IS", "As Is", "The hips carry the person over the floor"),
            ("IN_PLACE", "In Place", "The person stays where it is"),
            ("SEPARATE", "Separate", "The root bone carries path and heading, or the object"),
        ),
        default="AS_IS",
    )
    lock_feet: BoolProperty(
        name="Lock Feet",
        description="Planted feet keep their place: thighs and shins give way",
        default=True,
    )
    thin_keys: BoolProperty(
        name="Thin Keys",
        description="As few keys as the bounds allow, with handles; off: one a frame",
        default=False,
    )
    thin_degrees: FloatProperty(
        name="Angle",
        description="How far, in degrees, a bone may turn from the motion",
        default=4.0,
        min=0.01,
        soft_max=10.0,
    )
    thin_millimetres: FloatProperty(
        name="Distance",
        description="How far, in millimetres, a joint may stray from the motion",
        default=8.0,
        min=0.1,
        soft_max=50.0,
    )
    as_strip: BoolProperty(
        name="NLA Strip",
        description="Write an NLA strip that hides none before it; the active action stays",
        default=False,
    )
    go_on: BoolProperty(
        name="Go On from Strips",
        description="A strip begins where those before it have led the character, in place and "
        "heading; off: where the character stood before the first",
        default=True,
    )
    as_asset: BoolProperty(
        name="Mark as Asset",
        description="The prompt becomes the asset's description and its tags",
        default=False,
    )
    ik_limbs: EnumProperty(
        name="Limbs",
        description="How a control rig's arms and legs are driven; other rigs have no choice",
        items=(
            ("OFF", "FK", "IK is switched off: the FK controls have the keys"),
            ("FOLLOW", "IK", "IK controls and poles follow with keys of their own beside FK"),
        ),
        default="OFF",
    )
    mute_constraints: BoolProperty(
        name="Mute Constraints",
        description="Switch off the constraints of the bones that get keys",
        default=False,
    )
    cleanup: BoolProperty(
        name="Clean feet",
        description="Planted feet stand still and on the floor; off: as the model drew them",
        default=True,
    )
    use_turn: BoolProperty(
        name="Set the turn",
        description="Off: the model decides how far the character turns in all",
        default=False,
    )
    turn: FloatProperty(
        name="Turn",
        description="From the first frame to the last; positive is to the character's left",
        default=math.radians(90.0),
        soft_min=-math.tau,
        soft_max=math.tau,
        step=1500,
        precision=1,
        unit="ROTATION",
    )
    use_place: BoolProperty(
        name="Set the place",
        description="Off: the model decides where the character ends",
        default=False,
    )
    ahead: FloatProperty(
        name="Ahead",
        description="Metres from where the motion begins, straight ahead, for a body of 1.7 m",
        default=2.0,
        soft_min=-20.0,
        soft_max=20.0,
    )
    left: FloatProperty(
        name="Left",
        description="Metres from where the motion begins, to the character's left",
        default=0.0,
        soft_min=-20.0,
        soft_max=20.0,
    )
    best_of: IntProperty(
        name="Best Of",
        description="How many motions are drawn; the one that the prompt describes best is kept. "
        "1 is quickest, and what lists and crowds use",
        default=4,
        min=1,
        max=MAX_BEST_OF,
    )
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
    top_p: FloatProperty(
        name="Top P",
        description="Sample from this share of probability: smaller is safer, 1 is all of it",
        default=0.95,
        min=0.01,
        max=1.0,
    )
    sentence: StringProperty(
        name="Sentence",
        description="What a motion is checked for, for example: walks forward, then waves",
        default="",
    )
    use_range: BoolProperty(
        name="Own frame range",
        description="Off: the whole action of the character",
        default=False,
    )
    frame_start: IntProperty(name="From", description="First frame to read", default=1)
    frame_end: IntProperty(name="To", description="Last frame to read", default=120)
