"""`motionllm retarget`: clips onto the rig in a file. Standard library at import."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
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
planted feet slide. A character that does not do the motion is told, and the exit code is then 1.
The scene of a .blend keeps its frame rate, and its frame range if OUT is a .blend as well.

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
    parser.add_argument("--action", default="", metavar="NAME",
                        help="which animation of CLIP, or which person of a .bvh, where it holds "
                        "several")  # fmt: skip
    parser.add_argument("--armature", default="", metavar="NAME",
                        help="which of several characters in RIG gets the motion")  # fmt: skip
    parser.add_argument("--overwrite", action="store_true",
                        help="let OUT be the rig's or a clip's own file")  # fmt: skip
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
    if not options.overwrite:
        _keep_inputs(pairs, rig)
    blender.find_blender(options.blender)
    failed = False
    with tempfile.TemporaryDirectory(prefix="motionllm-") as folder:
        for clip, out in pairs:
            try:
                read = read_motion(clip, options.action)
                tell(clip, read.notes)
                job = {
                    "kind": "retarget",
                    "clip": str(_as_npz(read.clip, Path(folder))),
                    "rig": str(rig.resolve()),
                    "out": str(out.resolve()),
                    "armature": options.armature,
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
            if "warning" in answer:
                failed = True
                print(f"motionllm: {out}: {answer['warning']}", file=sys.stderr, flush=True)
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
        return [(path, out / name) for path, name in zip(clips, _names(clips, suffix), strict=True)]
    if out.suffix.lower() not in OUTPUTS:
        raise MotionError(
            "bad_request",
            f"A rig with its motion cannot be written as {out.name!r}.",
            "The suffix must be one of " + ", ".join(OUTPUTS) + ".",
        )
    if not out.resolve().parent.is_dir():
        raise MotionError("bad_request", f"The folder {out.parent} is not there.")
    return [(clip, out)]


def _names(clips: list[Path], suffix: str) -> list[str]:
    """Return what is written for each clip: its stem, told apart where several have it."""
    count = Counter(path.stem.casefold() for path in clips)
    taken: set[str] = set()
    names = []
    for path in clips:
        stem = path.stem
        if count[stem.casefold()] > 1:
            stem = f"{stem}_{path.suffix[1:].lower()}"
        name, number = stem, 2
        while name.casefold() in taken or (name != path.stem and count[name.casefold()]):
            name, number = f"{stem}_{number}", number + 1
        taken.add(name.casefold())
        names.append(f"{name}.{suffix}")
    return names


def _keep_inputs(pairs: list[tuple[Path, Path]], rig: Path) -> None:
    """Make sure that nothing that is read is written over.

    Raises:
        MotionError: code "bad_request".
    """
    inputs = [rig, *(clip for clip, _ in pairs)]
    for _, out in pairs:
        if any(_is_same(out, path) for path in inputs):
            what = "the rig's own file" if _is_same(out, rig) else "the file of a clip"
            raise MotionError(
                "bad_request", f"{out} is {what} and would be overwritten.",
                "Give another --out, or say --overwrite.",
            )  # fmt: skip


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there
        return False


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
        line = f"  arms and legs {answer['limb_degrees']:.2f} degrees from the clip's"
        if "foot_skate" in answer:
            line += (
                f"; planted feet slide {answer['foot_skate']:.3f} m/s, in the clip "
                f"{answer['clip_foot_skate']:.3f}"
            )
        lines.append(line)
    return "\n".join([*lines, *(f"  {note}" for note in answer["notes"])])
