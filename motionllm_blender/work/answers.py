"""What the engine answered, and what it is for: gone or still there. May import bpy, motionllm.

Between a request and its answer the user may have removed or renamed anything, so work in between
keeps names.
"""

from dataclasses import dataclass

import bpy

from motionllm.errors import MotionError
from motionllm.link import protocol
from motionllm.motion.clip import Clip, clip_from_bytes


@dataclass(frozen=True)
class Made:
    """An answer to "generate".

    Attributes:
        clips: one for each person, at least one.
        engine: its name and device.
        took: seconds; None where the engine does not say.
        warnings: sentences for the user.
        how, why: of several people: how their motions came about, as a word and as a sentence.
    """

    clips: list[Clip]
    engine: str
    took: float | None
    warnings: list[str]
    how: str
    why: str


def read_answer(result: object) -> Made:
    """Return what an engine made.

    Raises:
        MotionError: code "protocol", if there is no motion; "bad_file", if it cannot be read.
    """
    if not isinstance(result, dict) or not result.get("clips"):
        raise MotionError("protocol", "The engine's answer holds no motion.")
    took = result.get("took")
    return Made(
        [clip_from_bytes(protocol.unpack_bytes(text)) for text in result["clips"]],
        f"{result.get('engine', '')} {result.get('device', '')}".strip(),
        took if isinstance(took, (int, float)) else None,
        [text for text in result.get("warnings", []) if text],
        str(result.get("how", "")),
        str(result.get("why", "")),
    )


def scene_called(name: str) -> bpy.types.Scene:
    """Return a scene by name.

    Raises:
        MotionError: code "no_rig", if it is gone.
    """
    scene = bpy.data.scenes.get(name)
    if scene is None:
        raise MotionError("no_rig", f"The scene {name!r} was removed meanwhile.")
    return scene


def armature_called(name: str) -> bpy.types.Object:
    """Return a character by name.

    Raises:
        MotionError: code "no_rig", if it is gone.
    """
    armature = bpy.data.objects.get(name)
    if armature is None or armature.type != "ARMATURE":
        raise MotionError("no_rig", f"The character {name!r} was removed meanwhile.")
    return armature


def action_called(name: str) -> bpy.types.Action:
    """Return an action by name.

    Raises:
        MotionError: code "bad_request", if it is gone.
    """
    action = bpy.data.actions.get(name)
    if action is None:
        raise MotionError("bad_request", f"The action {name!r} was removed meanwhile.")
    return action
