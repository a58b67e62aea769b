"""Actions as assets, found by their words. May import bpy."""

from collections.abc import Iterable

import bpy

TAG = 60  # letters of a tag; Blender cuts at 63 bytes


def mark_asset(action: bpy.types.Action, description: str, tags: Iterable[str]) -> None:
    """Mark an action as an asset with this description and, besides those it has, these tags."""
    action.asset_mark()
    action.asset_data.description = description
    for tag in tags:
        action.asset_data.tags.new(tag[:TAG], skip_if_exists=True)
