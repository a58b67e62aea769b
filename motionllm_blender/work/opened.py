"""Which file is open: what was asked for in one does not end up in another. May import bpy."""

import bpy

count = 0  # files opened since the start, a new one and the same one again too


def title() -> str:
    """Return what the open file is called."""
    return bpy.path.basename(bpy.data.filepath) or "a file that was not saved"


@bpy.app.handlers.persistent
def _opened(*_: object) -> None:
    global count
    count += 1


def register() -> None:
    """Notice when another file is opened."""
    bpy.app.handlers.load_post.append(_opened)


def unregister() -> None:
    """Undo `register`."""
    bpy.app.handlers.load_post.remove(_opened)
