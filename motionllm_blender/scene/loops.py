"""Loops as animators expect them: F-curves that repeat. May import bpy and motionllm."""

import bpy

from motionllm.motion.clip import Clip
from motionllm.motion.loop import net, repeat, with_closing_frame

from . import actions, bake, read


def bake_loop(
    loop: Clip,
    armature: bpy.types.Object,
    scene: bpy.types.Scene,
    start: int,
    provenance: dict[str, object] | None = None,
    options: bake.Options = bake.Options(),  # noqa: B008  (frozen)
    guarded: bool = True,
) -> bpy.types.Action:
    """Write a loop as an action that repeats, before and after its keys.

    The last key of each curve is the first once more: the action's range is one cycle. A person
    that travels goes on by the same step with every cycle. One that turns as well cannot be said
    so: its cycles are written one by one, to the scene's end.

    Raises:
        MotionError: as `bake.bake`.
    """
    cycle = net(loop)
    fps = read.scene_fps(scene)
    if cycle.turn:
        frames = int((scene.frame_end - start + 1) / fps * loop.fps) + 1
        long = repeat(loop, max(frames, loop.frames + 1))
        return bake.bake(long, armature, scene, start, provenance, options, guarded)
    whole = with_closing_frame(loop, fps)
    action = bake.bake(whole, armature, scene, start, provenance, options, guarded)
    repeat_curves(action, travels=bool(cycle.step.any()))
    return action


def repeat_curves(action: bpy.types.Action, travels: bool) -> None:
    """Give every curve of an action of this add-on a modifier that repeats it for ever.

    Args:
        travels: locations go on by what they gained in a cycle.
    """
    for curve in actions.curves(action):
        modifier = curve.modifiers.new("CYCLES")
        on = travels and curve.data_path.endswith("location")
        modifier.mode_before = modifier.mode_after = "REPEAT_OFFSET" if on else "REPEAT"
    action.use_cyclic = True
