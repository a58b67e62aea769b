"""What the user sets for captions of many motions; saved in the .blend. May import bpy."""

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty


class MotionLLMCaptions(bpy.types.PropertyGroup):
    """Which motions to describe, and what becomes of the words."""

    source: EnumProperty(
        name="Describe",
        items=(
            ("SELECTED", "Selected Characters", "Every selected armature, with what it does now"),
            ("ACTIONS", "All Actions", "Every action in the file that moves bones of a character"),
        ),
        default="SELECTED",
    )
    piecewise: BoolProperty(
        name="Piece by Piece",
        description="A sentence for each stretch of one action, instead of one for the whole",
        default=False,
    )
    to_properties: BoolProperty(
        name="Custom Property",
        description="Keep the sentence as the property motionllm_caption of the action or object",
        default=True,
    )
    to_names: BoolProperty(
        name="Name",
        description="Name the character, or the action, after what it does",
        default=False,
    )
    to_assets: BoolProperty(
        name="Asset",
        description="Mark the action as an asset, with the sentence as its description and tags",
        default=False,
    )
    to_markers: BoolProperty(
        name="Markers",
        description="A marker where each piece begins: in the timeline for characters, in the "
        "action for actions",
        default=False,
    )
    csv_path: StringProperty(
        name="Table",
        description="File to write all sentences to (.csv); empty: none",
        subtype="FILE_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5) else set(),
        default="",
    )
