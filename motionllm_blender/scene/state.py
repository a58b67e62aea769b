"""What the scene does to a character: what hides it, what stills it, what changes its keys.

May import bpy, numpy, motionllm. The one place that knows of it: asked before a motion is read or
written, and for the reason where a character does not do what its keys say. What stands in the way
of every key is put aside when a motion is written (`make_way`), what has to stay is told in
sentences. Whether it can be written or read at all is `ready`'s.
"""

from collections.abc import Iterable, Iterator

import bpy
import numpy as np

from motionllm.motion import rotation, skeleton
from motionllm.rig.carry.rest import Fit
from motionllm.rig.find.match import Match
from motionllm.rig.rig import Rig

from . import actions, ready
from .target import armature_of

# Constraints that leave a bone's turn and place alone.
HARMLESS = {"LIMIT_SCALE", "COPY_SCALE", "MAINTAIN_VOLUME"}
CHAINS = {"IK", "SPLINE_IK"}  # constraints that move the bones above as well
TURNS = ("rotation_quaternion", "rotation_euler", "rotation_axis_angle")
CHANNELS = ("location", "scale", *TURNS)
SCALED = 0.02  # of a bone's size
MOVED = 0.02  # of a leg's length
TURNED = np.radians(2.0)
SHOWN = 3  # names in a sentence
# Joints that carry no others: their size changes nothing.
_ENDS = ("head", "left_wrist", "right_wrist", "left_foot", "right_foot")


def leave_edit_mode(armature: bpy.types.Object) -> list[str]:
    """Have what is being edited count: a motion has come, and its rest pose is the edited one.

    Returns:
        What was done, in sentences.

    Raises:
        MotionError: code "output", if it is edited where this cannot reach.
    """
    if armature.mode != "EDIT":
        return []
    window = bpy.context.window or next(iter(bpy.context.window_manager.windows), None)
    for scene, layer in _layers_of(armature):
        before = layer.objects.active
        with bpy.context.temp_override(window=window, scene=scene, view_layer=layer):
            layer.objects.active = armature  # the mode is that of the active one
            if bpy.ops.object.mode_set.poll():
                bpy.ops.object.mode_set(mode="OBJECT")
            layer.objects.active = before
        if armature.mode != "EDIT":
            return [f"{armature.name} was in edit mode, which was left."]
    ready.check_mode(armature, "output")
    return []


def _layers_of(
    armature: bpy.types.Object,
) -> Iterator[tuple[bpy.types.Scene, bpy.types.ViewLayer]]:
    """Yield the view layers that an object is in, the one shown first."""
    here = bpy.context.scene, bpy.context.view_layer
    others = [(scene, layer) for scene in bpy.data.scenes for layer in scene.view_layers]
    for scene, layer in [here, *others]:
        if layer.objects.get(armature.name) == armature:
            yield scene, layer


def make_way(armature: bpy.types.Object, strip: bool) -> list[str]:
    """Put aside what would keep every key of a new action from being seen.

    Args:
        strip: the action is an NLA strip, else the active one.

    Returns:
        What was done, and what could not be, in sentences.
    """
    name, notes = armature.name, _to_pose_position(armature)
    data = armature.animation_data
    if data is None:
        return notes
    for track in data.nla_tracks:
        if track.is_solo:
            track.is_solo = False
            notes.append(f"{name}'s NLA track {track.name!r} was played alone; all play again.")
    if strip:
        if not data.use_nla:
            data.use_nla = True
            notes.append(f"{name}'s NLA was switched off; it was switched on.")
    elif data.use_nla and len(data.nla_tracks):  # else neither has a meaning
        if data.action_influence < 1.0:
            was, data.action_influence = data.action_influence, 1.0
            notes.append(f"The influence of {name}'s action was {was:.2g}; it was set to 1.")
        if data.action_blend_type != "REPLACE":
            was, data.action_blend_type = data.action_blend_type, "REPLACE"
            notes.append(
                f"{name}'s action was blended with its NLA ({was.title()}); it replaces it now."
            )
    return notes


def _to_pose_position(armature: bpy.types.Object) -> list[str]:
    if armature.data.pose_position != "REST":
        return []
    if armature.data.library is not None:
        return [_rests(armature) + " It is linked: its own file has to be changed."]
    armature.data.pose_position = "POSE"
    return [f"{armature.name} was in rest position; it was set to pose position."]


def _rests(armature: bpy.types.Object) -> str:
    return f"{armature.name} is in rest position: nothing that it does is seen."


def is_hidden(armature: bpy.types.Object, context: bpy.types.Context) -> bool:
    """Tell whether a character is not seen in the viewport; its body may be."""
    layer = context.view_layer
    there = layer.objects.get(armature.name) == armature
    return not there or not armature.visible_get(view_layer=layer)


