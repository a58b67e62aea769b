"""A take that was made from the same words, seed and settings. May import bpy, motionllm."""

import json
from dataclasses import asdict

import bpy

from motionllm.errors import MotionError
from motionllm.judge.clause import Verdict

from ..scene.target import find_target
from . import extension, settings, show_take
from .asked import TICKS, asked_of, missed
from .status import status

PROPERTY = "motionllm_asked"  # of an action: what it was made from


def key_of(context: bpy.types.Context, armature: bpy.types.Object | None) -> str:
    """Return all that the panel's button depends on, as a text; "" if no take can be the same.

    A strip is put where the playhead or the last one is: there the same motion is another take.

    Raises:
        MotionError: what the panel asks for cannot be done.
    """
    panel = context.scene.motionllm
    if armature is None or panel.as_strip:
        return ""
    preferences = extension.preferences()
    bones = {row.name: row.bone for row in armature.data.motionllm.rows}
    asked = {
        "request": settings.request_of(context).to_table(),
        "loop": panel.loop,
        "pack": panel.pack,
        "engine": preferences.engine if preferences else "EMBEDDED",
        "options": asdict(settings.bake_options(panel)),
        "start": settings.first_frame(context.scene),
        "fps": [context.scene.render.fps, round(context.scene.render.fps_base, 6)],
        "character": armature.name,
        "bones": bones,
    }
    return json.dumps(asked, sort_keys=True, ensure_ascii=False)


def find(context: bpy.types.Context, armature: bpy.types.Object | None) -> bpy.types.Action | None:
    """Return the newest take that was made from what the panel asks for now, for this character.

    Raises:
        MotionError: what the panel asks for cannot be done.
    """
    key = key_of(context, armature)
    found = [action for action in bpy.data.actions if key and action.get(PROPERTY) == key]
    return max(found, key=lambda action: action.get("motionllm_made", ""), default=None)


def offered(context: bpy.types.Context) -> bool:
    """Tell whether there is such a take; then it is shown, and the panel says so.

    What keeps it from being shown, or the panel from being understood, is told by drawing it.
    """
    try:
        armature = find_target(context)
        action = find(context, armature)
        if action is not None:
            status.clear_messages()
            offer(context, armature, action)
        return action is not None
    except MotionError:
        return False


def offer(context: bpy.types.Context, armature: bpy.types.Object, action: bpy.types.Action) -> None:
    """Put the take on and say in the panel that it was there; its button draws it again."""
    show_take.show(context, armature, action, int(action.frame_start))
    status.verdict = Verdict.from_json(str(action.get(TICKS, "")))
    status.message = f"This take exists already: {action.name}"
    status.details = ["Nothing was drawn. Another seed, prompt or setting makes another take."]
    status.exists = True
    asked = asked_of(context, action[PROPERTY])
    status.missed = missed(asked, context.scene, armature, action)
