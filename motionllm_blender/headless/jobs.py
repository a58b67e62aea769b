"""Jobs in a Blender without a window: what `motionllm retarget`, `caption` and `crowd` ask for.

May import bpy, motionllm and the scene's modules: the same code as the operators' does the work.
"""

import contextlib
from pathlib import Path

import bpy

from motionllm.errors import MotionError
from motionllm.motion import skeleton
from motionllm.motion.clip import Clip, load_clip
from motionllm.motion.compare import retarget_figures

from ..scene import bake, guard, joints, read, rigs, state
from . import crowd, files, reading

LOOKED_AT = 24  # frames of a result
PERSON = 12  # bones below the top one, and more
READ_BACK = 3000  # frames: a longer file takes too long to be looked at again


def run(job: dict) -> dict:
    """Do one job.

    Args:
        job: {"kind": "retarget", "clip", "rig", "out", "options"}, paths and `bake.Options`, and
            "armature", the name of the one to animate, where it matters; or {"kind": "read",
            "file", "out", "action", "armature", "first"}, see `reading.read_file`; or {"kind":
            "crowd", ...}, see `crowd.make`.

    Returns:
        What to tell the user, as plain data.

    Raises:
        MotionError: as `bake.bake` and `read.read_clip`; "bad_file" or "bad_request" for files of
            no use, "output" for one that cannot be written.
    """
    if job["kind"] == "read":
        return reading.read_file(
            Path(job["file"]), Path(job["out"]), job.get("action", ""), job.get("armature", ""),
            job.get("first", False),
        )  # fmt: skip
    if job["kind"] == "crowd":
        return crowd.make(job)
    return _retarget(
        Path(job["clip"]), Path(job["rig"]), Path(job["out"]), job["options"],
        job.get("armature", ""),
    )  # fmt: skip


def _retarget(clip_path: Path, rig_path: Path, out: Path, options: dict, name: str) -> dict:
    clip = load_clip(clip_path)
    people = files.people(rig_path)
    armature = files.called(people, name, rig_path)[0]
    notes = _others(people, armature) if not name else []
    scene = bpy.context.scene
    kept, start = _set_times(scene, clip, rig_path, out)
    why = state.unseen(armature, bpy.context)
    if why or out.suffix.lower() in (".glb", ".fbx"):  # exporters leave out what is hidden
        files.show(armature)
    if why:
        notes.append(f"{armature.name} {why.replace('is', 'was', 1)}; it is shown now.")
    rig = rigs.read_rig(armature)
    # A rest pose that is no standing person is understood by the motion that the file holds.
    rest = read.fit_rest(armature, bpy.context, rig, rigs.match(armature, rig, "read"))
    wanted = bake.Options(**options)
    action = bake.bake(clip, armature, scene, start, options=wanted)
    start, end = (int(frame) for frame in action.frame_range)
    notes += action.get("motionllm_notes", "").splitlines()
    if not kept:
        scene.frame_start, scene.frame_end = start, end
    elif end > scene.frame_end:
        notes.append(f"The motion ends at frame {end}, after the scene's last, {scene.frame_end}.")
    match = rigs.match(armature, rig)
    notes += _people_in(armature, rig.names[match.bones[skeleton.JOINTS["pelvis"]]])
    at = clip.at_rate(read.scene_fps(scene))
    apart = wanted.root_motion == bake.SEPARATE
    written = guard.Written(armature, at, start, rest, apart)
    seen = guard.look([written], scene, LOOKED_AT)[0]
    numbers = {"limb_degrees": seen.degrees}
    if wanted.root_motion == bake.AS_IS and not wanted.strip:
        done = joints.joints_of(armature, bpy.context, start, end, rest)
        numbers = retarget_figures(done, at)
    answer = {
        "out": str(out),
        "armature": armature.name,
        "family": match.family,
        "bones": {
            skeleton.JOINT_NAMES[joint]: {
                "bone": rig.names[bone], "confidence": round(match.confidence[joint], 2)
            }
            for joint, bone in match.bones.items()
        },
        "frames": end - start + 1,
        "notes": notes,
        **{key: round(value, 4) for key, value in numbers.items()},
    }  # fmt: skip
    files.write_file(out, armature, start, end)
    return answer | _warning(seen, out, answer["armature"], clip)


def _set_times(scene: bpy.types.Scene, clip: Clip, rig: Path, out: Path) -> tuple[bool, int]:
    """Set the rate for a motion; return whether the frame range is the user's, and the first frame.

    Only a .blend has a scene of the user's: its rate stays, and its frames where it stays a .blend.
    A .bvh holds nothing of it but this motion.
    """
    own = rig.suffix.lower() == ".blend"
    if not own or out.suffix.lower() == ".bvh":
        scene.render.fps, scene.render.fps_base = max(1, round(clip.fps)), 1.0
    kept = own and out.suffix.lower() == ".blend"
    return kept, scene.frame_start if kept else 1


def _others(people: list[bpy.types.Object], chosen: bpy.types.Object) -> list[str]:
    names = ", ".join(armature.name for armature in people if armature != chosen)
    if not names:
        return []
    return [
        f"1 of {len(people)} characters got the motion, {chosen.name}; --armature NAME chooses "
        f"another: {names}."
    ]


def _people_in(armature: bpy.types.Object, pelvis: str) -> list[str]:
    """Return a note where one armature holds several people, as a .bvh with several ROOTs gives."""
    bones = armature.data.bones
    tops = [b for b in bones if b.parent is None and len(b.children_recursive) >= PERSON]
    own = bones[pelvis].parent_recursive[-1] if bones[pelvis].parent else bones[pelvis]
    others = [bone.name for bone in tops if bone != own]
    if not others:
        return []
    return [
        f"1 of {len(others) + 1} people in {armature.name} got the motion, {own.name}; a file of "
        f"its own gives it to another: {', '.join(others)}."
    ]


def _warning(seen: guard.Look, out: Path, name: str, clip: Clip) -> dict[str, str]:
    """Return why the written file is not what was asked for, under "warning"; else nothing."""
    if seen.wrong:
        return {"warning": seen.sentence(name)}
    if out.suffix.lower() not in (".glb", ".fbx") or clip.frames > READ_BACK:
        return {}  # what is written there is what was looked at
    try:
        people = files.people(out)
    except MotionError as error:
        if any(thing.type == "ARMATURE" for thing in bpy.context.scene.objects):
            return {}  # by what is left of it in such a file it is not understood
        return {"warning": f"The character is not in the file: {error.message}"}
    armature = next((one for one in people if one.name == name), people[0])
    scene = bpy.context.scene
    start, _ = read.action_range(armature, scene)
    with contextlib.suppress(MotionError):
        match = rigs.match(armature, rigs.read_rig(armature), "read")
        how = read.fit_rest(armature, bpy.context, rigs.read_rig(armature), match)
        at = clip.at_rate(read.scene_fps(scene))
        seen = guard.look([guard.Written(armature, at, start, how, True)], scene)[0]
        if seen.wrong:
            return {"warning": f"In the file, {seen.sentence(name)}"}
    return {}