def unseen(armature: bpy.types.Object, context: bpy.types.Context) -> str:
    """Return why neither a character nor its body is seen, "is ...", "" where one is."""
    layer = context.view_layer
    if not is_hidden(armature, context) or any(
        armature_of(thing) == armature and thing.visible_get(view_layer=layer)
        for thing in layer.objects
    ):
        return ""
    if armature.hide_viewport:
        return "is disabled in viewports"
    if context.scene.objects.get(armature.name) != armature:
        return f"is not in the scene {context.scene.name!r}"
    if layer.objects.get(armature.name) != armature:
        return f"is in a collection that is excluded from the view layer {layer.name!r}"
    if any(collection.hide_viewport for collection in armature.users_collection):
        return "is in a collection that is disabled in viewports"
    return f"is hidden in the view layer {layer.name!r}"


def overruled(
    armature: bpy.types.Object, rig: Rig, match: Match, paths: set[str], mute: bool
) -> list[str]:
    """Return what moves the body beside the keys, in sentences: constraints and drivers.

    Args:
        paths: data paths that get keys.
        mute: switch them off.
    """
    notes, body = [], _inside(rig, match) | _keyed(armature, rig, paths)
    if not match.properties:  # a known control rig is made of them
        notes += _constraints(armature, rig, body, mute)
    if "location" in paths:
        found = [one for one in armature.constraints if _works(one)]
        names = [armature.name] if found else []
        notes += _switched(found, names, "Constraints", mute, "change its path")
    return notes + _drivers(armature, rig, body | _above(rig, match), paths, mute)


def _keyed(armature: bpy.types.Object, rig: Rig, paths: set[str]) -> set[int]:
    """Return the bones that get keys, among them one above the body that carries the path."""
    return {
        bone
        for bone, name in enumerate(rig.names)
        if any(armature.pose.bones[name].path_from_id(channel) in paths for channel in CHANNELS)
    }


def _constraints(armature: bpy.types.Object, rig: Rig, body: set[int], mute: bool) -> list[str]:
    found, names = [], []
    for bone, name in enumerate(rig.names):
        working = [one for one in armature.pose.bones[name].constraints if _works(one)]
        reach = [one for one in working if bone in body or body & _reach(rig, bone, one)]
        found += reach
        names += [name] if reach else []
    return _switched(found, names, "Constraints", mute, "change the motion")


def _works(constraint: bpy.types.Constraint) -> bool:
    return not constraint.mute and constraint.influence > 0.0 and constraint.type not in HARMLESS


def _reach(rig: Rig, bone: int, constraint: bpy.types.Constraint) -> set[int]:
    """Return the bones that a constraint moves; of a chain those above its own."""
    if constraint.type not in CHAINS:
        return {bone}
    count = constraint.chain_count
    chain = rig.above(bone)
    if constraint.type == "IK" and not constraint.use_tail:
        chain = chain[1:]
    return set(chain[:count] if count else chain)


def _drivers(
    armature: bpy.types.Object, rig: Rig, bones: set[int], paths: set[str], mute: bool
) -> list[str]:
    data = armature.animation_data
    owners = {path: armature.name for path in CHANNELS if path in paths}
    for bone in sorted(bones):
        pose_bone = armature.pose.bones[rig.names[bone]]
        owners |= {pose_bone.path_from_id(channel): rig.names[bone] for channel in CHANNELS}
    found = [
        curve for curve in (data.drivers if data is not None else ())
        if curve.data_path in owners and not curve.mute
    ]  # fmt: skip
    names = list(dict.fromkeys(owners[curve.data_path] for curve in found))
    keyed = any(curve.data_path in paths for curve in found)
    does = "move them, not the keys" if keyed else "change the motion"
    return _switched(found, names, "Drivers", mute, does)


def _switched(
    found: Iterable[bpy.types.Constraint] | Iterable[bpy.types.FCurve], names: list[str],
    what: str, mute: bool, does: str,
) -> list[str]:  # fmt: skip
    """Mute things where that is asked; return a sentence on them, or none."""
    if not names:
        return []
    if not mute:
        return [f"{what} on {listed(names)} {does}; they can be muted."]
    for one in found:
        one.mute = True
    return [f"{what} were muted on {listed(names)}."]


def _inside(rig: Rig, match: Match) -> set[int]:
    """Return the body's bones: the joints, and what lies between them."""
    pelvis = match.bones[skeleton.JOINTS["pelvis"]]
    found = set(match.bones.values())
    for bone in match.bones.values():
        found |= set(rig.between(pelvis, bone))
    return found


def _above(rig: Rig, match: Match) -> set[int]:
    """Return the bones that the body hangs on, the pelvis with them."""
    return set(rig.above(match.bones[skeleton.JOINTS["pelvis"]]))


