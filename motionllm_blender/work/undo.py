"""What a timer lacks: a window to undo in, a scene to add to. May import bpy."""

import bpy


def context_of(scene: bpy.types.Scene):
    """Return a context in which objects are added to this scene; a timer has no window."""
    windows = bpy.context.window_manager.windows
    if bpy.context.window is not None or not len(windows):
        return bpy.context.temp_override(scene=scene)
    return bpy.context.temp_override(window=windows[0], scene=scene)


def push_undo(message: str) -> None:
    """Make what was just done one undo step; a timer has no window of its own."""
    windows = bpy.context.window_manager.windows
    if bpy.context.window is None and len(windows):
        with bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo_push(message=message)
    else:
        bpy.ops.ed.undo_push(message=message)
