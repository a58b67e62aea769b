"""Which bone is which joint; saved with the armature's data in the .blend. May import bpy."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, StringProperty


class MotionLLMRigRow(bpy.types.PropertyGroup):
    """One joint of a rig; its name is the joint's."""

    bone: StringProperty(name="Bone", description="The bone of this joint; empty: there is none")
    found: StringProperty()  # by the program; another bone is the user's own choice
    confidence: FloatProperty()


class MotionLLMRig(bpy.types.PropertyGroup):
    """Which bones of an armature are which joints; saved with the armature's data."""

    family: StringProperty()
    rows: CollectionProperty(type=MotionLLMRigRow)
    show: BoolProperty(name="Bones", description="Show which bone is which joint", default=True)