def left_on(
    armature: bpy.types.Object, rig: Rig, match: Match, how: Fit, paths: set[str]
) -> list[str]:
    """Return what was left on bones in channels without keys and moves the body, in sentences.

    The bones above the body may stand and face where they like: that is where the user put the
    character. They may not tilt, lift or scale it.

    Args:
        paths: data paths that get keys.
    """
    inside = _inside(rig, match)
    up = rotation.rotate(how.axes, np.array([0.0, 1.0, 0.0]))
    far = MOVED * how.scale * skeleton.LEG_LENGTH
    ends = {match.bones.get(skeleton.JOINTS[name]) for name in _ENDS}
    found: dict[str, list[str]] = {"scale": [], "location": [], "rotation": []}
    for bone in sorted(inside | _above(rig, match)):
        name = rig.names[bone]
        pose_bone = armature.pose.bones[name]
        moved, turned, scale = pose_bone.matrix_basis.decompose()
        keyed = {one for one in CHANNELS if pose_bone.path_from_id(one) in paths}
        rest = rig.rest[bone, :3, :3] / np.linalg.norm(rig.rest[bone, :3, :3], axis=0)
        way, turn = rest @ np.array(moved), rest @ np.array(turned.to_matrix()) @ rest.T
        lift, tilt = abs(way @ up), np.arccos(np.clip(up @ turn @ up, -1.0, 1.0))
        if bone in inside:
            lift, tilt = np.linalg.norm(way), abs(turned.angle)
        resized = float(np.abs(np.array(scale) - 1.0).max())
        if "scale" not in keyed and bone not in ends and resized > SCALED:
            found["scale"].append(name)
        if "location" not in keyed and not rig.connected[bone] and lift > far:
            found["location"].append(name)
        if not keyed & set(TURNS) and tilt > TURNED:
            found["rotation"].append(name)
    return [
        f"A {what} was left on {listed(names)} and changes the motion; in pose mode, {key} clears "
        "it."
        for (what, names), key in zip(found.items(), ("Alt S", "Alt G", "Alt R"), strict=True)
        if names
    ]  # fmt: skip


def causes(armature: bpy.types.Object, context: bpy.types.Context) -> list[str]:
    """Return all that may keep an armature from doing what its keys say, in sentences."""
    found = []
    if armature.mode == "EDIT":
        found.append(f"{armature.name} is in edit mode.")
    if armature.data.pose_position == "REST":
        found.append(_rests(armature))
    data = armature.animation_data
    if data is not None:
        found += [
            f"The NLA track {track.name!r} is played alone."
            for track in data.nla_tracks if track.is_solo
        ]  # fmt: skip
    tied = [
        bone.name for bone in armature.pose.bones
        if any(_works(one) for one in bone.constraints)
    ]  # fmt: skip
    if tied:
        found.append(f"There are constraints on {listed(tied)}.")
    if data is not None and any(not curve.mute for curve in data.drivers):
        found.append("There are drivers on it.")
    render = context.scene.render
    if render.frame_map_old != render.frame_map_new:
        found.append(
            f"The scene's time is remapped, {render.frame_map_old} to {render.frame_map_new}."
        )
    why = unseen(armature, context)
    return [*found, f"{armature.name} {why}."] if why else found


def stilled(armature: bpy.types.Object) -> list[str]:
    """Return what keeps the motion that a character has from being played, in sentences."""
    data = armature.animation_data
    if data is None:
        return []
    name, found = armature.name, []
    layered = data.use_nla and len(data.nla_tracks) > 0
    solo = [track.name for track in data.nla_tracks if track.is_solo]
    if solo and data.use_nla:
        found.append(f"its NLA track {solo[0]!r} is played alone")
    if data.action is not None:
        curves = actions.curves_of(data.action, actions.slot_of(armature))
        if not curves:
            found.append(f"its action {data.action.name!r} holds nothing for it")
        elif all(_is_muted(curve) for curve in curves):
            found.append(f"the curves of its action {data.action.name!r} are muted")
        if layered and data.action_influence == 0.0:
            found.append(f"the influence of its action {data.action.name!r} is 0")
    if actions.SLOTS:
        found += [
            f"its NLA strip {strip.name!r} has no slot of its action assigned"
            for strip in actions.playing_strips(armature) if strip.action_slot is None
        ]  # fmt: skip
    strips = [(track, strip) for track in data.nla_tracks for strip in track.strips]
    if strips and not data.use_nla:
        found.append("its NLA is switched off")
    elif strips and all(
        track.mute or strip.mute or (not strip.use_animated_influence and strip.influence == 0.0)
        for track, strip in strips
    ):
        found.append("its NLA tracks or strips are muted")
    return [f"{name} stands still: {why}." for why in found]


def _is_muted(curve: bpy.types.FCurve) -> bool:
    return curve.mute or (curve.group is not None and curve.group.mute)


def listed(names: list[str]) -> str:
    """Return some names for a sentence."""
    return ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
