"""Jobs in a Blender without a window: what `motionllm retarget`, `caption` and `crowd` ask for.

May import bpy, motionllm and the scene's modules: the same code as the operators' does the work.
"""

from pathlib import Path

import bpy

from motionllm.motion import skeleton
from motionllm.motion.clip import load_clip, save_clip
from motionllm.motion.compare import retarget_figures

from ..scene import bake, joints, read, rigs
from . import crowd
from .files import load_armature, write_file


def run(job: dict) -> dict:
    """Do one job.

    Args:
        job: {"kind": "retarget", "clip", "rig", "out", "options"}, paths and `bake.Options`; or
            {"kind": "read", "file", "out"}, which writes the motion in a file as a clip; or
            {"kind": "crowd", ...}, see `crowd.make`.

    Returns:
        What to tell the user, as plain data.

    Raises:
        MotionError: as `bake.bake` and `read.read_clip`; "bad_file" or "bad_request" for files of
            no use, "output" for one that cannot be written.
    """
    if job["kind"] == "read":
        return _read(Path(job["file"]), Path(job["out"]))
    if job["kind"] == "crowd":
        return crowd.make(job)
    return _retarget(Path(job["clip"]), Path(job["rig"]), Path(job["out"]), job["options"])


def _retarget(clip_path: Path, rig_path: Path, out: Path, options: dict) -> dict:
    clip = load_clip(clip_path)
    armature = load_armature(rig_path)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = max(1, round(clip.fps)), 1.0
    rig = rigs.read_rig(armature)
    # A rest pose that is no standing person is understood by the motion that the file holds.
    rest = read.fit_rest(armature, bpy.context, rig, rigs.match(armature, rig, "read"))
    action = bake.bake(clip, armature, scene, 1, options=bake.Options(**options))
    start, end = (int(frame) for frame in action.frame_range)
    scene.frame_start, scene.frame_end = start, end
    match = rigs.match(armature, rig)
    at = clip.at_rate(read.scene_fps(scene))
    numbers = {}
    if options.get("root_motion", bake.AS_IS) == bake.AS_IS and not options.get("strip"):
        done = joints.joints_of(armature, bpy.context, start, end, rest)
        numbers = retarget_figures(done, at)
    write_file(out, armature, start, end)
    return {
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
        "notes": action.get("motionllm_notes", "").splitlines(),
        **{key: round(value, 4) for key, value in numbers.items()},
    }  # fmt: skip


def _read(path: Path, out: Path) -> dict:
    armature = load_armature(path)
    scene = bpy.context.scene
    start, end = read.action_range(armature, scene)
    clip = read.read_clip(armature, bpy.context, start, end)
    save_clip(clip, out)
    return {"out": str(out), "armature": armature.name, "frames": clip.frames}
