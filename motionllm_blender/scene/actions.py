"""F-curves of actions: where Blender's versions differ. May import bpy and numpy.

An action holds its F-curves itself up to 4.3; from 4.4 on they lie in the channelbag of a slot,
and from 5.0 on nowhere else.
"""

from __future__ import annotations

import bpy
import numpy as np

LINEAR, BEZIER = 1, 2  # of Keyframe.interpolation
ALIGNED = 3  # of Keyframe.handle_left_type
SLOTS = bpy.app.version >= (4, 4)


class ActionWriter:
    """A new action of an object, curve by curve."""

    def __init__(self, name: str, owner: bpy.types.Object) -> None:
        """Make the empty action."""
        self.action = bpy.data.actions.new(name)
        self.keys = 0
        if not SLOTS:
            self._channels, self.slot = self.action, None
            return
        self.slot = self.action.slots.new(id_type="OBJECT", name=owner.name)
        strip = self.action.layers.new("Layer").strips.new(type="KEYFRAME")
        self._channels = strip.channelbag(self.slot, ensure=True)

    def write(
        self, path: str, group: str, start: int, values: np.ndarray,
        keys: np.ndarray | None = None, slopes: np.ndarray | None = None,
        skip: tuple[int, ...] = (),
    ) -> None:  # fmt: skip
        """Write one channel: an F-curve for each column.

        Args:
            path: data path of the property.
            group: name of the group of curves.
            start: the frame of values[0].
            values: (T, N), one row a frame.
            keys: rows that get keys with Bezier handles; absent: every row, linear.
            slopes: (T, N) a frame, along which the handles of those lie.
            skip: columns that are left alone.
        """
        rows = np.arange(len(values)) if keys is None else keys
        points = np.empty((len(rows), 2), np.float32)
        points[:, 0] = start + rows
        for column in range(values.shape[1]):
            if column in skip:
                continue
            curve = self._new_curve(path, column, group)
            points[:, 1] = values[rows, column]
            frames = curve.keyframe_points
            frames.add(len(rows))
            frames.foreach_set("co", points.ravel())
            kind = LINEAR if slopes is None else BEZIER
            frames.foreach_set("interpolation", np.full(len(rows), kind, np.int32))
            if slopes is not None:
                self._set_handles(frames, points, slopes[rows, column])
            curve.update()
            self.keys += len(rows)

    def _set_handles(self, frames, points: np.ndarray, slope: np.ndarray) -> None:
        """Lay the handles along the slopes, a third of the way to the neighbouring keys."""
        gap = np.diff(points[:, 0])
        before = np.concatenate([gap[:1], gap]) / 3.0 if len(gap) else np.ones(1)
        after = np.concatenate([gap, gap[-1:]]) / 3.0 if len(gap) else np.ones(1)
        for side, reach in (("left", -before), ("right", after)):
            handles = points + np.stack([reach, reach * slope], axis=1)
            types = np.full(len(points), ALIGNED, np.int32)
            frames.foreach_set(f"handle_{side}_type", types)
            frames.foreach_set(f"handle_{side}", handles.astype(np.float32).ravel())

    def _new_curve(self, path: str, index: int, group: str):
        channels = self._channels
        if bpy.app.version >= (5, 0):
            return channels.fcurves.new(path, index=index, group_name=group)
        if not SLOTS:
            return channels.fcurves.new(path, index=index, action_group=group)
        # 4.4 and 4.5 have groups in a channelbag, but no keyword for them.
        curve = channels.fcurves.new(path, index=index)
        curve.group = channels.groups.get(group) or channels.groups.new(group)
        return curve


def curves(action: bpy.types.Action) -> list[bpy.types.FCurve]:
    """Return an action's F-curves, those of all its slots."""
    if not SLOTS:
        return list(action.fcurves)
    return [
        curve
        for layer in action.layers
        for strip in layer.strips
        for bag in strip.channelbags
        for curve in bag.fcurves
    ]


def slots_of(action: bpy.types.Action) -> list[bpy.types.ActionSlot | None]:
    """Return an action's slots that objects can use; [None] where there are no slots at all."""
    if not SLOTS:
        return [None]
    return [slot for slot in action.slots if slot.target_id_type in ("OBJECT", "UNSPECIFIED")]


def curves_of(action: bpy.types.Action, slot: bpy.types.ActionSlot | None) -> list:
    """Return the F-curves that a slot of an action holds; without slots all there are."""
    if not SLOTS:
        return list(action.fcurves)
    return [
        curve
        for layer in action.layers
        for strip in layer.strips
        for bag in strip.channelbags
        if slot is not None and bag.slot_handle == slot.handle
        for curve in bag.fcurves
    ]


def slot_of(owner: bpy.types.Object) -> bpy.types.ActionSlot | None:
    """Return the slot of its action that an object uses."""
    data = owner.animation_data
    return data.action_slot if SLOTS and data is not None and data.action is not None else None


def playing_strips(owner: bpy.types.Object) -> list[bpy.types.NlaStrip]:
    """Return the NLA strips that move an object, those without an action left out."""
    data = owner.animation_data
    if data is None or not data.use_nla:
        return []
    alone = any(track.is_solo for track in data.nla_tracks)
    return [
        strip
        for track in data.nla_tracks
        if (track.is_solo if alone else not track.mute)
        for strip in track.strips
        if not strip.mute and strip.action is not None
    ]


def make_active(owner: bpy.types.Object, writer: ActionWriter) -> None:
    """Make the action the object's; the one it had is kept in the file."""
    data = owner.animation_data_create()
    if data.action is not None:
        data.action.use_fake_user = True  # else it would vanish when the file is saved
    data.action = writer.action
    if writer.slot is not None:
        data.action_slot = writer.slot
