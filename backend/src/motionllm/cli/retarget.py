"""`motionllm retarget`: clips onto the rig in a file. Standard library at import."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from motionllm.cli.file_names import file_named, files_named
from motionllm.cli.options import Commands, add_command
from motionllm.errors import MotionError

if TYPE_CHECKING:
    from motionllm.motion.clip import Clip

CLIPS = (".npz", ".bvh")
RIGS = (".blend", ".glb", ".gltf", ".fbx", ".vrm", ".bvh")
OUTPUTS = (".blend", ".glb", ".fbx", ".bvh")
ROOT_MOTION = {"as-is": "AS_IS", "in-place": "IN_PLACE", "separate": "SEPARATE"}
EPILOG = """\
CLIP is an .npz or .bvh file, a folder of them, or a name with wildcards; for several, --out is a
folder as well, and --format says what is written into it. The rig's bones are found by name or by
form; what was found is printed, with how far arms and legs point from the clip's and how fast
planted feet slide.

examples:
  motionllm retarget walk.npz --onto hero.blend --out hero_walk.blend
  motionllm retarget clips/ --onto hero.fbx --out animated/ --format fbx --root-motion in-place
  motionllm retarget take.bvh --onto avatar.vrm --out avatar.glb --json
"""


def register(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands, "retarget", "put motions on a rig, in Blender without a window", EPILOG
    )
    parser.add_argument("clip", metavar="CLIP", help=".npz or .bvh, or a folder of them")
    parser.add_argument("--onto", required=True, metavar="RIG", help=", ".join(RIGS))
    parser.add_argument("--out", required=True, metavar="OUT", help=", ".join(OUTPUTS))
    parser.add_argument("--format", default="glb", choices=[s[1:] for s in OUTPUTS],
                        help="of the files in a folder (default: glb)")  # fmt: skip
    parser.add_argument("--root-motion", default="as-is", choices=sorted(ROOT_MOTION),
                        help="what carries the person over the floor (default: as-is)")  # fmt: skip
    parser.add_argument("--ik", default="off", choices=["off", "follow"],
                        help="of a control rig: limbs by FK, or by IK controls that follow as well "
                        "(default: off)")  # fmt: skip
    parser.add_argument("--no-foot-lock", action="store_true", help="let planted feet slide")
    parser.add_argument("--thin", action="store_true", help="few keys with handles")
    parser.add_argument("--mute-constraints", action="store_true",
                        help="switch off the constraints of the bones that get keys")  # fmt: skip
    parser.add_argument("--blender", metavar="PROGRAM", help="Blender, or a Python that has bpy")
    parser.add_argument("--json", action="store_true", help="print one JSON object a file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command: clips that fail are reported, the others go on."""
    from motionllm.cli import blender
    from motionllm.cli.clip_files import read_motion, tell

    pairs = _pairs(options.clip, Path(options.out), options.format)
    rig = file_named(options.onto)
    if rig.suffix.lower() not in RIGS:
        raise MotionError(
            "bad_request", f"{rig.name} cannot be a rig.", f"The suffix must be one of {RIGS}."
        )
    if not rig.is_file():
        raise MotionError("bad_request", f"{rig} is not there.")
    blender.find_blender(options.blender)
    failed = False
    with tempfile.TemporaryDirectory(prefix="motionllm-") as folder:
        for clip, out in pairs:
            try:
                read = read_motion(clip)
                tell(clip, read.notes)
                job = {
                    "kind": "retarget",
                    "clip": str(_as_npz(read.clip, Path(folder))),
                    "rig": str(rig.resolve()),
                    "out": str(out.resolve()),
                    "options": {
                        "root_motion": ROOT_MOTION[options.root_motion],
                        "lock_feet": not options.no_foot_lock,
                        "thin": options.thin,
                        "mute": options.mute_constraints,
                        "ik": options.ik.upper(),
                    },
                }
                answer = blender.run(job, options.blender)
            except MotionError as error:
                if len(pairs) == 1:
                    raise
                failed = True
                print(f"motionllm: {clip}: {error.message}", file=sys.stderr, flush=True)
                continue
            if options.json:
                told = {"notes": [*read.notes, *answer["notes"]]}
                whole = {"clip": str(clip), **answer, **told}
                print(json.dumps(whole, ensure_ascii=False), flush=True)
            else:
                print(report(clip, answer), flush=True)
    return 1 if failed else 0


def _as_npz(clip: Clip, folder: Path) -> Path:
    from motionllm.motion.clip import save_clip

    path = folder / "clip.npz"
    save_clip(clip, path)
    return path


def _pairs(name: str, out: Path, suffix: str) -> list[tuple[Path, Path]]:
    """Return the clips that a name stands for and what is written for each."""
    clips = files_named(name)
    clip = clips[0]
    if len(clips) > 1 or clip.is_dir():
        if len(clips) == 1:
            clips = sorted(path for path in clip.iterdir() if path.suffix.lower() in CLIPS)
        if not clips:
            raise MotionError("bad_request", f"There is no .npz and no .bvh in {clip}.")
        if out.is_file():
            raise MotionError("bad_request", "For several clips, --out must be a folder.")
        out.mkdir(parents=True, exist_ok=True)
        return [(path, out / f"{path.stem}.{suffix}") for path in clips]
    if out.suffix.lower() not in OUTPUTS:
        raise MotionError(
            "bad_request",
            f"A rig with its motion cannot be written as {out.name!r}.",
            "The suffix must be one of " + ", ".join(OUTPUTS) + ".",
        )
    if not out.resolve().parent.is_dir():
        raise MotionError("bad_request", f"The folder {out.parent} is not there.")
    return [(clip, out)]


def report(clip: Path, answer: dict) -> str:
    """Return what happened, in words."""
    bones = answer["bones"]
    width = max(len(joint) for joint in bones)
    lines = [f"{answer['out']}: {clip.name} on {answer['armature']}, {answer['frames']} frames"]
    lines += [f"  {answer['family']}, {len(bones)} of 22 joints:"]
    lines += [
        f"    {joint:<{width}}  {100 * entry['confidence']:3.0f} %  {entry['bone']}"
        for joint, entry in bones.items()
    ]
    if "limb_degrees" in answer:
        lines.append(
            f"  arms and legs {answer['limb_degrees']:.2f} degrees from the clip's; planted feet "
            f"slide {answer['foot_skate']:.3f} m/s, in the clip {answer['clip_foot_skate']:.3f}"
        )
    return "\n".join([*lines, *(f"  {note}" for note in answer["notes"])])
