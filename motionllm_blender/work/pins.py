"""A pinned character that is deleted is pinned no more. May import bpy and the scene.

Deleting in the viewport takes an object out of its scenes; what points to it, as the pin does,
would keep it in the file, and its name in the panel.
"""

import bpy

from ..scene.target import pinned_in


@bpy.app.handlers.persistent
def _unpin(scene: bpy.types.Scene, *_: object) -> None:
    if scene.library is None and scene.motionllm.target is not None and not pinned_in(scene):
        scene.motionllm.target = None


def register() -> None:
    """Notice what is deleted."""
    bpy.app.handlers.depsgraph_update_post.append(_unpin)


def unregister() -> None:
    """Undo `register`."""
    bpy.app.handlers.depsgraph_update_post.remove(_unpin)
