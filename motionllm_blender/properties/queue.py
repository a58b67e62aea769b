"""The rows of the queue; neither saved nor undone. May import bpy."""

import bpy
from bpy.props import CollectionProperty, EnumProperty, IntProperty, StringProperty

STATES = (
    ("WAITING", "Waiting", "", "TIME", 0),
    ("GENERATING", "Generating", "", "PLAY", 1),
    ("PLACING", "Placing", "", "CON_LOCLIKE", 2),
    ("DONE", "Done", "", "CHECKMARK", 3),
    ("FAILED", "Failed", "", "ERROR", 4),
)


class MotionLLMQueueRow(bpy.types.PropertyGroup):
    """A motion under way: of whom, what, and how far it is. Its name is the character's."""

    text: StringProperty()
    state: EnumProperty(items=STATES)
    sentence: StringProperty()  # why it failed
    ticks: StringProperty()  # what was made shows of the text, see motionllm.judge.clause.Verdict
    # What was made, by Blender's session_uid, so that renaming does not matter; "" for nothing yet.
    character: StringProperty()
    action: StringProperty()
    frame: IntProperty()  # it begins at


class MotionLLMQueue(bpy.types.PropertyGroup):
    """The queue, of the window manager: neither saved nor undone."""

    rows: CollectionProperty(type=MotionLLMQueueRow)
    index: IntProperty(name="Active row")
