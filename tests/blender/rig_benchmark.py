"""Print how long 300 frames take on Rigify's human, and Blender's BVH importer for the same motion.

    python tests/blender/rig_benchmark.py

Runs in a Python with bpy, from the sources.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="motionllm-rigs-"))
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[1] / "backend" / "src"), str(HERE)]

import bpy  # noqa: E402

import addon_utils  # noqa: E402  isort: skip
import motionllm_blender  # noqa: E402
from motionllm.motion.bvh import write_bvh  # noqa: E402
from motionllm_blender.scene import bake  # noqa: E402
from tests.helpers.synthetic import make_steps  # noqa: E402

ROUNDS = 5


def fastest(work) -> tuple[float, float]:
    """Return the seconds of the fastest of some rounds, by the clock and of the processor."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    return min(clock for clock, _ in taken), min(busy for _, busy in taken)


def main() -> None:
    """Measure and print."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    motionllm_blender.register()
    addon_utils.enable("rigify", default_set=True)
    bpy.ops.object.armature_human_metarig_add()
    metarig = bpy.context.object
    bpy.ops.pose.rigify_generate()
    rig = metarig.data.rigify_target_rig
    scene = bpy.context.scene
    scene.render.fps = 30
    clip = make_steps(1, 10)
    path = Path(tempfile.mkdtemp()) / "same.bvh"
    write_bvh(path, clip)
    plain = fastest(lambda: bake.bake(clip, rig, scene))
    options = bake.Options(lock_feet=True)
    locked = fastest(lambda: bake.bake(clip, rig, scene, options=options))
    options = bake.Options(lock_feet=True, thin=True)
    thin = fastest(lambda: bake.bake(clip, rig, scene, options=options))
    importer = fastest(lambda: bpy.ops.import_anim.bvh(filepath=str(path)))
    bones = len(rig.data.bones)
    print(f"Blender {bpy.app.version_string}, {clip.frames} frames, {bones} bones")
    for name, (clock, busy) in (
        ("one key a frame", plain), ("with locked feet", locked), ("with few keys", thin),
        ("Blender's BVH importer, 22 bones", importer),
    ):  # fmt: skip
        each = 1e6 * busy / clip.frames
        print(f"  {name}: {clock:.3f} s by the clock, {busy:.3f} s of work, {each:.0f} us a frame")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # Blender 4.2 crashes and 4.5 hangs in the interpreter's own ending
