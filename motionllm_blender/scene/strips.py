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

    Where the topmost track holds motions of this add-on and has room, it goes there, else on a
    track of its own above the others.

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
        if other.frame_start < end and other.frame_end > start
    ]
    track = data.nla_tracks[-1] if len(data.nla_tracks) else None
    if track is None or not _has_room(track, start, end):
        track = data.nla_tracks.new()
        track.name = action.name
    strip = track.strips.new(action.name, start, action)
    if writer.slot is not None:
        strip.action_slot = writer.slot
    strip.extrapolation = _extrapolation(data, track, strip)
    return notes


def _has_room(track: bpy.types.NlaTrack, start: float, end: float) -> bool:
    """Tell whether a track holds motions of this add-on alone and nothing in some frames."""
    strips = list(track.strips)
    own = all(strip.action is not None and "motionllm_text" in strip.action for strip in strips)
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
