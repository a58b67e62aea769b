"""Motions as NLA strips. May import bpy, numpy.

What was there before is not hidden: a strip holds its last pose up to the next one, and begins
where those before it have led the character.
"""

import bpy
import numpy as np

from motionllm.motion.clip import Clip
from motionllm.motion.root import placed, put_to, roots_of
from motionllm.rig.carry.rest import Fit
from motionllm.rig.rig import Rig

from . import actions, read
from .actions import SLOTS, ActionWriter
from .keys import Channel

PLACE = "motionllm_place"  # property of an action that holds an object where it stood


def led_to(armature: bpy.types.Object, start: int) -> int | None:
    """Return the frame in which the strips that begin before a frame have led a character.

    That is the last frame of them, or the frame itself where they go on; None without any.
    """
    ends = [
        strip.frame_end
        for strip in actions.playing_strips(armature)
        if strip.frame_start < start
    ]  # fmt: skip
    return min(start, int(np.floor(max(ends)))) if ends else None


def first_frame(armature: bpy.types.Object, start: int) -> int:
    """Return the frame at which a character's strips begin, or another one that is earlier."""
    return int(min([start, *(strip.frame_start for strip in actions.playing_strips(armature))]))


def going_on(
    clip: Clip, armature: bpy.types.Object, rig: Rig, how: Fit, frame: int, carrier: int
) -> Clip:
    """Return a clip that begins where a character is at a frame, in place and heading.

    Args:
        how: of the rest pose.
        carrier: index of a bone above the body that stays where it has been led to; -1 for none.
    """
    root = read.root_at(armature, bpy.context, rig, how, frame, carrier)
    return placed(clip, put_to(root, roots_of(clip)[0]))


def add_strip(owner: bpy.types.Object, writer: ActionWriter, start: int) -> list[str]:
    """Put the action on an NLA track; the active action stays what it was.

    Where the topmost track holds motions of this add-on that move the same and has room, it goes
    there, else on a track of its own above the others.

    Returns:
        What it hides, in sentences.
    """
    data = owner.animation_data_create()
    action = writer.action
    first, last = action.frame_range
    end = start + last - first
    notes = [
        f"The strip lies over {other.name!r} from frame {max(start, other.frame_start):.0f} to "
        f"{min(end, other.frame_end):.0f}."
        for other in actions.playing_strips(owner)
        if other.frame_start < end and other.frame_end > start and PLACE not in other.action
    ]
    track = data.nla_tracks[-1] if len(data.nla_tracks) else None
    if track is None or not _has_room(track, start, end, _paths(action)):
        track = data.nla_tracks.new()
        track.name = action.name
    strip = track.strips.new(action.name, start, action)
    if writer.slot is not None:
        strip.action_slot = writer.slot
    strip.extrapolation = _extrapolation(data, track, strip)
    return notes


def keep_place(owner: bpy.types.Object, place: list[Channel]) -> None:
    """Hold an object where it is, on a track of its own, before a strip first moves it.

    Outside the strips that move it, Blender's NLA would take it to the world's origin: what other
    strips do there would be done elsewhere.

    Args:
        place: the object's channels, one row each; none where the strip does not move it.
    """
    data = owner.animation_data
    strips = [strip for track in data.nla_tracks for strip in track.strips] if data else []
    keyed = {path for strip in strips if strip.action for path in _paths(strip.action)}
    if not place or not strips or any(channel.path in keyed for channel in place):
        return
    writer = ActionWriter(f"{owner.name} Place", owner)
    for channel in place:
        writer.write(channel.path, channel.group, 1, channel.values)
    writer.action[PLACE] = True
    track = data.nla_tracks.new()
    track.name = writer.action.name
    strip = track.strips.new(track.name, 1, writer.action)
    if writer.slot is not None:
        strip.action_slot = writer.slot
    strip.extrapolation = "HOLD"


def _paths(action: bpy.types.Action) -> set[str]:
    """Return the data paths that an action has curves for."""
    return {curve.data_path for curve in actions.curves(action)}


def _has_room(track: bpy.types.NlaTrack, start: float, end: float, paths: set[str]) -> bool:
    """Tell whether a track holds nothing in some frames, and else motions of this add-on alone.

    Args:
        paths: what they have to move, lest one ends what another one holds.
    """
    strips = list(track.strips)
    own = all(
        strip.action is not None
        and "motionllm_text" in strip.action
        and _paths(strip.action) == paths
        for strip in strips
    )
    free = all(strip.frame_end <= start or strip.frame_start >= end for strip in strips)
    return bool(strips) and own and free and not (track.lock or track.mute)


def _extrapolation(
    data: bpy.types.AnimData, track: bpy.types.NlaTrack, strip: bpy.types.NlaStrip
) -> str:
    """Return how the topmost strip goes on outside its frames without hiding another one."""
    below = [
        (other.frame_start, other.frame_end)
        for one in data.nla_tracks if one != track
        for other in one.strips
    ]  # fmt: skip
    if not below and len(track.strips) == 1:
        return "HOLD"
    return "NOTHING" if any(end > strip.frame_end for _, end in below) else "HOLD_FORWARD"


def add_shared_strip(
    owner: bpy.types.Object, action: bpy.types.Action, start: int, end: int | None = None
) -> None:
    """Put an action that others use as well on an NLA track of its own, held as far as others let.

    An active action would hide it: the one there was is taken off and kept in the file.

    Args:
        start: the frame its range begins at here.
        end: frame up to which it is repeated, where it is a loop.
    """
    data = owner.animation_data_create()
    if data.action is not None:
        data.action.use_fake_user = data.action != action
        data.action = None
    track = data.nla_tracks.new()
    track.name = action.name
    strip = track.strips.new(action.name, start, action)
    if SLOTS and action.slots:
        strip.action_slot = action.slots[0]
    strip.action_frame_start, strip.action_frame_end = action.frame_start, action.frame_end
    if end is not None:
        length = action.frame_end - action.frame_start
        strip.repeat = max(1.0, float(np.ceil((end - start + 1) / length)))
    strip.extrapolation = _extrapolation(data, track, strip)
